import * as Result from "effect/Result"
import type { ClientException } from "../clients/options.ts"
import { ConfigurationInvalid } from "../configuration-invalid.ts"
import type { Settings } from "../settings.ts"
import type { TokenEndpointAuthMethod } from "../store.ts"

type Checked<A> = Result.Result<A, ConfigurationInvalid>

const invalid = (key: string, reason: string, spec = "Postern configuration") =>
  Result.fail(new ConfigurationInvalid({ key, reason, spec }))

const METHODS: ReadonlyArray<TokenEndpointAuthMethod> = [
  "none",
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt"
]

/** The authentication methods that are offered: all, unless told. */
export const checkMethods = (
  methods: ReadonlyArray<TokenEndpointAuthMethod> = METHODS
): Checked<Settings["tokenEndpointAuthMethods"]> => {
  const key = "tokenEndpointAuthMethods"
  if (methods.length === 0) return invalid(key, "at least one is required")
  const index = methods.findIndex((method, at) => !METHODS.includes(method) || methods.indexOf(method) !== at)
  return index === -1
    ? Result.succeed(methods)
    : invalid(`${key}[${index}]`, `must be one of ${METHODS.join(", ")}, each once`)
}

/** Checks the exceptions; what none is called is refused, so that a misspelt one is not silently off. */
export const checkExceptions = (
  exceptions: ReadonlyArray<ClientException> = []
): Checked<ReadonlyArray<ClientException>> => {
  for (const [index, { client, allow, reason }] of exceptions.entries()) {
    const key = `relax[${index}]`
    if (typeof client !== "string" || client === "") return invalid(`${key}.client`, "must be a client_id")
    if (allow !== "token-endpoint-as-audience") return invalid(`${key}.allow`, "must be token-endpoint-as-audience")
    if (typeof reason !== "string" || reason.trim() === "") return invalid(`${key}.reason`, "must say why")
  }
  return Result.succeed(exceptions)
}

import { makeNonces, makeProofVerifier } from "@postern/dpop"
import * as Result from "effect/Result"
import { ConfigurationInvalid } from "../configuration-invalid.ts"
import type { AuthorizationServerOptions } from "../options.ts"
import type { Settings } from "../settings.ts"

/** Checks `dpop` by the rules of the package that serves it. */
export const checkDpop = (
  options: AuthorizationServerOptions["dpop"]
): Result.Result<Settings["dpop"], ConfigurationInvalid> => {
  if (options === undefined) return Result.succeed(undefined)
  return Result.gen(function* () {
    const { algorithms } = yield* at(
      "dpop",
      makeProofVerifier(options.algorithms === undefined ? {} : { algorithms: options.algorithms })
    )
    if (options.nonces === undefined) return { algorithms }
    const { lifetimeSeconds, secret } = options.nonces
    const lifetime = lifetimeSeconds === undefined ? {} : { lifetimeSeconds }
    return { algorithms, nonces: yield* at("dpop.nonces", makeNonces({ secret, ...lifetime })) }
  })
}

const at = <A, E extends { readonly key: string; readonly reason: string; readonly spec: string }>(
  under: string,
  result: Result.Result<A, E>
): Result.Result<A, ConfigurationInvalid> =>
  Result.mapError(result, ({ key, reason, spec }) => new ConfigurationInvalid({ key: `${under}.${key}`, reason, spec }))

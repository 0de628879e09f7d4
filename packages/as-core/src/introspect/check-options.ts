import * as Result from "effect/Result"
import { ConfigurationInvalid } from "../configuration-invalid.ts"
import type { AuthorizationServerOptions } from "../options.ts"
import type { Settings } from "../settings.ts"

const invalid = (key: string, reason: string) =>
  Result.fail(new ConfigurationInvalid({ key, reason, spec: "RFC 7662 section 2.1" }))

/** Who may ask about tokens: configured clients that authenticate, for resources that there are. */
export const checkIntrospection = (
  introspection: NonNullable<AuthorizationServerOptions["introspection"]>,
  { clients, resources }: Pick<Settings, "clients" | "resources">
): Result.Result<Settings["introspection"], ConfigurationInvalid> =>
  Result.gen(function* () {
    const checked = new Map<string, ReadonlyArray<string>>()
    for (const [index, one] of introspection.entries()) {
      const key = `introspection[${index}]`
      const client = clients.get(one.clientId)
      if (client === undefined) return yield* invalid(`${key}.clientId`, "has to be one of `clients`")
      if (client.tokenEndpointAuthMethod === "none") {
        return yield* invalid(`${key}.clientId`, "has to be a client that authenticates")
      }
      if (checked.has(one.clientId)) return yield* invalid(`${key}.clientId`, "is configured twice")
      const unknown = one.resources.findIndex((resource) => !resources.has(resource))
      if (unknown !== -1) return yield* invalid(`${key}.resources[${unknown}]`, "has to be one of `resources`")
      if (one.resources.length === 0) return yield* invalid(`${key}.resources`, "at least one is required")
      checked.set(one.clientId, one.resources)
    }
    return checked
  })

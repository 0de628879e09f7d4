import * as Result from "effect/Result"
import { ConfigurationInvalid } from "../configuration-invalid.ts"
import type { ConfiguredClient } from "../options.ts"
import type { Settings } from "../settings.ts"

const invalid = (key: string, reason: string, spec: string) =>
  Result.fail(new ConfigurationInvalid({ key, reason, spec }))

const GRANT_TYPES: ReadonlyArray<string> = ["authorization_code", "refresh_token", "client_credentials"]

/** What each configured client may be issued, and whether it can be. */
export const checkGrants = (
  clients: ReadonlyArray<ConfiguredClient>,
  { dpop }: Pick<Settings, "dpop">
): Result.Result<void, ConfigurationInvalid> => {
  for (const [index, client] of clients.entries()) {
    const key = `clients[${index}]`
    const { dpopBoundAccessTokens = false, grantTypes = [], tokenEndpointAuthMethod: method } = client
    if (!grantTypes.every((type) => GRANT_TYPES.includes(type))) {
      return invalid(`${key}.grantTypes`, `may hold ${GRANT_TYPES.join(", ")}`, "RFC 7591 section 2")
    }
    if (grantTypes.includes("client_credentials") && method === "none") {
      return invalid(
        `${key}.grantTypes`,
        "client_credentials needs a client that authenticates",
        "OAuth 2.1 section 4.2"
      )
    }
    if (dpopBoundAccessTokens && dpop === undefined) {
      return invalid(`${key}.dpopBoundAccessTokens`, "needs dpop, which is not served", "RFC 9449 section 5.2")
    }
  }
  return Result.void
}

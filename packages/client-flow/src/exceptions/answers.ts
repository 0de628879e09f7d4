import { isJsonObject, type JsonObject, member } from "@postern/metadata"
import { Adjustment } from "../adjustment.ts"

/**
 * The token endpoint says no with the status of success: an object with `error` and without a token is taken for an error
 * response. `names` are this server's codes beside those of RFC 6749 section 5.2, which the flow acts on.
 */
export const errorsWith200 = (names: Readonly<Record<string, string>> = {}): Adjustment =>
  new Adjustment("errors-with-200", {
    refusal: (found, json) => {
      if (!isJsonObject(json) || member(json, "access_token") !== undefined) return found
      const error = member(json, "error")
      if (typeof error !== "string" || error === "") return found
      return Object.hasOwn(names, error) ? names[error] : error
    }
  })

/** The granted scopes are separated by commas. */
export const scopeWithCommas: Adjustment = new Adjustment("scope-with-commas", {
  read: (json) => (isJsonObject(json) ? withoutCommas(json) : json)
})

/**
 * The token is the one of the user: in `authed_user`, where that has one, whatever stands beside it; or one whose type is
 * `user`. It is used as a Bearer token. Its scopes are separated by commas.
 */
export const tokenOfUser: Adjustment = new Adjustment("token-of-user", {
  read: (json) => {
    if (!isJsonObject(json)) return json
    const nested = member(json, "authed_user")
    const token = isJsonObject(nested) && member(nested, "access_token") !== undefined ? nested : json
    return member(token, "token_type") === "user" ? withoutCommas({ ...token, token_type: "Bearer" }) : json
  }
})

const withoutCommas = (json: JsonObject): JsonObject => {
  const scope = member(json, "scope")
  return typeof scope === "string" && scope.includes(",") ? { ...json, scope: scope.replaceAll(",", " ") } : json
}

import { isJsonObject, member } from "@postern/metadata"
import { Adjustment } from "../adjustment.ts"

/**
 * Scopes are sent as `PREFIX/SCOPE`, and the prefix is taken off those that are granted. The prefix is the resource itself, or
 * the one that is given. What has a scheme is left as it is, and so are the scopes of OpenID Connect; what was asked for with
 * the prefix keeps it.
 */
export const scopePrefix = (prefix?: string): Adjustment =>
  new Adjustment("scope-prefix", {
    ask: (asked) => {
      const start = prefix ?? asked.resource
      if (start === undefined) return asked
      const scope = asked.scope.map((token) => whole(token, start))
      // Asked for in both forms it is one scope.
      return scope.some((token, index) => token !== asked.scope[index])
        ? { ...asked, scope: [...new Set(scope)] }
        : asked
    },
    read: (json, resource, asked) => {
      if (!isJsonObject(json)) return json
      const scope = member(json, "scope")
      if (typeof scope !== "string") return json
      const start = prefix ?? resource
      if (start === undefined) return json
      const read = scope.split(" ").flatMap((token) => {
        const names = asked.filter((name) => whole(name, start) === token)
        if (names.length > 0) return names
        return [token.startsWith(`${start}/`) ? token.slice(start.length + 1) : token]
      })
      return read.join(" ") === scope ? json : { ...json, scope: read.join(" ") }
    }
  })

const OPENID = ["openid", "profile", "email", "address", "phone", "offline_access"]

const whole = (token: string, start: string): string =>
  token.includes("://") || OPENID.includes(token) ? token : `${start}/${token}`

/** This scope is asked for where nothing else names one: as the server wants it written. */
export const scopeRequired = (...scope: readonly [string, ...ReadonlyArray<string>]): Adjustment =>
  new Adjustment("scope-required", {
    ask: (asked) =>
      asked.scope.length === 0 && (asked.step === "authorization" || asked.step === "client_credentials")
        ? { ...asked, scope }
        : asked
  })

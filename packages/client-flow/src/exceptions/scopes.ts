import { isJsonObject, member } from "@postern/metadata"
import { Adjustment } from "../adjustment.ts"

/**
 * Scopes are sent as `PREFIX/SCOPE`, and the prefix is taken off those that are granted. The prefix is the resource itself, or
 * the one that is given. What has a scheme is left as it is, and so are the scopes of OpenID Connect.
 */
export const scopePrefix = (prefix?: string): Adjustment =>
  new Adjustment("scope-prefix", {
    ask: (asked) => {
      const start = prefix ?? asked.resource
      if (start === undefined) return asked
      const scope = asked.scope.map((token) => (isWhole(token) ? token : `${start}/${token}`))
      return scope.some((token, index) => token !== asked.scope[index]) ? { ...asked, scope } : asked
    },
    read: (json, resource) => {
      if (!isJsonObject(json)) return json
      const scope = member(json, "scope")
      if (typeof scope !== "string") return json
      const start = `${prefix ?? resource}/`
      const short = scope.split(" ").map((token) => (token.startsWith(start) ? token.slice(start.length) : token))
      return short.join(" ") === scope ? json : { ...json, scope: short.join(" ") }
    }
  })

const OPENID = ["openid", "profile", "email", "address", "phone", "offline_access"]

const isWhole = (token: string): boolean => token.includes("://") || OPENID.includes(token)

/** This scope is asked for where nothing else names one: as the server wants it written. */
export const scopeRequired = (...scope: readonly [string, ...ReadonlyArray<string>]): Adjustment =>
  new Adjustment("scope-required", {
    ask: (asked) =>
      asked.scope.length === 0 && (asked.step === "authorization" || asked.step === "client_credentials")
        ? { ...asked, scope }
        : asked
  })

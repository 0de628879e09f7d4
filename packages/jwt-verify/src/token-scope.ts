import type { JsonObject } from "@postern/metadata"
import { parseScope, type ScopeSet, scopeSet } from "@postern/scope"
import * as Result from "effect/Result"
import type { Dialect } from "./dialect.ts"
import { ClaimInvalid, ClaimMissing } from "./rejections.ts"

/** One form of the scope, in the grammar of RFC 6749 section 3.3; `undefined` when the value does not have it. */
const readForm = (value: unknown, form: "text" | "list"): ScopeSet | undefined => {
  if (form === "text") return typeof value === "string" ? Result.getOrUndefined(parseScope(value)) : undefined
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === "string")) return undefined
  return Result.getOrUndefined(scopeSet(value))
}

const NO_SCOPE: ScopeSet = new Set()

/** The scope in a form that the dialect takes; one claim in a wrong form is never made up for by another claim. */
export const readScope = (claims: JsonObject, dialect: Dialect): ScopeSet | ClaimMissing | ClaimInvalid => {
  const claim = dialect.scope.find((entry) => Object.hasOwn(claims, entry.claim))?.claim
  if (claim === undefined) {
    if (dialect.mayLack.includes("scope")) return NO_SCOPE
    return new ClaimMissing({
      claim: dialect.scope[0]?.claim ?? "scope",
      spec: "MCP authorization security document section 3"
    })
  }
  const value = claims[claim]
  for (const entry of dialect.scope) {
    const scope = entry.claim === claim ? readForm(value, entry.form) : undefined
    if (scope !== undefined) return dialect.scopePrefix === undefined ? scope : addPrefix(scope, dialect.scopePrefix)
  }
  return new ClaimInvalid({ claim })
}

const addPrefix = (scope: ScopeSet, prefix: string): ScopeSet => new Set(Array.from(scope, (token) => prefix + token))

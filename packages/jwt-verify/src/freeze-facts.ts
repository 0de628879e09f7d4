import type { ScopeSet } from "@postern/scope"
import type { VerifiedToken } from "./claims.ts"

const changeless = () => {
  throw new TypeError("a verified token cannot be changed")
}

/** The same set, which nobody can change any more: freezing alone does not reach what is inside one. */
export const freezeScope = (scope: ScopeSet): ScopeSet => {
  for (const name of ["add", "delete", "clear"]) Object.defineProperty(scope, name, { value: changeless })
  return Object.freeze(scope)
}

const freezeDeep = <A>(value: A): A => {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(freezeDeep)
    Object.freeze(value)
  }
  return value
}

/** The same facts, which nobody can change any more: remembered ones go to many requests. */
export const freezeFacts = (token: VerifiedToken): VerifiedToken => {
  freezeScope(token.scope)
  return freezeDeep(token)
}

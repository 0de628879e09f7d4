import type { VerifiedToken } from "@postern/jwt-verify"

const freezeDeep = <A>(value: A): A => {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(freezeDeep)
    Object.freeze(value)
  }
  return value
}

const changeless = () => {
  throw new TypeError("a verified token cannot be changed")
}

/** Remembered facts go to many requests: none of them may change them for the next. */
export const freezeFacts = (token: VerifiedToken): VerifiedToken => {
  // Freezing does not reach what is inside a set.
  for (const name of ["add", "delete", "clear"]) Object.defineProperty(token.scope, name, { value: changeless })
  return freezeDeep(token)
}

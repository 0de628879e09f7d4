import * as Result from "effect/Result"
import { consistsOf, TOKEN, token68End } from "./characters.ts"
import { ChallengeUnrepresentable } from "./rejections.ts"
import { maximumElements } from "./scanner.ts"

/** A challenge to be written: a scheme with parameters or with one token68, not with both. */
export interface ChallengeOptions {
  /** A token, for example `"Bearer"`; its case is kept. */
  readonly scheme: string
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly value: string }> | undefined
  readonly token68?: string | undefined
}

/**
 * Writes one challenge (RFC 9110 section 11.3), every value as a quoted string. What cannot be read back as it went in is
 * refused: values outside printable US-ASCII, names that are no tokens, a name twice, more than 256 parameters.
 */
export const formatChallenge = (challenge: ChallengeOptions): Result.Result<string, ChallengeUnrepresentable> => {
  const { scheme, parameters = [], token68 } = challenge
  if (!consistsOf(scheme, TOKEN)) return Result.fail(new ChallengeUnrepresentable({ reason: "scheme" }))
  if (token68 !== undefined) {
    const valid = token68 !== "" && token68End(token68, 0) === token68.length && parameters.length === 0
    return valid
      ? Result.succeed(`${scheme} ${token68}`)
      : Result.fail(new ChallengeUnrepresentable({ reason: "token68" }))
  }
  if (parameters.length > maximumElements) {
    return Result.fail(new ChallengeUnrepresentable({ reason: "too-many-parameters" }))
  }
  const names = new Set<string>()
  const written: Array<string> = []
  for (const { name, value } of parameters) {
    if (!consistsOf(name, TOKEN)) return Result.fail(new ChallengeUnrepresentable({ reason: "parameter-name" }))
    const parameter = name.toLowerCase()
    if (names.has(parameter)) {
      return Result.fail(new ChallengeUnrepresentable({ reason: "parameter-repeated", parameter }))
    }
    names.add(parameter)
    if (!/^[\x20-\x7e]*$/.test(value)) {
      return Result.fail(new ChallengeUnrepresentable({ reason: "parameter-value", parameter }))
    }
    written.push(`${name}="${value.replace(/["\\]/g, "\\$&")}"`)
  }
  return Result.succeed(written.length === 0 ? scheme : `${scheme} ${written.join(", ")}`)
}

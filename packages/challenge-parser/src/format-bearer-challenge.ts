import * as Result from "effect/Result"
import { formatChallenge } from "./format-challenge.ts"
import { ChallengeUnrepresentable } from "./rejections.ts"

/** What a Bearer or DPoP challenge is to say; what is absent is not written. */
export interface BearerChallengeOptions {
  /** `"Bearer"` unless told. */
  readonly scheme?: "Bearer" | "DPoP" | undefined
  readonly realm?: string | undefined
  readonly error?: string | undefined
  readonly errorDescription?: string | undefined
  readonly errorUri?: string | undefined
  /** Scope tokens; one that is given twice is written once, and no `scope` is written for none. */
  readonly scope?: ReadonlyArray<string> | undefined
  readonly resourceMetadata?: string | undefined
}

// RFC 6750 section 3: error and error_description are without the quotation mark and the backslash, so that no reader
// needs escapes.
const isText = (value: string): boolean => /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(value)
// RFC 6750 section 3: scope tokens and URIs are the same without the space.
const isWord = (value: string): boolean => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value)

/**
 * Writes a Bearer challenge (RFC 6750 section 3, RFC 9728 section 5.1). A value with a character outside its set is refused,
 * never shortened or replaced.
 */
export const formatBearerChallenge = (
  options: BearerChallengeOptions
): Result.Result<string, ChallengeUnrepresentable> => {
  const { scheme = "Bearer", realm, error, errorDescription, errorUri, scope = [], resourceMetadata } = options
  const wanted: ReadonlyArray<readonly [name: string, value: string | undefined, valid: boolean]> = [
    ["realm", realm, true],
    ["error", error, isText(error ?? "")],
    ["error_description", errorDescription, isText(errorDescription ?? "")],
    ["error_uri", errorUri, isWord(errorUri ?? "")],
    ["scope", scope.length === 0 ? undefined : [...new Set(scope)].join(" "), scope.every(isWord)],
    ["resource_metadata", resourceMetadata, isWord(resourceMetadata ?? "")]
  ]
  const parameters: Array<{ readonly name: string; readonly value: string }> = []
  for (const [name, value, valid] of wanted) {
    if (value === undefined) continue
    if (!valid) return Result.fail(new ChallengeUnrepresentable({ reason: "parameter-value", parameter: name }))
    parameters.push({ name, value })
  }
  return formatChallenge({ scheme, parameters })
}

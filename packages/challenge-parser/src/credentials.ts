import * as Result from "effect/Result"
import type { Challenge } from "./challenge.ts"
import { CredentialsMalformed } from "./rejections.ts"
import { emptyScan, scanLine } from "./scanner.ts"

/** The credentials of `Authorization` (RFC 9110 section 11.4), in the shape of a {@link Challenge}. */
export type Credentials = Challenge

/**
 * Reads `Authorization` (RFC 9110 section 11.6.2). Absent and empty headers give `undefined`. The header holds one set of
 * credentials: two of them, as `Headers` joins two lines, are refused.
 */
export const parseCredentials = (
  header: string | null | undefined
): Result.Result<Credentials | undefined, CredentialsMalformed> => {
  if (header === null || header === undefined) return Result.succeed(undefined)
  const scan = emptyScan()
  const stop = scanLine(header, scan)
  if (stop) return Result.fail(new CredentialsMalformed({ reason: stop.reason }))
  const [credentials, second] = scan.challenges
  if (second) return Result.fail(new CredentialsMalformed({ reason: "several" }))
  // Unlike WWW-Authenticate this is no list: a comma may stand only between parameters.
  const parameters = credentials?.parameters ?? []
  const stray = header.includes(",") && (parameters.length === 0 || /^[ \t]*,/.test(header))
  const unquoted = parameters.some(({ form }) => form === "unquoted-url")
  if (stray || unquoted) return Result.fail(new CredentialsMalformed({ reason: "unexpected-character" }))
  return Result.succeed(credentials)
}

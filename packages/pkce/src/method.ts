import * as Result from "effect/Result"
import { ChallengeMethodUnsupported } from "./rejections.ts"

/**
 * Reads a `code_challenge_method`: `"S256"`, letter for letter. Anything else is refused, and so is its absence, which
 * means `plain` (RFC 7636 section 4.3).
 */
export const parseChallengeMethod = (text: string | undefined): Result.Result<"S256", ChallengeMethodUnsupported> =>
  text === "S256" ? Result.succeed(text) : Result.fail(new ChallengeMethodUnsupported({ absent: text === undefined }))

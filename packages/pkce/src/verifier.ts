import type * as Brand from "effect/Brand"
import * as Result from "effect/Result"
import { VerifierMalformed } from "./rejections.ts"

/** A code verifier: 43 to 128 unreserved characters, known to the client alone until it redeems the code. */
export type CodeVerifier = string & Brand.Brand<"@postern/pkce/CodeVerifier">

// RFC 7636 section 4.1: 43*128unreserved
const isVerifier = (text: string): text is CodeVerifier => /^[A-Za-z0-9._~-]{43,128}$/.test(text)

/** Reads a `code_verifier` (RFC 7636 section 4.1); its case is kept and nothing is trimmed. */
export const parseVerifier = (text: string): Result.Result<CodeVerifier, VerifierMalformed> => {
  if (text.length < 43 || text.length > 128) return Result.fail(new VerifierMalformed({ reason: "length" }))
  return isVerifier(text) ? Result.succeed(text) : Result.fail(new VerifierMalformed({ reason: "character" }))
}

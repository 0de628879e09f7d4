import { decodeBase64Url } from "@postern/bytes"
import type * as Brand from "effect/Brand"
import * as Result from "effect/Result"
import { CodeChallengeMalformed } from "./rejections.ts"

/** An S256 code challenge: the SHA-256 hash of a verifier as 43 base64url characters. */
export type CodeChallenge = string & Brand.Brand<"@postern/pkce/CodeChallenge">

// RFC 7636 section 4.2: 32 bytes are 43 characters, of which the last leaves two bits over; they are zero.
const isChallenge = (text: string): text is CodeChallenge => decodeBase64Url(text)?.length === 32

/** Reads a `code_challenge` of method S256 (RFC 7636 section 4.2): exactly 43 characters that decode to 32 bytes. */
export const parseChallenge = (text: string): Result.Result<CodeChallenge, CodeChallengeMalformed> => {
  if (text.length !== 43) return Result.fail(new CodeChallengeMalformed({ reason: "length" }))
  return isChallenge(text) ? Result.succeed(text) : Result.fail(new CodeChallengeMalformed({ reason: "encoding" }))
}

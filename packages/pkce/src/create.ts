import { randomText, sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type CodeChallenge, parseChallenge } from "./challenge.ts"
import { type CodeVerifier, parseVerifier } from "./verifier.ts"

/** A new code verifier: 32 random bytes as 43 base64url characters (RFC 7636 section 4.1). One per request, never again. */
export const createVerifier = (): Effect.Effect<CodeVerifier> =>
  // A text that is refused is our bug, or that of the random source: a defect.
  Effect.map(randomText(32), (text) => Result.getOrThrow(parseVerifier(text)))

/** The S256 challenge of a verifier: `BASE64URL(SHA256(ASCII(verifier)))` (RFC 7636 section 4.2). */
export const createChallenge = (verifier: CodeVerifier): Effect.Effect<CodeChallenge> =>
  Effect.map(sha256Text(verifier), (text) => Result.getOrThrow(parseChallenge(text)))

import { constantTimeEqual, decodeBase64Url, sha256 } from "@postern/bytes"
import * as Effect from "effect/Effect"
import type { CodeChallenge } from "./challenge.ts"
import { VerifierMismatch } from "./rejections.ts"
import type { CodeVerifier } from "./verifier.ts"

/**
 * Succeeds when `challenge` is the S256 challenge of `verifier`, and fails with {@link VerifierMismatch} otherwise
 * (RFC 7636 section 4.6). The time does not depend on where the two differ.
 */
export const check = (options: {
  readonly verifier: CodeVerifier
  readonly challenge: CodeChallenge
}): Effect.Effect<void, VerifierMismatch> =>
  Effect.flatMap(sha256(options.verifier), (hash) => {
    const expected = decodeBase64Url(options.challenge)
    return expected && constantTimeEqual(hash, expected) ? Effect.void : Effect.fail(new VerifierMismatch())
  })

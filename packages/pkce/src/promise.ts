import type { PromiseOptions } from "@postern/rejection/promise"
import { toPromise } from "@postern/rejection/promise"
import type * as Result from "effect/Result"
import type { CodeChallenge } from "./challenge.ts"
import { check as checkEffect } from "./check.ts"
import { createChallenge as createChallengeEffect, createVerifier as createVerifierEffect } from "./create.ts"
import type { VerifierMismatch } from "./rejections.ts"
import type { CodeVerifier } from "./verifier.ts"

/** A new code verifier: 32 random bytes as 43 base64url characters (RFC 7636 section 4.1). */
export const createVerifier = (options?: PromiseOptions): Promise<Result.Result<CodeVerifier>> =>
  toPromise(createVerifierEffect(), options)

/** The S256 challenge of a verifier (RFC 7636 section 4.2). */
export const createChallenge = (
  verifier: CodeVerifier,
  options?: PromiseOptions
): Promise<Result.Result<CodeChallenge>> => toPromise(createChallengeEffect(verifier), options)

/** Whether `challenge` is the S256 challenge of `verifier` (RFC 7636 section 4.6), in constant time. */
export const check = (
  options: { readonly verifier: CodeVerifier; readonly challenge: CodeChallenge } & PromiseOptions
): Promise<Result.Result<void, VerifierMismatch>> => toPromise(checkEffect(options), options)

import { type PromiseOptions, toPromise } from "@postern/rejection/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ProofAlgorithm } from "./algorithm.ts"
import type { ProofVerifierOptions } from "./configuration.ts"
import type { ProofMemory } from "./memory.ts"
import { makeNonces, type Nonces, type NoncesOptions } from "./nonces.ts"
import { generateProofKey as makeProofKey, type ProofKey, type ProofKeyOptions } from "./proof-key.ts"
import { type ProofKeyUnusable, ProofMemoryUnavailable, type ProofRejection } from "./rejections.ts"
import { type ProvenRequest, signProof as makeProof } from "./sign-proof.ts"
import { thumbprint as keyThumbprint, type PublicJwk } from "./thumbprint.ts"
import { makeProofVerifier, type ProofRequest, type VerifiedProof } from "./verifier.ts"

/** A verifier for callers without Effect. */
export interface PromiseProofVerifier {
  /** What is accepted, for `algs` of a challenge. */
  readonly algorithms: ReadonlyArray<ProofAlgorithm>
  /** Checks one proof in full (RFC 9449 section 4.3). A second call with the same proof is a replay. */
  readonly verify: (
    request: ProofRequest,
    options?: PromiseOptions
  ) => Promise<Result.Result<VerifiedProof, ProofRejection | ProofMemoryUnavailable>>
  /** For the header `DPoP-Nonce` of an answer (RFC 9449 section 8.2); `undefined` without nonces. */
  readonly nonce: () => Promise<string | undefined>
}

/** Makes a verifier; throws `ConfigurationInvalid` for options that are wrong or not known. */
export const createProofVerifier = (options: ProofVerifierOptions = {}): PromiseProofVerifier => {
  const { algorithms, nonce, verify } = Result.getOrThrow(makeProofVerifier(options))
  return {
    algorithms,
    verify: (request, promiseOptions) => toPromise(verify(request), promiseOptions),
    nonce: () => Effect.runPromise(nonce)
  }
}

/** Makes nonces; throws `ConfigurationInvalid` for options that are wrong or not known. */
export const createNonces = (options: NoncesOptions): Nonces => Result.getOrThrow(makeNonces(options))

/**
 * A memory over a function that waits, such as a call to a store that several instances share. Of many calls with one id
 * exactly one may resolve to `"new"` (RFC 9449 section 11.1); a rejection becomes `ProofMemoryUnavailable`.
 */
export const createProofMemory = (
  remember: (id: string, expiresAt: number, key: string) => Promise<"new" | "seen" | "full">
): ProofMemory => ({
  remember: (id, expiresAt, key) =>
    Effect.tryPromise({
      try: () => remember(id, expiresAt, key),
      catch: (cause) => new ProofMemoryUnavailable({ cause })
    })
})

/** Makes a client's key. */
export const generateProofKey = (options?: ProofKeyOptions): Promise<Result.Result<ProofKey, ProofKeyUnusable>> =>
  Effect.runPromise(Effect.result(makeProofKey(options)))

/** Makes the proof of one request, for its header `DPoP` (RFC 9449 section 4.2): never the same twice. */
export const signProof = (key: ProofKey, request: ProvenRequest): Promise<Result.Result<string, ProofKeyUnusable>> =>
  Effect.runPromise(Effect.result(makeProof(key, request)))

/** The SHA-256 thumbprint of a key, 43 characters of base64url (RFC 7638): what `cnf.jkt` holds. Rejects for what is no key. */
export const thumbprint = (jwk: PublicJwk): Promise<string> => Effect.runPromise(keyThumbprint(jwk))

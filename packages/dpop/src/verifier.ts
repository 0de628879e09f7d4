import { sha256Text } from "@postern/bytes"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ProofAlgorithm } from "./algorithm.ts"
import { type Configuration, configure, type ProofVerifierOptions } from "./configuration.ts"
import { type KnownKey, type KnownKeys, makeKnownKeys } from "./known-keys.ts"
import type { Nonces } from "./nonces.ts"
import { type Proof, readProof } from "./proof.ts"
import {
  type ConfigurationInvalid,
  NonceRequired,
  ProofInvalid,
  ProofMemoryFull,
  ProofMemoryUnavailable,
  type ProofRejection,
  ProofReplayed
} from "./rejections.ts"
import { importKey, verifySignature } from "./signature.ts"
import { thumbprint } from "./thumbprint.ts"

/** The request that a proof came with. */
export interface ProofRequest {
  /** The header `DPoP` as the platform joins it: two headers have a comma between them; `null` without one. */
  readonly proof: string | null
  readonly method: string
  /** The public URL of the request, from configuration and not from its headers; query and fragment are not compared. */
  readonly url: string
  /** The access token that came with it: then the proof needs `ath`. */
  readonly accessToken?: string
  /** `cnf.jkt` of the access token: then the proof's key must be this one. */
  readonly thumbprint?: string
}

/** A proof that passed every check, and was remembered. */
export interface VerifiedProof {
  /** The thumbprint of its key (RFC 7638). */
  readonly thumbprint: string
  /** `jti`. */
  readonly id: string
  /** `iat`, in seconds since 1970. */
  readonly issuedAt: number
}

/** Checks proofs: RFC 9449 section 4.3. */
export interface ProofVerifier {
  /** What is accepted, for `algs` of a challenge. */
  readonly algorithms: ReadonlyArray<ProofAlgorithm>
  /** Checks one proof in full; the clock is Effect's. A second call with the same proof is a replay. */
  readonly verify: (request: ProofRequest) => Effect.Effect<VerifiedProof, ProofRejection | ProofMemoryUnavailable>
  /** For the header `DPoP-Nonce` of an answer (RFC 9449 section 8.2); `undefined` without nonces. */
  readonly nonce: Effect.Effect<string | undefined>
}

// What costs cryptography but not the signature; a key that passed before has it at hand.
const gather = (proof: Proof, accessToken: string | undefined, known: KnownKey | undefined) =>
  Effect.gen(function* () {
    const key = known?.key ?? (yield* importKey(proof))
    const keyThumbprint = known?.thumbprint ?? (yield* thumbprint(proof.key))
    if (accessToken === undefined) return { key, thumbprint: keyThumbprint, token: undefined }
    const hash = known?.token?.text === accessToken ? known.token.hash : yield* sha256Text(accessToken)
    return { key, thumbprint: keyThumbprint, token: { text: accessToken, hash } }
  })

// RFC 9449 section 4.3, check 12: the proof is for this token, and the token for this key.
const checkBinding = (
  { claims }: Proof,
  found: KnownKey,
  expected: Pick<ProofRequest, "thumbprint">
): Result.Result<void, ProofInvalid> => {
  if (found.token !== undefined && claims.tokenHash !== found.token.hash) {
    return Result.fail(new ProofInvalid({ reason: "token" }))
  }
  return expected.thumbprint === undefined || expected.thumbprint === found.thumbprint
    ? Result.void
    : Result.fail(new ProofInvalid({ reason: "thumbprint" }))
}

// RFC 9449 section 4.3, check 10. Every refusal brings the nonce to use instead.
const checkNonce = (nonce: unknown, nonces: Nonces): Effect.Effect<void, ProofInvalid | NonceRequired> =>
  Effect.gen(function* () {
    if (nonce !== undefined && typeof nonce !== "string") return yield* new ProofInvalid({ reason: "claim" })
    if (nonce !== undefined && (yield* nonces.accepts(nonce))) return
    const reason = nonce === undefined ? "absent" : "stale"
    return yield* new NonceRequired({ reason, nonce: yield* nonces.current })
  })

const PLAIN = /^[A-Za-z0-9_-]{1,64}$/

// RFC 9449 section 11.1. What is stored has a bounded length and plain letters, whatever the sender writes into `jti`; the
// two forms differ in their mark, so that no `jti` can pass for the hash of another.
const memoryId = ({ id, thumbprint: key }: VerifiedProof): Effect.Effect<string> =>
  PLAIN.test(id) ? Effect.succeed(`${key}.${id}`) : Effect.map(sha256Text(id), (hash) => `${key}~${hash}`)

// Longer than a proof is accepted, so that it is not forgotten while a slow request with it is on its way here, nor by a
// memory whose clock runs ahead.
const MARGIN_SECONDS = 60

const remember = (proof: VerifiedProof, { memory, toleranceSeconds }: Configuration) =>
  Effect.gen(function* () {
    // From `iat` plus the tolerance on, the proof is refused for its age.
    const expiresAt = Math.ceil(proof.issuedAt + toleranceSeconds) + MARGIN_SECONDS
    const outcome = yield* Effect.mapError(
      memory.remember(yield* memoryId(proof), expiresAt, proof.thumbprint),
      (cause) => (cause instanceof ProofMemoryUnavailable ? cause : new ProofMemoryUnavailable({ cause }))
    )
    if (outcome === "new") return
    return yield* outcome === "seen" ? new ProofReplayed() : new ProofMemoryFull()
  })

const verifyProof = (request: ProofRequest, configuration: Configuration, knownKeys: KnownKeys) =>
  Effect.gen(function* () {
    const { algorithms, nonces, toleranceSeconds } = configuration
    const now = (yield* Clock.currentTimeMillis) / 1000
    const { method, url } = request
    const rules = { algorithms, method, url, toleranceSeconds, now }
    const proof = yield* Effect.fromResult(readProof(request.proof, rules))
    const found = yield* gather(proof, request.accessToken, knownKeys.find(proof))
    yield* Effect.fromResult(checkBinding(proof, found, request))
    yield* verifySignature(proof, found.key)
    const { id, issuedAt, nonce } = proof.claims
    if (nonces !== undefined) yield* checkNonce(nonce, nonces)
    const verified = { thumbprint: found.thumbprint, id, issuedAt }
    // Last, so that nobody can use up the id of a proof that is not theirs.
    yield* remember(verified, configuration)
    knownKeys.keep(proof, found)
    return verified
  })

/** Makes a verifier; options that are wrong, or not known, are {@link ConfigurationInvalid}. */
export const makeProofVerifier = (
  options: ProofVerifierOptions = {}
): Result.Result<ProofVerifier, ConfigurationInvalid> =>
  Result.map(configure(options), (configuration) => {
    const knownKeys = makeKnownKeys()
    return {
      algorithms: configuration.algorithms,
      verify: Effect.fn("dpop.verify")((request: ProofRequest) => verifyProof(request, configuration, knownKeys)),
      nonce: configuration.nonces?.current ?? Effect.undefined
    }
  })

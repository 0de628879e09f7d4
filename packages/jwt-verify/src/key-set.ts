import { importPublicKey } from "@postern/bytes"
import { isJsonObject, type JsonObject, member } from "@postern/metadata"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Algorithm, isAlgorithm, keyShape, sameAlgorithm } from "./algorithm.ts"
import type { SignedBy } from "./header.ts"
import { KeyUnknown } from "./rejections.ts"

/** One public key with the one algorithm that it is used with (RFC 8725 section 3.1). */
export interface PublicKey {
  readonly kid: string | undefined
  readonly algorithm: Algorithm
  /** The public members alone, so that a private key published by mistake is not kept. */
  readonly jwk: Readonly<Record<string, string>>
}

/** A key that can verify. */
export interface VerificationKey {
  readonly kid: string | undefined
  readonly algorithm: Algorithm
  readonly key: CryptoKey
  /** Equal for equal keys and for no others. */
  readonly identity: string
}

/** Which keys of a set are used, and what with. */
export interface KeyRules {
  /** The only algorithms that keys are used with (RFC 8725 section 3.1). */
  readonly algorithms: ReadonlyArray<Algorithm>
  /**
   * What a key whose JWK names no algorithm is used with: the `"first"` of `algorithms` that fits and no other (RFC 8725 section
   * 3.1), or `"each"` that fits, where nobody asked the other side to decide. `"first"` unless told.
   */
  readonly unstatedAlgorithm?: "first" | "each"
  /** Whether a key may be used, by its JWK as it was published; the others are passed over. All unless told. */
  readonly accepts?: (jwk: JsonObject) => boolean
}

/** The most members of a key set that are read. */
export const maximumKeys = 100

const PUBLIC_MEMBERS = { EC: ["crv", "x", "y"], OKP: ["crv", "x"], RSA: ["n", "e"] }

// RFC 7517 sections 4.2 and 4.3: a key that is for something else is not for this.
const isForVerifying = (jwk: JsonObject): boolean => {
  const use = member(jwk, "use")
  const operations = member(jwk, "key_ops")
  if (use !== undefined && use !== "sig") return false
  return operations === undefined || (Array.isArray(operations) && operations.includes("verify"))
}

const algorithmsOf = (jwk: JsonObject, rules: KeyRules): ReadonlyArray<Algorithm> => {
  const stated = member(jwk, "alg")
  if (stated !== undefined && !isAlgorithm(stated)) return []
  const fitting = rules.algorithms.filter((algorithm) => {
    const { kty, crv } = keyShape(algorithm)
    if (member(jwk, "kty") !== kty || (crv !== undefined && member(jwk, "crv") !== crv)) return false
    return stated === undefined || sameAlgorithm(stated, algorithm)
  })
  // Two names of one operation are one key.
  const distinct = fitting.filter((one, at) => fitting.findIndex((other) => sameAlgorithm(one, other)) === at)
  return rules.unstatedAlgorithm === "each" ? distinct : distinct.slice(0, 1)
}

const parseKey = (jwk: unknown, rules: KeyRules): ReadonlyArray<PublicKey> => {
  if (!isJsonObject(jwk) || !isForVerifying(jwk)) return []
  if (rules.accepts?.(jwk) === false) return []
  const kid = member(jwk, "kid")
  if (kid !== undefined && typeof kid !== "string") return []
  const algorithms = algorithmsOf(jwk, rules)
  const [first] = algorithms
  if (first === undefined) return []
  const { kty } = keyShape(first)
  const members: Record<string, string> = { kty }
  for (const name of PUBLIC_MEMBERS[kty]) {
    const value = member(jwk, name)
    if (typeof value !== "string") return []
    members[name] = value
  }
  return algorithms.map((algorithm) => ({ kid, algorithm, jwk: members }))
}

/**
 * The usable keys of a JWKS (RFC 7517 section 5): members that are not keys, are symmetric, are for another use or for an
 * algorithm that is not allowed are passed over. `undefined` when it is no key set or has more than {@link maximumKeys}.
 */
export const parseKeySet = (json: unknown, rules: KeyRules): ReadonlyArray<PublicKey> | undefined => {
  const keys = isJsonObject(json) ? member(json, "keys") : undefined
  if (!Array.isArray(keys) || keys.length > maximumKeys) return undefined
  return keys.flatMap((jwk) => parseKey(jwk, rules))
}

const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth"]

/** What a key set has that must not be public (RFC 7517 section 9.2); nothing of it is in the answer. */
export const secretsOf = (json: JsonObject): ReadonlyArray<"PrivateKeyPublished" | "SymmetricKeyPublished"> => {
  const keys = member(json, "keys")
  const members = Array.isArray(keys) ? keys.filter(isJsonObject) : []
  const has = (names: ReadonlyArray<string>) => members.some((jwk) => names.some((name) => Object.hasOwn(jwk, name)))
  return [
    ...(has(PRIVATE_MEMBERS) ? ["PrivateKeyPublished" as const] : []),
    ...(has(["k"]) ? ["SymmetricKeyPublished" as const] : [])
  ]
}

const identityOf = ({ algorithm, jwk, kid }: PublicKey): string => JSON.stringify([kid ?? null, algorithm, jwk])

// RFC 7518 section 3.3: RSA keys of 2048 bits or more.
const isLongEnough = (key: CryptoKey): boolean =>
  !("modulusLength" in key.algorithm) ||
  (typeof key.algorithm.modulusLength === "number" && key.algorithm.modulusLength >= 2048)

const importKey = (publicKey: PublicKey): Effect.Effect<VerificationKey | undefined> =>
  Effect.map(importPublicKey(publicKey.algorithm, publicKey.jwk), (key) => {
    // A point off the curve, a broken modulus: such a member is passed over like any other that is no key.
    if (key === undefined || !isLongEnough(key)) return undefined
    const { algorithm, kid } = publicKey
    return { kid, algorithm, key, identity: identityOf(publicKey) }
  })

/**
 * Makes keys that can verify; those that the platform refuses are left out. One that is `known` stays the same object, so that
 * what was verified with it needs no second verification.
 */
export const importKeys = (
  keys: ReadonlyArray<PublicKey>,
  known: ReadonlyArray<VerificationKey> = []
): Effect.Effect<ReadonlyArray<VerificationKey>> =>
  Effect.gen(function* () {
    const byIdentity = new Map(known.map((key) => [key.identity, key]))
    const imported: Array<VerificationKey> = []
    for (const publicKey of keys) {
      const key = byIdentity.get(identityOf(publicKey)) ?? (yield* importKey(publicKey))
      if (key !== undefined) imported.push(key)
    }
    return imported
  })

/**
 * The one key for a header: same `kid` when the header has one, same algorithm. Two that fit are refused, since a
 * verifier that tries keys in turn lets the sender choose.
 */
export const selectKey = (
  keys: ReadonlyArray<VerificationKey>,
  { algorithm, kid }: SignedBy
): Result.Result<VerificationKey, KeyUnknown> => {
  const fitting = keys.filter(
    (key) => (kid === undefined || key.kid === kid) && sameAlgorithm(key.algorithm, algorithm)
  )
  const [key] = fitting
  if (key === undefined) return Result.fail(new KeyUnknown({ reason: "none" }))
  return fitting.length === 1 ? Result.succeed(key) : Result.fail(new KeyUnknown({ reason: "ambiguous" }))
}

import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { importJWK } from "jose/key/import"
import { type Algorithm, isAlgorithm, keyShape, sameAlgorithm } from "./algorithm.ts"
import type { SignedBy } from "./header.ts"
import { isObject, type JsonObject, member } from "./json.ts"
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

const algorithmOf = (jwk: JsonObject, allowed: ReadonlyArray<Algorithm>): Algorithm | undefined => {
  const stated = member(jwk, "alg")
  if (stated !== undefined && !isAlgorithm(stated)) return undefined
  return allowed.find((algorithm) => {
    const { kty, crv } = keyShape(algorithm)
    if (member(jwk, "kty") !== kty || (crv !== undefined && member(jwk, "crv") !== crv)) return false
    return stated === undefined || sameAlgorithm(stated, algorithm)
  })
}

const parseKey = (jwk: unknown, allowed: ReadonlyArray<Algorithm>): PublicKey | undefined => {
  if (!isObject(jwk) || !isForVerifying(jwk)) return undefined
  const kid = member(jwk, "kid")
  if (kid !== undefined && typeof kid !== "string") return undefined
  const algorithm = algorithmOf(jwk, allowed)
  if (algorithm === undefined) return undefined
  const { kty } = keyShape(algorithm)
  const members: Record<string, string> = { kty }
  for (const name of PUBLIC_MEMBERS[kty]) {
    const value = member(jwk, name)
    if (typeof value !== "string") return undefined
    members[name] = value
  }
  return { kid, algorithm, jwk: members }
}

/**
 * The usable keys of a JWKS (RFC 7517 section 5): members that are not keys, are symmetric, are for another use or for an
 * algorithm that is not allowed are passed over. `undefined` when it is no key set or has more than {@link maximumKeys}.
 */
export const parseKeySet = (
  json: unknown,
  { algorithms }: { readonly algorithms: ReadonlyArray<Algorithm> }
): ReadonlyArray<PublicKey> | undefined => {
  const keys = isObject(json) ? member(json, "keys") : undefined
  if (!Array.isArray(keys) || keys.length > maximumKeys) return undefined
  return keys.flatMap((jwk) => parseKey(jwk, algorithms) ?? [])
}

// RFC 7518 section 3.3: RSA keys of 2048 bits or more.
const isLongEnough = (key: CryptoKey): boolean =>
  !("modulusLength" in key.algorithm) ||
  (typeof key.algorithm.modulusLength === "number" && key.algorithm.modulusLength >= 2048)

const importKey = ({ algorithm, jwk, kid }: PublicKey): Effect.Effect<ReadonlyArray<VerificationKey>> =>
  Effect.promise(async () => {
    // A point off the curve, a broken modulus: such a member is passed over like any other that is no key.
    const key = await importJWK({ ...jwk }, algorithm).catch(() => undefined)
    return key === undefined || key instanceof Uint8Array || !isLongEnough(key) ? [] : [{ kid, algorithm, key }]
  })

/** Makes keys that can verify; those that the platform refuses are left out. */
export const importKeys = (keys: ReadonlyArray<PublicKey>): Effect.Effect<ReadonlyArray<VerificationKey>> =>
  Effect.map(Effect.forEach(keys, importKey, { concurrency: "unbounded" }), (imported) => imported.flat())

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

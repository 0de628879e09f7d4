import { encodeBase64Url, publicJwkOf, randomText, sha256Text, signBytes } from "@postern/bytes"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ProofKeyUnusable } from "./rejections.ts"
import { type ProofKey, signingKey } from "./proof-key.ts"
import { requestTarget } from "./target.ts"

/** The request that a proof is made for. */
export interface ProvenRequest {
  readonly method: string
  /** Its URL; query and fragment do not come into the proof. */
  readonly url: string
  /** At a resource: the token that the request carries. */
  readonly accessToken?: string | undefined
  /** The nonce that this server gave out last. */
  readonly nonce?: string | undefined
}

const encoder = new TextEncoder()

const encodeJson = (value: object): string => encodeBase64Url(encoder.encode(JSON.stringify(value)))

/**
 * Makes the proof of one request, for its header `DPoP` (RFC 9449 section 4.2): never the same twice. A URL that is none is a
 * defect.
 */
export const signProof = Effect.fnUntraced(function* (
  key: ProofKey,
  { accessToken, method, nonce, url }: ProvenRequest
): Effect.fn.Return<string, ProofKeyUnusable> {
  const { algorithm } = key
  const target = requestTarget(url)
  if (target === undefined) return yield* Effect.die(new TypeError("this is no URL"))
  const privateKey = yield* signingKey(key)
  // The public members alone, whatever stands beside them.
  const header = { typ: "dpop+jwt", alg: algorithm, jwk: publicJwkOf(algorithm, key.publicJwk) }
  const claims = {
    jti: yield* randomText(16),
    htm: method,
    htu: target,
    iat: Math.floor((yield* Clock.currentTimeMillis) / 1000),
    ...(accessToken === undefined ? {} : { ath: yield* sha256Text(accessToken) }),
    ...(nonce === undefined ? {} : { nonce })
  }
  const text = `${encodeJson(header)}.${encodeJson(claims)}`
  return `${text}.${encodeBase64Url(yield* signBytes(algorithm, privateKey, encoder.encode(text)))}`
})

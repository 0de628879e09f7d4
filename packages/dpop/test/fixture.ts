import { encodeBase64Url } from "@postern/bytes"
import { makeProofVerifier, type ProofRequest, type ProofVerifierOptions } from "@postern/dpop"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { exportJWK, generateKeyPair } from "jose"

/** Seconds since 1970 at which every test begins. */
export const NOW = 1_800_000_000
export const URL_OF_SERVER = "https://mcp.example.com/mcp"

const pair = await generateKeyPair("ES256", { extractable: true })
export const privateKey = pair.privateKey
export const privateJwk = await exportJWK(pair.privateKey)
export const jwk = await exportJWK(pair.publicKey)

// RFC 9449 section 7.1: a token and its `ath`.
export const TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
export const ATH = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"

export const header: Readonly<Record<string, unknown>> = { typ: "dpop+jwt", alg: "ES256", jwk }
export const claims: Readonly<Record<string, unknown>> = {
  htm: "POST",
  htu: URL_OF_SERVER,
  iat: NOW,
  jti: "j1",
  ath: ATH
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text))

export const encode = (part: unknown): string =>
  encodeBase64Url(part instanceof Uint8Array ? part : utf8(typeof part === "string" ? part : JSON.stringify(part)))

const ES256 = { name: "ECDSA", hash: "SHA-256" }

/** Header and payload as objects, as text or as bytes, and a signature of any key: jose would refuse to make most of these. */
export const sign = async (
  headerPart: unknown,
  payloadPart: unknown,
  key: CryptoKey = privateKey,
  algorithm: AlgorithmIdentifier | EcdsaParams | RsaPssParams = ES256
): Promise<string> => {
  const input = `${encode(headerPart)}.${encode(payloadPart)}`
  return `${input}.${encode(new Uint8Array(await crypto.subtle.sign(algorithm, key, utf8(input))))}`
}

/** A proof that is valid but for what is given. */
export const prove = (changes: object = {}, headerChanges: object = {}): Promise<string> =>
  sign({ ...header, ...headerChanges }, { ...claims, ...changes })

export const make = (options: ProofVerifierOptions = {}) => Result.getOrThrow(makeProofVerifier(options))

/** A POST to the server with the token of RFC 9449 and this proof, but for what is given. */
export const request = (proof: string | null, changes: Partial<ProofRequest> = {}): ProofRequest => ({
  proof,
  method: "POST",
  url: URL_OF_SERVER,
  accessToken: TOKEN,
  ...changes
})

/** Runs with a clock that stands at {@link NOW} and moves when a test moves it. */
export const atNow = <A, E>(effect: Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.andThen(TestClock.setTime(NOW * 1000), effect).pipe(Effect.provide(TestClock.layer())))

export const setTime = (seconds: number) => TestClock.setTime(seconds * 1000)

/** What a proof with a request gives; one that is refused fails the test. */
export const accept = (proof: string | null, changes: Partial<ProofRequest> = {}, options: ProofVerifierOptions = {}) =>
  atNow(make(options).verify(request(proof, changes)))

/** Why a proof is refused; one that is accepted fails the test. */
export const refuse = (proof: string | null, changes: Partial<ProofRequest> = {}, options: ProofVerifierOptions = {}) =>
  atNow(Effect.flip(make(options).verify(request(proof, changes))))

/** The reason of a `ProofInvalid`; anything else by its tag. */
export const reasonOf = async (
  proof: string | null,
  changes: Partial<ProofRequest> = {},
  options: ProofVerifierOptions = {}
): Promise<string> => {
  const error = await refuse(proof, changes, options)
  return error._tag === "ProofInvalid" ? error.reason : error._tag
}

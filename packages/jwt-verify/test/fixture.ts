import { encodeBase64Url } from "@postern/bytes"
import { type FetchDocument, makeVerifier, type VerifierOptions } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { exportJWK, generateKeyPair } from "jose"

/** Seconds since 1970 at which every test begins. */
export const NOW = 1_800_000_000
export const I = "https://as.example.com"
export const R = "https://mcp.example.com/mcp"

export const k1 = await generateKeyPair("ES256", { extractable: true })
export const k2 = await generateKeyPair("RS256", { extractable: true })
export const k1Public = { ...(await exportJWK(k1.publicKey)), kid: "k1", alg: "ES256", use: "sig" }
export const k2Public = { ...(await exportJWK(k2.publicKey)), kid: "k2", alg: "RS256", use: "sig" }
export const jwks = { keys: [k1Public, k2Public] }

export const header = { alg: "ES256", typ: "at+jwt", kid: "k1" }
export const claims = {
  iss: I,
  sub: "u1",
  aud: R,
  client_id: "c1",
  iat: NOW,
  exp: NOW + 300,
  jti: "j1",
  scope: "files:read"
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text))

const encode = (part: unknown): string =>
  encodeBase64Url(part instanceof Uint8Array ? part : utf8(typeof part === "string" ? part : JSON.stringify(part)))

const ES256 = { name: "ECDSA", hash: "SHA-256" }

/** Header and payload as objects, as text or as bytes, and a signature of any key: jose would refuse to make most of these. */
export const sign = async (
  headerPart: unknown,
  payloadPart: unknown,
  key: CryptoKey = k1.privateKey,
  algorithm: AlgorithmIdentifier | EcdsaParams | RsaPssParams = ES256
): Promise<string> => {
  const input = `${encode(headerPart)}.${encode(payloadPart)}`
  return `${input}.${encode(new Uint8Array(await crypto.subtle.sign(algorithm, key, utf8(input))))}`
}

/** A token that is valid but for what is given. */
export const token = (changes: object = {}, headerChanges: object = {}): Promise<string> =>
  sign({ ...header, ...headerChanges }, { ...claims, ...changes })

/** A token without one claim. */
export const tokenWithout = (claim: keyof typeof claims): Promise<string> => {
  const { [claim]: _, ...rest } = claims
  return sign(header, rest)
}

export const make = (options: Partial<VerifierOptions> = {}) =>
  Result.getOrThrow(makeVerifier({ issuer: I, audience: R, jwks, ...options }))

/** Runs with a clock that stands at {@link NOW} and moves when a test moves it. */
export const atNow = <A, E>(effect: Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.andThen(TestClock.setTime(NOW * 1000), effect).pipe(Effect.provide(TestClock.layer())))

export const accept = (text: string, options?: Partial<VerifierOptions>) => atNow(make(options).verify(text))

/** The rejection of a token; a token that is accepted fails the test. */
export const refuse = (text: string, options?: Partial<VerifierOptions>) =>
  atNow(Effect.flip(make(options).verify(text)))

/** The tag of the rejection. */
export const tagOf = async (text: string, options?: Partial<VerifierOptions>): Promise<string> =>
  (await refuse(text, options))._tag

export type Answer =
  | { readonly status: number; readonly text: string; readonly headers?: Readonly<Record<string, string>> }
  | "network"
  | "hang"

/** An endpoint whose answers are given in turn (the last one again and again), and which counts. */
export const endpoint = (...answers: ReadonlyArray<Answer>) => {
  const calls: Array<string> = []
  const fetch: FetchDocument = ({ url }) =>
    Effect.suspend(() => {
      calls.push(url)
      const answer = answers[Math.min(calls.length, answers.length) - 1] ?? "network"
      if (answer === "hang") return Effect.never
      if (answer === "network") return Effect.fail("unreachable")
      return Effect.as(Effect.yieldNow, { ...answer, headers: new Headers(answer.headers) })
    })
  return { calls, fetch }
}

/** A key set as an answer. */
export const keySet = (...keys: ReadonlyArray<unknown>) => ({ status: 200, text: JSON.stringify({ keys }) })

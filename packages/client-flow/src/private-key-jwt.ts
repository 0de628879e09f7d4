import {
  encodeBase64Url,
  importPrivateKey,
  isSignatureAlgorithm,
  keyShape,
  randomText,
  type SignatureAlgorithm,
  signBytes
} from "@postern/bytes"
import { isJsonObject, type JsonObject, member } from "@postern/metadata"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { checkNames, invalid, VISIBLE } from "./check-options.ts"
import { now } from "./now.ts"
import type { ClientKey } from "./options.ts"
import { ClientKeyUnusable, type ConfigurationInvalid } from "./rejections/index.ts"

/** The private key of a client, whose public half the authorization server knows. */
export interface ClientKeyOptions {
  readonly algorithm: SignatureAlgorithm
  /** A private JWK (RFC 7517). It stays in this process: no store and no event gets it. */
  readonly privateJwk: object
  /** `kid` of the public half, where the server knows more than one key. */
  readonly keyId?: string | undefined
}

/** Makes the key of a client that authenticates by `private_key_jwt`; wrong and unknown options are refused by name. */
export const makeClientKey = (options: ClientKeyOptions): Result.Result<ClientKey, ConfigurationInvalid> =>
  Result.map(checkKeyOptions(options), (jwk) => {
    const { algorithm, keyId } = options
    const header = encodeJson({ typ: TYPE, alg: algorithm, ...(keyId === undefined ? {} : { kid: keyId }) })
    let imported: CryptoKey | undefined
    const signing = Effect.gen(function* () {
      imported ??= yield* importPrivateKey(algorithm, jwk)
      return imported ?? (yield* new ClientKeyUnusable({ algorithm }))
    })
    return {
      algorithm,
      assert: Effect.fnUntraced(function* ({ clientId, issuer }) {
        const key = yield* signing
        const text = `${header}.${encodeJson(claimsOf({ clientId, issuer, id: yield* randomText(16), now: yield* now }))}`
        return `${text}.${encodeBase64Url(yield* signBytes(algorithm, key, encoder.encode(text)))}`
      })
    }
  })

// draft-ietf-oauth-rfc7523bis section 4: so that no other JWT of this key passes for one.
const TYPE = "client-authentication+jwt"

const LIFETIME_SECONDS = 60

/**
 * RFC 7523 section 3. The audience is the issuer, as one text: an assertion that were also for somebody else, or for a URL
 * that a server chooses, could be used at another (draft-ietf-oauth-rfc7523bis section 4).
 */
const claimsOf = (facts: {
  readonly clientId: string
  readonly issuer: string
  readonly id: string
  readonly now: number
}) => ({
  iss: facts.clientId,
  sub: facts.clientId,
  aud: facts.issuer,
  jti: facts.id,
  iat: facts.now,
  exp: facts.now + LIFETIME_SECONDS
})

const encoder = new TextEncoder()

const encodeJson = (value: object): string => encodeBase64Url(encoder.encode(JSON.stringify(value)))

const OPTIONS: Readonly<Record<keyof ClientKeyOptions, true>> = { algorithm: true, privateJwk: true, keyId: true }

// RFC 7518 sections 6.2 and 6.3, RFC 8037 section 2.
const MEMBERS = ["kty", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi"]

/** The members of the key that it is imported by. */
const checkKeyOptions = (
  options: ClientKeyOptions
): Result.Result<Readonly<Record<string, string>>, ConfigurationInvalid> =>
  Result.gen(function* () {
    yield* checkNames("", options, OPTIONS)
    const { algorithm, keyId, privateJwk } = options
    if (!isSignatureAlgorithm(algorithm)) return yield* invalid("algorithm", "must be an asymmetric algorithm")
    if (!isJsonObject(privateJwk) || !fits(privateJwk, algorithm)) {
      return yield* invalid("privateJwk", `must be a private JWK for ${algorithm}`)
    }
    if (keyId !== undefined && !VISIBLE.test(keyId)) return yield* invalid("keyId", "must be printable ASCII")
    const members = MEMBERS.map((name) => [name, member(privateJwk, name)] as const)
    return Object.fromEntries(members.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])))
  })

const fits = (jwk: JsonObject, algorithm: SignatureAlgorithm): boolean => {
  const { crv, kty } = keyShape(algorithm)
  return member(jwk, "kty") === kty && member(jwk, "crv") === crv && typeof member(jwk, "d") === "string"
}

import { randomText } from "@postern/bytes"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { importJWK, type JWK, SignJWT } from "jose"
import { ConfigurationInvalid } from "./configuration-invalid.ts"
import type { SigningKey } from "./options.ts"

/** What an access token says (RFC 9068 section 2.2); times are seconds since 1970. */
export interface AccessTokenClaims {
  readonly issuer: string
  readonly subject: string
  readonly resources: ReadonlyArray<string>
  readonly clientId: string
  readonly scope: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Signs access tokens, and publishes what they are verified with. */
export interface Signer {
  readonly sign: (claims: AccessTokenClaims) => Effect.Effect<string>
  /** Public members only (RFC 7517 section 5). */
  readonly jwks: { readonly keys: ReadonlyArray<Readonly<Record<string, string>>> }
}

const invalid = (key: string, reason: string) =>
  Effect.fail(new ConfigurationInvalid({ key, reason, spec: "RFC 7518 section 6.2" }))

/** The published members and the private one, or the name of what is wrong. */
const readKey = ({ kid, alg, privateKey }: SigningKey) => {
  const { kty, crv, x, y, d } = privateKey
  if (kid === "" || typeof kid !== "string") return Result.fail("kid")
  if (alg !== "ES256") return Result.fail("alg")
  return kty === "EC" && crv === "P-256" && x !== undefined && y !== undefined && d !== undefined
    ? Result.succeed({ published: { kty, crv, x, y, kid, alg, use: "sig" }, d })
    : Result.fail("privateKey")
}

const probe = new TextEncoder().encode("postern")
const ECDSA = { name: "ECDSA", hash: "SHA-256" }

/** Imports both halves and makes sure that they belong together: a mixed-up pair would sign what nobody can verify. */
const importPair = async (privateJwk: JWK, publicJwk: JWK): Promise<CryptoKey | undefined> => {
  const [privateKey, publicKey] = await Promise.all([importJWK(privateJwk, "ES256"), importJWK(publicJwk, "ES256")])
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array) return undefined
  const signature = await crypto.subtle.sign(ECDSA, privateKey, probe)
  return (await crypto.subtle.verify(ECDSA, publicKey, signature, probe)) ? privateKey : undefined
}

/** Imports the keys; the first one signs. */
export const makeSigner = Effect.fnUntraced(function* (keys: ReadonlyArray<SigningKey>) {
  if (new Set(keys.map((key) => key.kid)).size !== keys.length)
    return yield* invalid("keys", "two keys have the same kid")
  const imported = yield* Effect.forEach(keys, (key, index) =>
    Effect.gen(function* () {
      const read = readKey(key)
      if (Result.isFailure(read)) {
        return yield* invalid(
          `keys[${index}].${read.failure}`,
          "the key must have a kid, alg ES256 and a private EC key on P-256"
        )
      }
      const { published, d } = read.success
      // The library's error is dropped: it may quote the key.
      const privateKey = yield* Effect.promise(() =>
        importPair({ ...published, d, use: "sig" }, published).catch(() => undefined)
      )
      if (privateKey === undefined) {
        return yield* invalid(`keys[${index}].privateKey`, "cannot be imported, or its halves do not match")
      }
      return { kid: key.kid, privateKey, published }
    })
  )
  const [signing] = imported
  if (signing === undefined) return yield* invalid("keys", "at least one is required")
  const signer: Signer = {
    sign: (claims) => Effect.flatMap(randomText(), (jti) => Effect.promise(() => sign(claims, jti, signing))),
    jwks: { keys: imported.map(({ published }) => published) }
  }
  return signer
})

const sign = (
  claims: AccessTokenClaims,
  jti: string,
  key: { readonly kid: string; readonly privateKey: CryptoKey }
) => {
  const [only, ...others] = claims.resources
  return new SignJWT({ client_id: claims.clientId, scope: claims.scope })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: key.kid })
    .setIssuer(claims.issuer)
    .setSubject(claims.subject)
    .setAudience(others.length === 0 && only !== undefined ? only : [...claims.resources])
    .setIssuedAt(claims.issuedAt)
    .setExpirationTime(claims.expiresAt)
    .setJti(jti)
    .sign(key.privateKey)
}

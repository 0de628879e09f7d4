import { encodeBase64Url, signBytes } from "@postern/bytes"
import * as Effect from "effect/Effect"
import type { KeySet, PublishedKey, ReadyKey } from "./keys/key-set.ts"
import type { StoreFailed } from "./store.ts"

/** What an access token says (RFC 9068 section 2.2); times are seconds since 1970. */
export interface AccessTokenClaims {
  readonly issuer: string
  readonly subject: string
  readonly resources: ReadonlyArray<string>
  readonly clientId: string
  readonly scope: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** Never twice: introspection and revocation find the token by it. */
  readonly tokenId: string
  /** Thumbprint of the key that the token is bound to (RFC 9449 section 6.1). */
  readonly jkt?: string | undefined
}

/** Signs access tokens, and publishes what they are verified with. */
export interface Signer {
  readonly sign: (claims: AccessTokenClaims) => Effect.Effect<string, StoreFailed>
  /** A JWK set (RFC 7517 section 5): public members only. */
  readonly jwks: Effect.Effect<{ readonly keys: ReadonlyArray<PublishedKey> }, StoreFailed>
}

const encoder = new TextEncoder()

const encodeJson = (value: unknown): string => encodeBase64Url(JSON.stringify(value))

/** Signs with the key of the moment. */
export const makeSigner = (keys: KeySet): Signer => {
  // The same for all tokens of a key.
  const headers = new WeakMap<ReadyKey, string>()
  const headerOf = (key: ReadyKey): string => {
    const known = headers.get(key)
    if (known !== undefined) return known
    const header = encodeJson({ alg: key.alg, typ: "at+jwt", kid: key.kid })
    headers.set(key, header)
    return header
  }
  return {
    sign: (claims) =>
      Effect.flatMap(keys.signing, (key) => {
        const text = `${headerOf(key)}.${encodeJson(payloadOf(claims))}`
        const signing = signBytes(key.alg, key.privateKey, encoder.encode(text))
        return Effect.map(signing, (signature) => `${text}.${encodeBase64Url(signature)}`)
      }),
    jwks: Effect.map(keys.published, (published) => ({ keys: published }))
  }
}

const payloadOf = (claims: AccessTokenClaims) => {
  const [only, ...others] = claims.resources
  return {
    iss: claims.issuer,
    sub: claims.subject,
    aud: others.length === 0 && only !== undefined ? only : claims.resources,
    client_id: claims.clientId,
    scope: claims.scope,
    iat: claims.issuedAt,
    exp: claims.expiresAt,
    jti: claims.tokenId,
    cnf: claims.jkt === undefined ? undefined : { jkt: claims.jkt }
  }
}

import { decodeBase64Url, importPublicKey, verifySignature } from "@postern/bytes"
import { parseJson } from "@postern/metadata"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type KeySet, type PublishedKey, type SigningAlgorithm, signingAlgorithms } from "./keys/key-set.ts"
import { MAXIMUM_TOKEN_LENGTH } from "./limits.ts"
import type { StoreFailed } from "./store.ts"

/** An access token that one of our published keys signed; times are seconds since 1970. */
export interface OwnToken {
  readonly tokenId: string
  readonly clientId: string
  readonly subject: string
  readonly resources: ReadonlyArray<string>
  readonly scope: string
  readonly issuedAt: number
  readonly expiresAt: number
  readonly jkt: string | undefined
}

/** Reads an access token of ours, an expired one too; `undefined` for everything else. */
export type TokenReader = (text: string) => Effect.Effect<OwnToken | undefined, StoreFailed>

const decoder = new TextDecoder("utf-8", { fatal: true })

const jsonPart = (part: string): Readonly<Record<string, unknown>> | undefined => {
  const bytes = decodeBase64Url(part)
  if (bytes === undefined) return undefined
  try {
    const json = parseJson(decoder.decode(bytes))
    return Result.isSuccess(json) && typeof json.success === "object" && json.success !== null
      ? Object.fromEntries(Object.entries(json.success))
      : undefined
  } catch {
    // Not UTF-8.
    return undefined
  }
}

const algorithmOf = ({ alg }: PublishedKey): SigningAlgorithm | undefined =>
  signingAlgorithms.find((algorithm) => algorithm === alg)

/** Makes a reader over the keys that are published at the time, of this issuer's tokens: keys may be shared. */
export const makeTokenReader = (keys: Pick<KeySet, "published">, issuer: string): TokenReader => {
  const imported = new Map<string, CryptoKey>()

  const importKey = Effect.fnUntraced(function* (key: PublishedKey, algorithm: SigningAlgorithm) {
    const { kid = "", alg: _, use: __, ...jwk } = key
    const known = imported.get(kid)
    if (known !== undefined) return known
    const made = yield* importPublicKey(algorithm, jwk)
    if (made !== undefined) imported.set(kid, made)
    return made
  })

  return Effect.fnUntraced(function* (text) {
    if (text.length > MAXIMUM_TOKEN_LENGTH) return undefined
    const [header = "", payload = "", signature = "", ...more] = text.split(".")
    if (more.length > 0) return undefined
    const { kid, typ } = jsonPart(header) ?? {}
    // RFC 9068 section 4: an ID token, or whatever else the operator signs with the same keys, is no access token.
    if (typ !== "at+jwt") return undefined
    const signed = decodeBase64Url(signature)
    const key = (yield* keys.published).find((candidate) => candidate["kid"] === kid)
    // The key says which algorithm it is for, and no header.
    const algorithm = key && algorithmOf(key)
    if (key === undefined || algorithm === undefined || signed === undefined) return undefined
    const publicKey = yield* importKey(key, algorithm)
    const data = new TextEncoder().encode(`${header}.${payload}`)
    if (publicKey === undefined || !(yield* verifySignature(algorithm, publicKey, signed, data))) return undefined
    const claims = jsonPart(payload) ?? {}
    return claims["iss"] === issuer ? readClaims(claims) : undefined
  })
}

const texts = (value: unknown): ReadonlyArray<string> =>
  (Array.isArray(value) ? value : [value]).filter((one: unknown): one is string => typeof one === "string")

/** What our own signer wrote: whatever else our key signed is no access token. */
const readClaims = (claims: Readonly<Record<string, unknown>>): OwnToken | undefined => {
  const { jti, client_id: clientId, sub, aud, scope, iat, exp, cnf } = claims
  if (typeof jti !== "string" || typeof clientId !== "string" || typeof sub !== "string") return undefined
  if (typeof scope !== "string" || typeof iat !== "number" || typeof exp !== "number") return undefined
  const jkt: unknown = typeof cnf === "object" && cnf !== null && "jkt" in cnf ? cnf.jkt : undefined
  return {
    tokenId: jti,
    clientId,
    subject: sub,
    resources: texts(aud),
    scope,
    issuedAt: iat,
    expiresAt: exp,
    jkt: typeof jkt === "string" ? jkt : undefined
  }
}

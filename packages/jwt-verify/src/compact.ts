import { decodeBase64Url } from "@postern/bytes"
import { type JsonObject, parseJsonObject } from "@postern/metadata"
import * as Result from "effect/Result"
import { TokenEncrypted, TokenMalformed } from "./rejections.ts"

/** A JWS in compact form: what its parts decode to, and its bytes. */
export interface CompactJws {
  readonly header: JsonObject
  readonly payload: Uint8Array
  readonly signature: Uint8Array<ArrayBuffer>
  /** The whole of it, which is ASCII. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** What the signature is over: header and payload as they came, with the point between them (RFC 7515 section 5.2). */
  readonly signingInput: Uint8Array<ArrayBuffer>
}

/** The longest token that is read, in characters. */
export const maximumTokenLength = 16_384

const encoder = new TextEncoder()

const malformed = (part: TokenMalformed["part"], reason: TokenMalformed["reason"]) =>
  Result.fail(new TokenMalformed({ part, reason }))

/**
 * Reads the three parts of a JWS (RFC 7515 section 7.1): canonical base64url, header a JSON object without repeated
 * members, at most {@link maximumTokenLength} characters. Nothing is verified.
 */
export const parseCompact = (token: string): Result.Result<CompactJws, TokenMalformed | TokenEncrypted> => {
  // Before anything is cut or decoded: the cost of a hostile token is bounded by this line.
  if (token.length > maximumTokenLength) return malformed("token", "too-large")
  const parts = token.split(".", 6)
  // RFC 7516 section 9: five parts are a JWE. It is recognised and left alone: no key is derived, nothing is inflated.
  if (parts.length === 5) return Result.fail(new TokenEncrypted())
  const [header, payload, signature] = parts
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    return malformed("token", "part-count")
  }
  const headerBytes = decodeBase64Url(header)
  if (headerBytes === undefined) return malformed("header", "encoding")
  const payloadBytes = decodeBase64Url(payload)
  if (payloadBytes === undefined) return malformed("claims", "encoding")
  // One signature has one spelling: what is revoked or remembered by its text cannot come back under another.
  const signatureBytes = decodeBase64Url(signature)
  if (signatureBytes === undefined) return malformed("signature", "encoding")
  const headerObject = Result.getOrUndefined(parseJsonObject(headerBytes))
  if (headerObject === undefined) return malformed("header", "json")
  const bytes = encoder.encode(token)
  return Result.succeed({
    header: headerObject,
    payload: payloadBytes,
    signature: signatureBytes,
    bytes,
    signingInput: bytes.subarray(0, header.length + 1 + payload.length)
  })
}

/** The claims of a token that was verified before, read again from its text. */
export const readClaims = (token: string): JsonObject => {
  const payload = decodeBase64Url(token.split(".", 2)[1] ?? "")
  return (payload && Result.getOrUndefined(parseJsonObject(payload))) ?? {}
}

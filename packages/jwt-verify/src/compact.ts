import { decodeBase64Url } from "@postern/bytes"
import * as Result from "effect/Result"
import { type JsonObject, parseObject } from "./json.ts"
import { TokenEncrypted, TokenMalformed } from "./rejections.ts"

/** A JWS in compact form: its parts as they came, and what its header and payload decode to. */
export interface CompactJws {
  readonly encoded: { readonly header: string; readonly payload: string; readonly signature: string }
  readonly header: JsonObject
  readonly payload: Uint8Array
}

/** The longest token that is read, in characters. */
export const maximumTokenLength = 16_384

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
  if (decodeBase64Url(signature) === undefined) return malformed("signature", "encoding")
  const headerObject = parseObject(headerBytes)
  if (headerObject === undefined) return malformed("header", "json")
  return Result.succeed({ encoded: { header, payload, signature }, header: headerObject, payload: payloadBytes })
}

import type * as Brand from "effect/Brand"
import * as Result from "effect/Result"
import { brand } from "./brand.ts"
import { readSecureUrl } from "./read-url.ts"
import { IssuerMalformed, type TransportInsecure } from "./rejections.ts"

/** An issuer identifier, byte for byte as it came (RFC 8414 section 2). */
export type Issuer = string & Brand.Brand<"@postern/uri/Issuer">

/**
 * An issuer identifier: secure transport, no query and no fragment, not even empty ones (RFC 8414 section 2). The text
 * comes back unchanged: `https://as.example.com` and `https://as.example.com/` are two issuers.
 */
export const parseIssuer = (text: string): Result.Result<Issuer, IssuerMalformed | TransportInsecure> => {
  const url = readSecureUrl(text, (reason) => new IssuerMalformed({ reason }))
  if (Result.isFailure(url)) return Result.fail(url.failure)
  return text.includes("?")
    ? Result.fail(new IssuerMalformed({ reason: "query" }))
    : Result.succeed(brand<Issuer>(text))
}

import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  decodeAuthorizationServerMetadata,
  decodeClientIdMetadataDocument,
  decodeClientInformation,
  decodeClientMetadata,
  decodeProtectedResourceMetadata
} from "@postern/metadata"

const decoders = {
  decodeProtectedResourceMetadata,
  decodeAuthorizationServerMetadata,
  decodeClientMetadata,
  decodeClientInformation,
  decodeClientIdMetadataDocument: (json: unknown) =>
    decodeClientIdMetadataDocument(json, { url: "https://app.example.com/c" })
}

const names = [
  "resource",
  "authorization_servers",
  "issuer",
  "authorization_endpoint",
  "x_endpoint",
  "mtls_endpoint_aliases",
  "client_id",
  "client_secret",
  "redirect_uris",
  "jwks",
  "jwks_uri",
  "scope",
  "__proto__",
  "constructor"
]

const hostile = fc.oneof(
  fc.jsonValue(),
  fc.anything(),
  fc.dictionary(
    fc.constantFrom(...names),
    fc.oneof(fc.jsonValue(), fc.webUrl(), fc.array(fc.webUrl()), fc.record({ keys: fc.array(fc.jsonValue()) }))
  )
)

describe.each(Object.entries(decoders))("%s", (_, decode) => {
  it("never throws, and a rejection has at least one issue or its own tag", () => {
    fc.assert(
      fc.property(hostile, (json) => {
        const decoded: Result.Result<unknown, { readonly _tag: string; readonly issues?: ReadonlyArray<unknown> }> =
          decode(json)
        if (Result.isSuccess(decoded)) return
        if (decoded.failure._tag === "MetadataMalformed") expect(decoded.failure.issues?.length).toBeGreaterThan(0)
        else expect(["ClientIdMismatch", "ClientSecretForbidden"]).toContain(decoded.failure._tag)
      })
    )
  })
})

import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  type AuthorizationServerMetadata,
  type ClientInformation,
  type ClientMetadata,
  decodeAuthorizationServerMetadata,
  decodeClientIdMetadataDocument,
  decodeClientInformation,
  decodeClientMetadata,
  decodeProtectedResourceMetadata,
  formatAuthorizationServerMetadata,
  formatProtectedResourceMetadata,
  type MetadataIssue,
  type MetadataMalformed,
  type ProtectedResourceMetadata
} from "@postern/metadata"
import { growth } from "../../../tests/growth.ts"

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

it("what the builders write is read back as it is, whatever else the documents hold", () => {
  const url = fc.constantFrom("https://as.example.com", "https://as.example.com/a?b=%41", "http://127.0.0.1:9/x")
  const issuer = fc.constantFrom("https://as.example.com", "https://as.example.com/", "http://[::1]:9/t")
  const texts = fc.array(fc.string({ minLength: 1 }), { maxLength: 3 })
  const optional = fc.record(
    {
      jwks_uri: url,
      scopes_supported: fc.array(fc.constantFrom("a", "b:c"), { maxLength: 2 }),
      signed_metadata: fc.string()
    },
    { requiredKeys: [] }
  )
  const unknown = fc.dictionary(
    fc.stringMatching(/^x_[a-z#-]{0,6}$/),
    fc.jsonValue().filter((value) => !Array.isArray(value) || value.length > 0)
  )
  const resource = fc.record({ resource: url, authorization_servers: fc.array(issuer, { minLength: 1, maxLength: 3 }) })
  const server = fc.record({
    issuer,
    authorization_endpoint: url,
    token_endpoint: url,
    response_types_supported: fc.array(fc.string(), { minLength: 1, maxLength: 2 }),
    code_challenge_methods_supported: texts,
    authorization_response_iss_parameter_supported: fc.boolean()
  })
  const sent = (document: object): unknown => JSON.parse(JSON.stringify(document))
  fc.assert(
    fc.property(resource, server, optional, unknown, (required, metadata, known, others) => {
      const served = formatProtectedResourceMetadata({ ...others, ...known, ...required })
      expect(Result.getOrThrow(decodeProtectedResourceMetadata(sent(served)))).toEqual(sent(served))
      const published = formatAuthorizationServerMetadata({ ...others, ...known, ...metadata })
      expect(Result.getOrThrow(decodeAuthorizationServerMetadata(sent(published)))).toEqual(sent(published))
    })
  )
})

it("every document is refused with its own clause", () => {
  expect(
    Object.values(decoders).map((decode) => {
      const decoded: Result.Result<unknown, { readonly spec: string }> = decode([])
      return Result.isFailure(decoded) ? decoded.failure.spec : "accepted"
    })
  ).toEqual([
    "RFC 9728 section 2",
    "RFC 8414 section 2",
    "RFC 7591 section 2",
    "RFC 7591 section 3.2.1",
    "draft-ietf-oauth-client-id-metadata-document-00 section 4.1"
  ])
})

it("reading takes time that grows with the size of a document and not with its square", async () => {
  const document = (size: number) => ({
    resource: `https://h/${"%2f".repeat(size)}`,
    authorization_servers: Array.from({ length: size }, (_, at) => `https://as${at}.example.com`),
    scopes_supported: Array.from({ length: size }, () => "two words"),
    redirect_uris: Array.from({ length: size }, (_, at) => `https://c.example/${at}/%2e`),
    jwks: { keys: Array.from({ length: size }, () => ({ kty: "EC", d: "x" })) },
    client_uri: `https://h/${" ".repeat(size)}`,
    ...Object.fromEntries(Array.from({ length: size }, (_, at) => [`x${at}_endpoint`, "http://x.example"]))
  })
  const decodeAll = (json: unknown) => {
    for (const decode of Object.values(decoders)) decode(json)
  }
  expect(await growth(60, document, decodeAll)).toBeLessThan(12)
})

it("each decoder has its type written out", () => {
  type Decoded<A> = Result.Result<A, MetadataMalformed>
  expectTypeOf(decodeProtectedResourceMetadata).returns.toEqualTypeOf<Decoded<ProtectedResourceMetadata>>()
  expectTypeOf(decodeAuthorizationServerMetadata).returns.toEqualTypeOf<Decoded<AuthorizationServerMetadata>>()
  expectTypeOf(decodeClientMetadata).returns.toEqualTypeOf<Decoded<ClientMetadata>>()
  expectTypeOf(decodeClientInformation).returns.toEqualTypeOf<Decoded<ClientInformation>>()
  expectTypeOf<MetadataMalformed["issues"]>().toEqualTypeOf<ReadonlyArray<MetadataIssue>>()
})

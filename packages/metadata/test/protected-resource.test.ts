import * as Result from "effect/Result"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  checkResource,
  decodeProtectedResourceMetadata,
  formatProtectedResourceMetadata,
  MetadataMalformed,
  type ProtectedResourceMetadata,
  ResourceMismatch
} from "@postern/metadata"

const minimal = { resource: "https://mcp.example.com/mcp", authorization_servers: ["https://as.example.com"] }

const issues = (json: unknown): ReadonlyArray<string> => {
  const decoded = decodeProtectedResourceMetadata(json)
  if (Result.isSuccess(decoded)) throw new Error("expected a rejection")
  expect(decoded.failure).toBeInstanceOf(MetadataMalformed)
  return decoded.failure.issues.map(({ path, message }) => `${path} ${message}`)
}

describe("decodeProtectedResourceMetadata", () => {
  it("reads the example of RFC 9728 section 3.2", () => {
    const example = {
      resource: "https://resource.example.com",
      authorization_servers: ["https://as1.example.com", "https://as2.example.net"],
      bearer_methods_supported: ["header", "body"],
      scopes_supported: ["profile", "email", "phone"],
      resource_documentation: "https://resource.example.com/resource_documentation.html"
    }
    const decoded = Result.getOrThrow(decodeProtectedResourceMetadata(example))
    expect(decoded).toEqual(example)
    expectTypeOf(decoded.resource).toEqualTypeOf<string>()
    expectTypeOf(decoded.scopes_supported).toEqualTypeOf<ReadonlyArray<string> | undefined>()
    expectTypeOf(decoded["x_unknown"]).toEqualTypeOf<unknown>()
  })

  it("keeps members that it does not know, translations, and resource identifiers byte for byte", () => {
    const document = {
      ...minimal,
      resource: "https://mcp.example.com/mcp/?tenant=%41",
      "resource_name#ja": "ノート",
      x_unknown: { deep: [1, null] },
      signed_metadata: "eyJ.e30.x"
    }
    expect(Result.getOrThrow(decodeProtectedResourceMetadata(document))).toEqual(document)
  })

  it("reports everything that is wrong at once, with its path", () => {
    expect(
      issues({
        resource: "https://mcp.example.com/mcp#f",
        authorization_servers: ["https://as.example.com", 7, "http://as.example.com"],
        jwks_uri: "http://mcp.example.com/jwks",
        scopes_supported: ["notes:read", "two words"],
        bearer_methods_supported: "header",
        resource_name: 5,
        resource_documentation: "javascript:alert(1)",
        resource_policy_uri: "http://example.com/policy",
        resource_tos_uri: "https://u:p@example.com/",
        dpop_bound_access_tokens_required: "yes"
      })
    ).toEqual([
      "resource is refused: the resource identifier is malformed (fragment)",
      "authorization_servers[1] must be a string",
      "authorization_servers[2] is refused: the URL must be https, or http on a loopback host",
      "jwks_uri is refused: the URL must be https, or http on a loopback host",
      "scopes_supported[1] is no scope token (RFC 6749 section 3.3)",
      "bearer_methods_supported must be an array",
      "resource_name must be a string",
      "resource_documentation must be an https URL, or http on loopback",
      "resource_policy_uri must be an https URL, or http on loopback",
      "resource_tos_uri must be an absolute URL without user information",
      "dpop_bound_access_tokens_required must be a boolean"
    ])
  })

  it("accepts http on loopback, and a page with a fragment", () => {
    const document = {
      resource: "http://127.0.0.1:8080/mcp",
      authorization_servers: ["http://localhost:9000"],
      resource_documentation: "https://docs.example.com/#/auth"
    }
    expect(Result.getOrThrow(decodeProtectedResourceMetadata(document))).toEqual(document)
  })

  it("refuses a resource that is no secure URL", () => {
    expect(issues({ ...minimal, resource: "http://mcp.example.com/mcp" })).toEqual([
      "resource is refused: the URL must be https, or http on a loopback host"
    ])
    expect(issues({ ...minimal, resource: undefined })).toEqual(["resource is required"])
  })

  it.each([null, [], "x", 5, true, undefined])("refuses %j, which is no object", (json) => {
    expect(issues(json)).toEqual([" it must be a JSON object"])
  })

  it("refuses a document without a usable authorization server", () => {
    const wrong = (servers: unknown) => issues({ resource: minimal.resource, authorization_servers: servers })
    expect(issues({ resource: minimal.resource })).toEqual(["authorization_servers is required"])
    expect(wrong([])).toEqual(["authorization_servers must not be empty"])
    expect(wrong("https://as")).toEqual(["authorization_servers must be an array"])
    expect(wrong([1])).toEqual(["authorization_servers[0] must be a string"])
    for (const server of ["http://as.example.com", "javascript:alert(1)"]) {
      expect(wrong([server])).toEqual([
        "authorization_servers[0] is refused: the URL must be https, or http on a loopback host"
      ])
    }
    expect(wrong(["https://as.example.com?x=1"])).toEqual([
      "authorization_servers[0] is refused: the issuer identifier is malformed (query)"
    ])
    expect(wrong(["https://as.example.com#f"])).toEqual([
      "authorization_servers[0] is refused: the issuer identifier is malformed (fragment)"
    ])
    expect(wrong(["https://u:p@as.example.com"])).toEqual([
      "authorization_servers[0] is refused: the issuer identifier is malformed (userinfo)"
    ])
  })

  it("names its document and clause in one sentence that stays short", () => {
    const decoded = decodeProtectedResourceMetadata({
      ...minimal,
      authorization_servers: Array.from({ length: 1000 }, () => 1)
    })
    if (Result.isSuccess(decoded)) throw new Error("expected a rejection")
    expect(decoded.failure).toMatchObject({
      _tag: "MetadataMalformed",
      kind: "rejection",
      spec: "RFC 9728 section 2",
      document: "protected resource metadata"
    })
    expect(decoded.failure.issues).toHaveLength(1000)
    expect(decoded.failure.message).toBe(
      "the protected resource metadata is malformed: authorization_servers[0] must be a string; " +
        "authorization_servers[1] must be a string; authorization_servers[2] must be a string; " +
        "authorization_servers[3] must be a string; authorization_servers[4] must be a string; and 995 more"
    )
  })
})

describe("checkResource", () => {
  it("compares the resource character for character", () => {
    const decoded = Result.getOrThrow(decodeProtectedResourceMetadata(minimal))
    expect(Result.getOrThrow(checkResource(decoded, "https://mcp.example.com/mcp"))).toBe(decoded)
    for (const expected of [
      "https://other.example.com/mcp",
      "https://mcp.example.com/mcp/",
      "https://mcp.example.com",
      "https://MCP.example.com/mcp",
      "https://mcp.example.com:443/mcp"
    ]) {
      const checked = checkResource(decoded, expected)
      expect(Result.isFailure(checked) && checked.failure).toBeInstanceOf(ResourceMismatch)
      expect(Result.isFailure(checked) && checked.failure).toMatchObject({
        spec: "RFC 9728 section 3.3",
        expected,
        received: "https://mcp.example.com/mcp",
        message: "the resource in the protected resource metadata is not the resource that the document was fetched for"
      })
    }
  })
})

describe("formatProtectedResourceMetadata", () => {
  it("leaves out what is undefined or empty, except the statement that there are no bearer methods", () => {
    const document: ProtectedResourceMetadata = {
      ...minimal,
      resource_name: undefined,
      scopes_supported: [],
      bearer_methods_supported: []
    }
    expect(formatProtectedResourceMetadata(document)).toStrictEqual({
      resource: "https://mcp.example.com/mcp",
      authorization_servers: ["https://as.example.com"],
      bearer_methods_supported: []
    })
  })

  it("gives what decodes to the same document", () => {
    const document: ProtectedResourceMetadata = { ...minimal, scopes_supported: ["a"], "resource_name#ja": "ノート" }
    const json = JSON.parse(JSON.stringify(formatProtectedResourceMetadata(document)))
    expect(Result.getOrThrow(decodeProtectedResourceMetadata(json))).toEqual(document)
  })
})

import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  authorizationServerMetadataUrl,
  authorizationServerMetadataUrls,
  canonicalResource,
  parseResource,
  protectedResourceMetadataUrl,
  protectedResourceMetadataUrls
} from "@postern/uri"
import { nearlyUrl } from "./arbitrary-url.ts"

describe("the metadata of an authorization server", () => {
  it.each([
    // The values of RFC 8414 section 3.
    ["https://example.com", "https://example.com/.well-known/oauth-authorization-server"],
    ["https://example.com/issuer1", "https://example.com/.well-known/oauth-authorization-server/issuer1"],
    // "any terminating "/" MUST be removed" (section 3.1).
    ["https://example.com/", "https://example.com/.well-known/oauth-authorization-server"],
    ["https://example.com/issuer1/", "https://example.com/.well-known/oauth-authorization-server/issuer1"],
    ["http://127.0.0.1:9000/a/b", "http://127.0.0.1:9000/.well-known/oauth-authorization-server/a/b"]
  ])("of %s is at %s", (issuer, expected) => {
    expect(authorizationServerMetadataUrl(issuer)).toBe(expected)
  })

  it("is looked for at three places for an issuer with a path, in this order", () => {
    expect(authorizationServerMetadataUrls("https://auth.example.com/tenant1")).toEqual([
      "https://auth.example.com/.well-known/oauth-authorization-server/tenant1",
      "https://auth.example.com/.well-known/openid-configuration/tenant1",
      "https://auth.example.com/tenant1/.well-known/openid-configuration"
    ])
  })

  it("is looked for at two places for an issuer without a path", () => {
    for (const issuer of ["https://auth.example.com", "https://auth.example.com/"]) {
      expect(authorizationServerMetadataUrls(issuer)).toEqual([
        "https://auth.example.com/.well-known/oauth-authorization-server",
        "https://auth.example.com/.well-known/openid-configuration"
      ])
    }
  })
})

describe("the metadata of a protected resource", () => {
  it.each([
    // The values of RFC 9728 section 3.
    ["https://resource.example.com", "https://resource.example.com/.well-known/oauth-protected-resource"],
    [
      "https://resource.example.com/resource1",
      "https://resource.example.com/.well-known/oauth-protected-resource/resource1"
    ],
    ["https://resource.example.com/", "https://resource.example.com/.well-known/oauth-protected-resource"],
    ["https://resource.example.com/mcp/", "https://resource.example.com/.well-known/oauth-protected-resource/mcp/"],
    [
      "https://resource.example.com/mcp?t=1",
      "https://resource.example.com/.well-known/oauth-protected-resource/mcp?t=1"
    ],
    ["https://resource.example.com?t=1", "https://resource.example.com/.well-known/oauth-protected-resource?t=1"],
    ["https://resource.example.com/?t=1", "https://resource.example.com/.well-known/oauth-protected-resource?t=1"]
  ])("of %s is at %s", (resource, expected) => {
    expect(protectedResourceMetadataUrl(resource)).toBe(expected)
  })

  it("is looked for at the resource's path, then at the root", () => {
    expect(protectedResourceMetadataUrls("https://mcp.example.com/mcp?t=1")).toEqual([
      "https://mcp.example.com/.well-known/oauth-protected-resource/mcp?t=1",
      "https://mcp.example.com/.well-known/oauth-protected-resource"
    ])
    expect(protectedResourceMetadataUrls("https://mcp.example.com")).toEqual([
      "https://mcp.example.com/.well-known/oauth-protected-resource"
    ])
  })
})

describe("every well-known URL", () => {
  it("stays on the origin of its identifier and is secure itself", () => {
    fc.assert(
      fc.property(nearlyUrl, (typed) => {
        const resource = canonicalResource(typed)
        if (Result.isFailure(resource)) return
        const urls = [
          ...protectedResourceMetadataUrls(resource.success),
          ...authorizationServerMetadataUrls(resource.success)
        ]
        for (const url of urls) {
          expect(new URL(url).origin).toBe(new URL(resource.success).origin)
          expect(Result.isSuccess(parseResource(url)), url).toBe(true)
        }
      })
    )
  })

  it("never throws for any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(protectedResourceMetadataUrls(text).length).toBeGreaterThan(0)
        expect(authorizationServerMetadataUrls(text).length).toBeGreaterThan(1)
      })
    )
  })
})

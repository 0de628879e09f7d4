import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  canonicalResource,
  parseResource,
  type ResourceIdentifier,
  type ResourceMalformed,
  type TransportInsecure
} from "@postern/uri"
import { anyText, nearlyUrl } from "./arbitrary-url.ts"

const reason = (parsed: ReturnType<typeof parseResource>) => {
  if (Result.isSuccess(parsed)) return parsed.success
  return parsed.failure._tag === "ResourceMalformed" ? parsed.failure.reason : parsed.failure._tag
}

describe("a resource identifier", () => {
  it("comes back byte for byte, so that a slash makes another resource", () => {
    for (const text of [
      "https://mcp.example.com/mcp",
      "https://mcp.example.com/mcp/",
      "https://mcp.example.com",
      "https://mcp.example.com/",
      "https://mcp.example.com/mcp?tenant=1",
      "http://127.0.0.1:3000/mcp"
    ]) {
      expect(parseResource(text)).toEqual(Result.succeed(text))
    }
    expectTypeOf(parseResource("x")).toEqualTypeOf<
      Result.Result<ResourceIdentifier, ResourceMalformed | TransportInsecure>
    >()
    expectTypeOf<string>().not.toExtend<ResourceIdentifier>()
  })

  it.each([
    ["https://mcp.example.com/mcp#x", "fragment"],
    ["https://mcp.example.com/mcp#", "fragment"],
    ["HTTPS://MCP.EXAMPLE.COM/mcp", "not-canonical"],
    ["https://mcp.example.com:443/mcp", "not-canonical"],
    ["https://mcp.example.com/a/../mcp", "not-canonical"],
    ["http://mcp.example.com/mcp", "TransportInsecure"],
    ["urn:example:mcp", "TransportInsecure"],
    ["mcp.example.com/mcp", "not-absolute"],
    ["https://u@mcp.example.com/mcp", "userinfo"]
  ])("is refused: %j", (text, expected) => {
    expect(reason(parseResource(text))).toBe(expected)
  })

  it("carries its clause", () => {
    expect(parseResource("x")).toMatchObject({
      failure: { spec: "RFC 8707 section 2", message: "the resource identifier is malformed (not-absolute)" }
    })
  })
})

describe("the canonical resource of a typed URL", () => {
  it("[AUD-17] has scheme and host in lower case, no default port, no dot segments and no fragment", () => {
    const typed = "https://MCP.Example.com:443/a/../mcp?tenant=1#x"
    expect(canonicalResource(typed)).toEqual(Result.succeed("https://mcp.example.com/mcp?tenant=1"))
    expect(canonicalResource(typed)).toEqual(canonicalResource(typed))
  })

  it("[E10] accepts upper-case scheme and host, and adds no slash", () => {
    const cases: ReadonlyArray<readonly [string, string]> = [
      ["HTTPS://MCP.EXAMPLE.COM/mcp", "https://mcp.example.com/mcp"],
      ["HTTPS://MCP.EXAMPLE.COM", "https://mcp.example.com"],
      ["https://mcp.example.com/", "https://mcp.example.com/"],
      ["https://mcp.example.com/mcp/", "https://mcp.example.com/mcp/"],
      ["https://mcp.example.com/MCP", "https://mcp.example.com/MCP"],
      ["https://mcp.example.com:8443", "https://mcp.example.com:8443"],
      ["https://mcp.example.com?tenant=1", "https://mcp.example.com?tenant=1"],
      ["https://mcp.example.com/?tenant=1#", "https://mcp.example.com/?tenant=1"],
      ["https://mcp.example.com#x", "https://mcp.example.com"],
      ["http://LOCALHOST:80/mcp", "http://localhost/mcp"],
      ["http://127.1:3000/mcp", "http://127.0.0.1:3000/mcp"],
      ["https://b\u00fccher.example/mcp", "https://xn--bcher-kva.example/mcp"]
    ]
    for (const [typed, expected] of cases) expect(canonicalResource(typed), typed).toEqual(Result.succeed(expected))
  })

  it.each([
    ["mcp.example.com/mcp", "not-absolute"],
    ["localhost:3000/mcp", "not-absolute"],
    ["https:mcp.example.com/mcp", "not-absolute"],
    ["https:///mcp.example.com/mcp", "not-absolute"],
    ["https://", "not-absolute"],
    ["https://[x]/", "not-absolute"],
    [" https://mcp.example.com/mcp", "characters"],
    ["https://mcp.example.com/m\tcp", "characters"],
    ["https:\\\\mcp.example.com", "characters"],
    ["https://mcp.example.com/mcp\u200b", "characters"],
    ["https://mcp.example.com/m|cp", "characters"],
    ["https://u:p@mcp.example.com/mcp", "userinfo"],
    ["https://@mcp.example.com/mcp", "userinfo"],
    ["http://mcp.example.com/mcp", "TransportInsecure"],
    ["ftp://mcp.example.com/mcp", "TransportInsecure"]
  ])("is refused: %j", (text, expected) => {
    expect(reason(canonicalResource(text))).toBe(expected)
  })

  it("never throws, is a resource identifier, and is its own canonical form", () => {
    const typed = fc.oneof(
      nearlyUrl,
      nearlyUrl.map((url) => url.toUpperCase()),
      anyText,
      fc.string().map((rest) => `https://${rest}`)
    )
    fc.assert(
      fc.property(typed, (text) => {
        const canonical = canonicalResource(text)
        if (Result.isFailure(canonical)) return
        expect(parseResource(canonical.success)).toEqual(canonical)
        expect(canonicalResource(canonical.success)).toEqual(canonical)
      }),
      { numRuns: 1000 }
    )
  })
})

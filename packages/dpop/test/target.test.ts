import { describe, expect, it } from "vitest"
import { accept, prove, reasonOf, refuse } from "./fixture.ts"

const outcome = async (htu: string, url: string) => {
  const proof = await prove({ htu })
  return (await accept(proof, { url }).catch(() => undefined)) === undefined ? "refused" : "accepted"
}

describe("htu", () => {
  it.each([
    ["HTTPS://MCP.Example.COM/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com:443/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com:/mcp", "https://mcp.example.com/mcp"],
    ["http://127.0.0.1:80/mcp", "http://127.0.0.1/mcp"],
    ["https://mcp.example.com", "https://mcp.example.com/"],
    ["https://mcp.example.com/", "https://mcp.example.com"],
    ["https://mcp.example.com/a/../mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/./mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/a/%2e%2E/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/%6d%63p", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/%7Euser", "https://mcp.example.com/~user"],
    ["https://mcp.example.com/a%2fb", "https://mcp.example.com/a%2Fb"],
    ["https://mcp.example.com/%c3%a9", "https://mcp.example.com/\u00e9"],
    ["https://[2001:db8::1]/mcp", "https://[2001:DB8::1]/mcp"],
    ["https://mcp.example.com/mcp", "https://mcp.example.com/mcp?session=1"],
    ["https://mcp.example.com/mcp", "https://mcp.example.com/mcp#part"],
    ["https://mcp.example.com/mcp", "https://mcp.example.com/mcp?a=https://x/#y"]
  ])("%s is accepted at %s", async (htu, url) => {
    expect(await outcome(htu, url)).toBe("accepted")
  })

  it.each([
    // Another URL.
    ["http://mcp.example.com/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com:8443/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com:80/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.org/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com./mcp", "https://mcp.example.com/mcp"],
    ["https://example.com/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com.evil.example/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/MCP", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/mcp/", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com//mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/mcp/a", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/a%2Fb", "https://mcp.example.com/a/b"],
    ["https://mcp.example.com/%256dcp", "https://mcp.example.com/mcp"],
    // A query or a fragment, even an empty one, even the same.
    ["https://mcp.example.com/mcp?a=1", "https://mcp.example.com/mcp?a=1"],
    ["https://mcp.example.com/mcp?", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/mcp#", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/mcp#a", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/mcp?a#b", "https://mcp.example.com/mcp"],
    // Not a URL that RFC 3986 knows, though a parser would repair it.
    ["", "https://mcp.example.com/mcp"],
    ["/mcp", "https://mcp.example.com/mcp"],
    ["//mcp.example.com/mcp", "https://mcp.example.com/mcp"],
    ["https:mcp.example.com/mcp", "https://mcp.example.com/mcp"],
    ["https:/mcp.example.com/mcp", "https://mcp.example.com/mcp"],
    ["https:///mcp.example.com/mcp", "https://mcp.example.com/mcp"],
    ["https:\\\\mcp.example.com\\mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com\\mcp", "https://mcp.example.com/mcp"],
    [" https://mcp.example.com/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/mcp ", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/m\tcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/mcp\n", "https://mcp.example.com/mcp"],
    ["https://user@mcp.example.com/mcp", "https://mcp.example.com/mcp"],
    ["https://@mcp.example.com/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/%zz", "https://mcp.example.com/%zz"],
    ["https://mcp.example.com/%", "https://mcp.example.com/%"],
    ["https://mcp.example.com/\u00e9", "https://mcp.example.com/%C3%A9"],
    ["https://m\u00e7p.example.com/mcp", "https://xn--mp-yia.example.com/mcp"],
    ["https://mcp%2Eexample.com/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com:99999/mcp", "https://mcp.example.com/mcp"],
    ["https://0x7f.1/mcp", "https://127.0.0.1/mcp"],
    ["https://2130706433/mcp", "https://127.0.0.1/mcp"],
    ["https://[::ffff:127.0.0.1]/mcp", "https://127.0.0.1/mcp"],
    ["ftp://mcp.example.com/mcp", "ftp://mcp.example.com/mcp"],
    ["urn:mcp", "urn:mcp"],
    // The server's own URL cannot be read: nothing is accepted.
    ["https://mcp.example.com/mcp", ""],
    ["https://mcp.example.com/mcp", "/mcp"],
    ["/mcp", "/mcp"]
  ])("%j is refused at %j", async (htu, url) => {
    const error = await refuse(await prove({ htu }), { url })
    expect(error).toMatchObject({ _tag: "ProofInvalid", reason: "url" })
  })

  it("is refused by its reason, of another path", async () => {
    expect(await reasonOf(await prove({ htu: "https://mcp.example.com/other" }))).toBe("url")
  })
})

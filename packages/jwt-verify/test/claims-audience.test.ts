import { describe, expect, it } from "vitest"
import { accept, I, R, refuse, tagOf, token, tokenWithout } from "./fixture.ts"

const OTHER = "https://other.example.com/mcp"

describe("the audience", () => {
  it("[AUD-01] must be there and have a name in it", async () => {
    expect(await refuse(await tokenWithout("aud"))).toMatchObject({ _tag: "AudienceMismatch", reason: "absent" })
    for (const aud of ["", [], null, 1, {}, true]) {
      expect(await refuse(await token({ aud }))).toMatchObject({
        _tag: "AudienceMismatch",
        expected: ["https://mcp.example.com/mcp"],
        spec: "RFC 9068 section 4"
      })
    }
  })

  it("[AUD-02][RS5] is not another resource, the client, the issuer or a sibling", async () => {
    for (const aud of [OTHER, "c1", I, "https://mcp.example.com/other"]) {
      expect(await refuse(await token({ aud }))).toMatchObject({ _tag: "AudienceMismatch", reason: "other" })
      expect(await refuse(await token({ aud: [aud] }))).toMatchObject({ _tag: "AudienceMismatch", reason: "other" })
    }
  })

  it("[AUD-04] is neither the parent nor a child of the resource, unless that alias is configured", async () => {
    for (const aud of ["https://mcp.example.com", "https://mcp.example.com/mcp/sub"]) {
      expect(await refuse(await token({ aud }))).toMatchObject({ _tag: "AudienceMismatch", reason: "other" })
      expect((await accept(await token({ aud }), { audience: [R, aud] })).audience).toEqual([aud])
    }
  })

  it("[AUD-06] is the same in another case of scheme and host and with the scheme's own port, and its path is never folded", async () => {
    const same = ["HTTPS://MCP.EXAMPLE.COM/mcp", "https://mcp.example.com:443/mcp", "https://Mcp.example.COM:443/mcp"]
    for (const aud of same) {
      expect((await accept(await token({ aud }))).audience).toEqual([aud])
      expect((await accept(await token(), { audience: aud })).audience).toEqual(["https://mcp.example.com/mcp"])
    }
    const others = [
      "https://mcp.example.com/MCP",
      "https://mcp.example.com/%6Dcp",
      "https://mcp.example.com/x/../mcp",
      "https://mcp.example.com/./mcp",
      "https://mcp.example.com//mcp",
      "https://mcp.example.com/mcp?",
      "https://mcp.example.com/mcp#",
      "https://mcp.example.com:80/mcp",
      "https://mcp.example.com:0443/mcp",
      "https://mcp.example.com:/mcp",
      "https://mcp.example.com./mcp",
      "https://u@mcp.example.com/mcp",
      "http://mcp.example.com/mcp",
      "https:/mcp.example.com/mcp",
      "https:\\\\mcp.example.com/mcp",
      " https://mcp.example.com/mcp",
      "https://mcp.example.com/mcp\n",
      "https://mcp.example.com\\/mcp"
    ]
    for (const aud of others) expect(await tagOf(await token({ aud }))).toBe("AudienceMismatch")
    // The Kelvin sign is a K in lower case.
    expect(
      await tagOf(await token({ aud: "https://\u212Amcp.example.com/" }), { audience: "https://kmcp.example.com/" })
    ).toBe("AudienceMismatch")
    // What is no URL of a resource is compared as it is.
    expect(await tagOf(await token({ aud: "API://mcp" }), { audience: "api://mcp" })).toBe("AudienceMismatch")
  })

  it("[AUD-07] is another with a slash at its end, and the other way round", async () => {
    expect(await tagOf(await token({ aud: `${R}/` }))).toBe("AudienceMismatch")
    expect(await tagOf(await token(), { audience: `${R}/` })).toBe("AudienceMismatch")
    expect(await tagOf(await token({ aud: "https://mcp.example.com/" }), { audience: "https://mcp.example.com" })).toBe(
      "AudienceMismatch"
    )
    expect((await accept(await token({ aud: `${R}/` }), { audience: [R, `${R}/`] })).audience).toEqual([`${R}/`])
  })

  it("[AUD-08] names nobody beside us who is not listed, and has strings alone", async () => {
    const aud = ["https://other/", R]
    expect(await refuse(await token({ aud }))).toMatchObject({ _tag: "AudienceMismatch", reason: "foreign" })
    expect((await accept(await token({ aud }), { foreignAudiences: ["https://other/"] })).audience).toEqual([
      "https://other/",
      "https://mcp.example.com/mcp"
    ])
    for (const members of [
      [R, 42],
      [R, null],
      [R, [R]],
      [R, {}]
    ]) {
      expect(await refuse(await token({ aud: members }))).toMatchObject({ _tag: "AudienceMismatch", reason: "shape" })
    }
    expect((await accept(await token({ aud: [R, R] }))).audience).toEqual([R, R])
  })

  it("is not one that is only listed to stand beside us", async () => {
    const options = { foreignAudiences: [OTHER] }
    expect(await refuse(await token({ aud: OTHER }), options)).toMatchObject({ reason: "other" })
    expect(await refuse(await token({ aud: [OTHER, R, `${OTHER}/`] }), options)).toMatchObject({ reason: "foreign" })
    expect((await accept(await token({ aud: [R, "https://OTHER.example.com:443/mcp"] }), options)).subject).toBe("u1")
  })

  it("may be shared with the servers of a group", async () => {
    const options = { audienceGroup: [R, OTHER] }
    expect((await accept(await token({ aud: [OTHER, R] }), options)).subject).toBe("u1")
    expect(await refuse(await token({ aud: [OTHER] }), options)).toMatchObject({ reason: "other" })
    expect(await refuse(await token({ aud: [OTHER, R, "https://third.example.com"] }), options)).toMatchObject({
      reason: "foreign"
    })
  })
})

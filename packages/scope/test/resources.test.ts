import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makePolicy, type OperationRules } from "@postern/scope"
import { growth } from "../../../tests/growth.ts"

/** What a resource needs, by these rules; `undefined` when none names it. */
const asked = (resources: NonNullable<OperationRules["resources"]>) => {
  const policy = Result.getOrThrow(makePolicy({ operations: { resources } }))
  return (name: string) => {
    const needed = policy.needed([{ kind: "resource", name }])
    return needed && [...needed].join(" ")
  }
}

describe("rules for resources", () => {
  const notes = asked({
    "notes://admin": ["exact"],
    "notes://*": ["read"],
    "notes://admin/*": ["admin"],
    "notes://admin/open/*": ["open"],
    "https://api.example.com/v1/*": ["api"],
    "file:///my%20docs/*": ["file"],
    "*": ["rest"]
  })

  it("go by the exact URI, else by the longest beginning, else by *", () => {
    expect(notes("notes://admin")).toBe("exact")
    expect(notes("notes://a")).toBe("read")
    expect(notes("notes://a/b.txt?line=1&to=2")).toBe("read")
    expect(notes("notes://admin/users")).toBe("admin")
    expect(notes("notes://admin/open/x")).toBe("open")
    expect(notes("notes://admin/openx")).toBe("admin")
    expect(notes("https://api.example.com/v1/things/7")).toBe("api")
    expect(notes("file:///my%20docs/%C3%A9.txt")).toBe("file")
    expect(notes("urn:isbn:0451450523")).toBe("rest")
    expect(notes("https://api.example.com/")).toBe("rest")
    expect(notes("notes://Team/A..b/.hidden/a.b/...")).toBe("read")
  })

  it("show a template to whoever may use what it begins with", () => {
    expect(notes("notes://{id}")).toBe("read")
    expect(notes("notes://admin/{+path}")).toBe("admin")
    expect(notes("notes://find{?q,page}")).toBe("read")
    expect(notes("https://api.example.com/v1/{thing}")).toBe("api")
    expect(notes("https://{tenant}.example.com/{thing}")).toBe("rest")
  })

  // Each leads, by one reader or another, to a resource of another rule than its letters say.
  it.each([
    ["notes://x/../admin/users", "dot segments"],
    ["notes://x/./../admin/users", "dot segments"],
    ["notes://./admin/users", "a dot segment for an authority"],
    ["notes://a/..", "a dot segment at the end"],
    ["notes://a/..?x", "a dot segment before a query"],
    ["notes://a?/../../admin/users", "dot segments in what may be no query"],
    ["notes://a?../admin", "dot segments in what may be no query"],
    ["notes://a/..;x=1/admin", "a dot segment with a parameter"],
    ["notes:../admin", "dot segments without an authority"],
    ["notes://x/%2e%2e/admin/users", "encoded dots"],
    ["notes://x/%2E./admin/users", "an encoded dot"],
    ["notes://x/..%2fadmin/users", "an encoded slash"],
    ["notes://x%2Fy", "an encoded slash"],
    ["notes://x/..%5Cadmin", "an encoded backslash"],
    ["notes://x/%252e%252e/admin/users", "an encoding in an encoding"],
    ["notes://a?x=%2e%2e%2fadmin", "encoded dots in the query"],
    ["notes://x\\..\\admin\\users", "backslashes"],
    ["notes:\\\\admin\\users", "backslashes"],
    ["notes://%61dmin/users", "an encoded letter"],
    ["notes://admin%2Fusers", "an encoded slash"],
    ["notes://admin%3Fx", "an encoded reserved character"],
    ["notes://a%c3%a9", "an encoding in small letters"],
    ["notes://a%C0%AE", "an overlong encoding"],
    ["notes://a%FF", "an encoding of no character"],
    ["notes://a%", "half an encoding"],
    ["notes://a%4", "half an encoding"],
    ["notes://a%00", "an encoded NUL"],
    ["notes://a%0A", "an encoded line feed"],
    ["notes:///admin/users", "a slash too many"],
    ["notes:/admin/users", "a slash too few"],
    ["notes:admin/users", "no slashes"],
    ["file:///other", "nothing"],
    ["file://server/my%20docs/x", "another form than that of the rule"],
    ["notes://x//admin/users", "an empty segment"],
    ["notes:////admin/users", "empty segments"],
    ["notes://admin/", "an empty segment at the end"],
    ["notes://ad\nmin/users", "a line feed, which URL parsers drop"],
    ["notes://ad\tmin/users", "a tab, which URL parsers drop"],
    [" notes://admin/users", "a space, which URL parsers drop"],
    ["notes://admin/users ", "a space, which URL parsers drop"],
    ["notes://\u0000admin", "a NUL"],
    ["notes://a b", "a space"],
    ["notes://é", "a character that no URI has"],
    ["notes://admin\uFF0Fusers", "a wide slash"],
    ["notes://\uD800", "half of a surrogate pair"],
    ["NOTES://admin/users", "a scheme in capitals"],
    ["Notes://admin", "a scheme in capitals"],
    ["notes://admin#x", "a fragment"],
    ["notes://admin?x=1", "a query after a URI with a rule of its own"],
    ["notes://admin?", "an empty query after a URI with a rule of its own"],
    ["notes://admin/users#", "an empty fragment"],
    ["https://API.example.com/v1/x", "a host in capitals"],
    ["https://api.example.com:443/v1/x", "a port that is the default"],
    ["https:api.example.com/v1/x", "a scheme without its slashes"],
    ["https:///api.example.com/v1/x", "a slash too many"],
    ["https://api.example.com/v1/'x?'", "a character that a URL parser encodes"],
    ["https://api.example.com/v2", "nothing"],
    ["FILE:///my%20docs/x", "a scheme in capitals"],
    ["file://localhost/my%20docs/x", "the name of this host"],
    ["file:/my%20docs/x", "a scheme without its slashes"],
    ["admin", "no scheme"],
    ["//admin/users", "no scheme"],
    ["", "nothing at all"]
  ])("give %j to no pattern, not even to *: %s", (uri, what) => {
    expect(notes(uri)).toBe(what === "nothing" ? "rest" : undefined)
    const exact = asked({ [uri]: ["exact"], "notes://admin/*": ["admin"], "*": ["rest"] })
    expect(exact(uri)).toBe("exact")
  })

  it("give every spelling to * where all resources need the same", () => {
    const all = asked({ "*": ["read"] })
    for (const uri of ["notes://a", "a/../b", "NOTES://a", "\\", ""]) expect(all(uri)).toBe("read")
    expect(asked({ "notes://a": ["x"] })("notes://b")).toBeUndefined()
    expect(asked({})("notes://b")).toBeUndefined()
  })

  it("tell how many slashes follow a scheme, for a scheme that they name in that way", () => {
    const both = asked({ "a:///*": ["three"], "a://x/*": ["two"], "b:*": ["b"], "c://*": ["c"], "*": ["rest"] })
    expect(both("a:///x/y")).toBe("three")
    expect(both("a://x/y")).toBe("two")
    expect(both("a://y")).toBeUndefined()
    expect(both("a:y")).toBeUndefined()
    expect(both("b:y")).toBe("b")
    expect(both("b:///y")).toBe("b")
    expect(both("c:///y")).toBe("c")
    expect(both("c://")).toBe("c")
    expect(both("d:///y")).toBe("rest")
  })

  it("leave the query alone unless one of them is about queries", () => {
    const plain = asked({ "find://*": ["read"] })
    expect(plain("find://q?text=a%26b%3Dc&more=%c3%a9")).toBe("read")
    const queries = asked({ "find://q*": ["read"], "find://q?secret=*": ["admin"] })
    expect(queries("find://q?secret=1")).toBe("admin")
    expect(queries("find://q?text=1")).toBe("read")
    expect(queries("find://q?%73ecret=1")).toBeUndefined()
    expect(queries("find://q?text=a%26b")).toBeUndefined()
    expect(asked({ "a://x/*": ["read"], "*": ["rest"] })("a://x?/y")).toBe("rest")
  })

  it("that are patterns are not taken for URIs", () => {
    const patterns = asked({ "notes://a*": ["read"], "notes://*": ["less"] })
    expect(patterns("notes://a*")).toBe("read")
    expect(patterns("notes://b*")).toBe("less")
    expect(asked({ "*": ["all"], "notes://a": [] })("*")).toBeUndefined()
  })

  it("never let a URI out of its rule by the way a URL parser reads it", () => {
    const pieces = fc.constantFrom(
      "notes:",
      "//",
      "/",
      "admin",
      "x",
      ".",
      "..",
      "%2e",
      "%2F",
      "%61",
      "\\",
      "?",
      "#",
      "\n",
      "A"
    )
    const odd = fc.array(pieces, { maxLength: 8 }).map((all) => `notes://${all.join("")}`)
    fc.assert(
      fc.property(odd, (uri) => {
        if (notes(uri) !== "read") return
        // Whatever is taken for an ordinary note is the same for whoever parses, decodes or resolves it.
        expect(new URL(uri).href).toBe(uri)
        expect(decodeURIComponent(uri.split("?", 1)[0] ?? "")).toBe(uri.split("?", 1)[0])
        expect(uri.startsWith("notes://admin/")).toBe(false)
      }),
      { numRuns: 2000 }
    )
  })

  it("never throw, and take time that grows with the length and not with its square", async () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (uri) => void notes(uri)))
    const shapes = ["/.", "//", "%C3", "a", "{"]
    for (const shape of shapes) {
      expect(await growth(200, (size) => `notes://x${shape.repeat(size)}!`, notes), shape).toBeLessThan(12)
    }
  })
})

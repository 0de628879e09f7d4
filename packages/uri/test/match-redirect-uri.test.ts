import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { matchRedirectUri } from "@postern/uri"
import { nearlyUrl, path } from "./arbitrary-url.ts"

const CLIENT = "https://client.example.com/cb"

const refusesAll = (registered: string, presented: ReadonlyArray<string>) => {
  for (const uri of presented) {
    const matched = matchRedirectUri(["https://other.example.com/cb", registered], uri)
    expect(Result.isFailure(matched) ? matched.failure : uri).toMatchObject({
      _tag: "RedirectUriMismatch",
      spec: "OAuth 2.1 section 2.3.1",
      received: uri
    })
  }
}

const acceptsAll = (registered: string, presented: ReadonlyArray<string>) => {
  for (const uri of presented) {
    expect(matchRedirectUri(["https://other.example.com/cb", registered], uri)).toEqual(Result.succeed(uri))
  }
}

describe("a redirect URI on https", () => {
  it("[RU-01] is accepted when it is equal byte for byte", () => acceptsAll(CLIENT, [CLIENT]))

  const refused: ReadonlyArray<readonly [id: string, what: string, presented: ReadonlyArray<string>]> = [
    ["RU-02", "a trailing slash", ["https://client.example.com/cb/"]],
    ["RU-03", "an added query", ["https://client.example.com/cb?x=1"]],
    ["RU-04", "an added empty query", ["https://client.example.com/cb?"]],
    ["RU-05", "a fragment, also an empty one", ["https://client.example.com/cb#x", "https://client.example.com/cb#"]],
    ["RU-06", "a path in another case", ["https://client.example.com/CB"]],
    ["RU-08", "a spelt-out default port", ["https://client.example.com:443/cb"]],
    ["RU-09", "http in place of https", ["http://client.example.com/cb"]],
    [
      "RU-10",
      "dot segments and matrix parameters",
      [
        "https://client.example.com/cb/../evil",
        "https://client.example.com/x/../cb",
        "https://client.example.com/./cb",
        "https://client.example.com/cb/..;/evil"
      ]
    ],
    ["RU-12", "a host that begins with the client's", ["https://client.example.com.evil.com/cb"]],
    [
      "RU-13",
      "a URI that contains the client's",
      ["https://evil.com/https://client.example.com/cb", "https://evil.com?u=https://client.example.com/cb"]
    ],
    [
      "RU-14",
      "the client's host as user information",
      ["https://client.example.com@evil.com/cb", "https://client.example.com:x@evil.com/cb"]
    ],
    [
      "RU-16",
      "the client's host behind a delimiter",
      ["https://evil.com#@client.example.com/cb", "https://evil.com?@client.example.com/cb"]
    ],
    [
      "RU-18",
      "relative forms and forms that a parser would repair",
      [
        "//client.example.com/cb",
        "\\/client.example.com/cb",
        "/\thttps://evil.com",
        "https://client.example.com///evil.com",
        "/cb",
        "client.example.com/cb",
        "https:client.example.com/cb",
        "https:/client.example.com/cb",
        "https:///client.example.com/cb"
      ]
    ],
    [
      "RU-19",
      "white space, controls and invisible characters",
      [
        " https://client.example.com/cb",
        "https://client.example.com/cb ",
        "\thttps://client.example.com/cb",
        "https://client.example.com/c\tb",
        "https://client.example.com/cb%0a",
        ...["\r", "\n", "\0", "\x7f", "\x80", "\x9f", "\u200b", "\u202e"].flatMap((character) => [
          `${CLIENT}${character}`,
          `https://client.example.com/${character}cb`
        ])
      ]
    ],
    ["RU-20", "a host that looks alike", ["https://xn--clint-esa.example.com/cb", "https://cl\u0131ent.example.com/cb"]]
  ]
  for (const [id, what, presented] of refused) {
    it(`[${id}] is refused with ${what}`, () => refusesAll(CLIENT, presented))
  }

  it("[RU-36] is refused on another port, at localhost too", () =>
    refusesAll("https://localhost:8443/cb", ["https://localhost:9443/cb"]))

  it("is refused when nothing is registered", () => {
    expect(Result.isFailure(matchRedirectUri([], CLIENT))).toBe(true)
  })
})

describe("a redirect URI on http loopback", () => {
  it("[RU-27] may have any port or none when one was registered", () =>
    acceptsAll("http://127.0.0.1:3000/cb", ["http://127.0.0.1:51234/cb", "http://127.0.0.1/cb"]))

  it("[RU-28] may have any port when none was registered", () =>
    acceptsAll("http://127.0.0.1/cb", ["http://127.0.0.1:51234/cb"]))

  it("[RU-29] may have any port on IPv6", () => acceptsAll("http://[::1]:3000/cb", ["http://[::1]:4000/cb"]))

  it("[RU-31] is refused when anything but the port differs", () =>
    refusesAll("http://127.0.0.1:3000/cb", [
      "http://127.0.0.1:3000/cb2",
      "http://127.0.0.1:3000/cb/",
      "http://127.0.0.1:3000/cb?x",
      "http://127.0.0.1:3000/%63b",
      "http://127.0.0.1:3000/x/../cb"
    ]))

  it("[RU-32] is refused with another scheme or host: no loopback host stands for another", () =>
    refusesAll("http://127.0.0.1:3000/cb", [
      "https://127.0.0.1:3000/cb",
      "http://127.0.0.2:3000/cb",
      "http://localhost:3000/cb",
      "http://[::1]:3000/cb"
    ]))

  it("[RU-34] may have any port at localhost", () =>
    acceptsAll("http://localhost:3000/cb", ["http://localhost:51234/cb"]))

  it("[RU-35] is refused with a variant of localhost", () =>
    refusesAll("http://localhost:3000/cb", [
      "http://localhost.:3000/cb",
      "http://LOCALHOST:3000/cb",
      "http://localhost.evil.com:3000/cb",
      "http://evil.localhost:3000/cb",
      "http://user@localhost:3000/cb"
    ]))

  it("is refused with a port that is none", () =>
    refusesAll("http://127.0.0.1:3000/cb", [
      "http://127.0.0.1:0/cb",
      "http://127.0.0.1:03000/cb",
      "http://127.0.0.1:65536/cb",
      "http://127.0.0.1:99999/cb",
      "http://127.0.0.1:/cb",
      "http://127.0.0.1:3000@evil.com/cb",
      "http://127.0.0.1:3000\n/cb"
    ]))

  it("keeps the query as part of what must be equal", () => {
    acceptsAll("http://127.0.0.1?x=1", ["http://127.0.0.1:9?x=1"])
    refusesAll("http://127.0.0.1/cb?x=1", ["http://127.0.0.1:9/cb?x=2", "http://127.0.0.1:9/cb"])
  })
})

describe("any redirect URI", () => {
  it("is itself, and no other text is it unless only a loopback port differs", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearlyUrl), fc.oneof(fc.string(), nearlyUrl), (registered, presented) => {
        expect(matchRedirectUri([registered], registered)).toEqual(Result.succeed(registered))
        expect(Result.isSuccess(matchRedirectUri([registered], presented))).toBe(registered === presented)
      })
    )
  })

  it("matches on loopback for every port", () => {
    const port = fc.integer({ min: 1, max: 65_535 })
    const host = fc.constantFrom("127.0.0.1", "[::1]", "localhost")
    fc.assert(
      fc.property(host, port, port, path, (name, before, now, path) => {
        const presented = `http://${name}:${now}${path}`
        expect(matchRedirectUri([`http://${name}:${before}${path}`], presented)).toEqual(Result.succeed(presented))
      })
    )
  })
})

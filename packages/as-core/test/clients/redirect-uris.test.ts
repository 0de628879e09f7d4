import { describe, expect, it } from "vitest"
import { authorizeUrl, Browser, CALLBACK, ISSUER, localErrorOf, makeWorld, type World } from "../fixture.ts"
import { document, ID, Web } from "./web.ts"

const registeredWith = (uri: string): Promise<World> =>
  makeWorld({ clients: [{ clientId: "c1", name: "One", redirectUris: [uri], tokenEndpointAuthMethod: "none" }] })

/** A-LOCAL for each of them, where `registered` is. */
const refuses = async (registered: string, presented: ReadonlyArray<string>) => {
  const world = await registeredWith(registered)
  for (const redirect_uri of presented) {
    await localErrorOf(world, authorizeUrl({ redirect_uri }))
  }
  expect((await new Browser(world).approve(authorizeUrl({ redirect_uri: registered }))).searchParams.has("code")).toBe(
    true
  )
}

/** The code goes to the very URI that was presented. */
const accepts = async (registered: string, presented: ReadonlyArray<string>) => {
  const world = await registeredWith(registered)
  for (const redirect_uri of presented) {
    const answer = await new Browser(world).approve(authorizeUrl({ redirect_uri }))
    expect(answer.searchParams.has("code")).toBe(true)
    expect(answer.href.startsWith(redirect_uri)).toBe(true)
  }
}

const AT = "client.example.com"

describe("the redirect URI of a request", () => {
  it("[RU-01] is the registered one", () => accepts(CALLBACK, [CALLBACK]))

  it("[RU-02] [RU-03] [RU-04] [RU-05] [RU-06] [RU-08] [RU-09] is the registered one byte for byte", () =>
    refuses(CALLBACK, [
      `https://${AT}/cb/`,
      `https://${AT}/cb?x=1`,
      `https://${AT}/cb?`,
      `https://${AT}/cb#x`,
      `https://${AT}/cb#`,
      `https://${AT}/CB`,
      `https://${AT}:443/cb`,
      `http://${AT}/cb`
    ]))

  it("[RU-10] [RU-12] [RU-13] [RU-14] [RU-16] is not one that leads elsewhere and looks like it", () =>
    refuses(CALLBACK, [
      `https://${AT}/cb/../evil`,
      `https://${AT}/x/../cb`,
      `https://${AT}/./cb`,
      `https://${AT}/cb/..;/evil`,
      `https://${AT}.evil.com/cb`,
      `https://evil.com/https://${AT}/cb`,
      `https://evil.com?u=https://${AT}/cb`,
      `https://${AT}@evil.com/cb`,
      `https://${AT}:x@evil.com/cb`,
      `https://evil.com#@${AT}/cb`,
      `https://evil.com?@${AT}/cb`
    ]))

  it("[RU-18] [RU-19] [RU-20] is not one that a parser would repair into it, nor one that looks alike", () =>
    refuses(CALLBACK, [
      `//${AT}/cb`,
      `\\/${AT}/cb`,
      "/\thttps://evil.com",
      `https://${AT}///evil.com`,
      "/cb",
      `${AT}/cb`,
      `https:${AT}/cb`,
      `https:/${AT}/cb`,
      `https:///${AT}/cb`,
      ` https://${AT}/cb`,
      `https://${AT}/cb `,
      `\thttps://${AT}/cb`,
      `https://${AT}/c\tb`,
      `https://${AT}/cb%0a`,
      ...["\r", "\n", "\0", "\u007f", "\u0080", "\u009f", "\u200b", "\u202e"].map((one) => `${CALLBACK}${one}`),
      "https://xn--clint-esa.example.com/cb",
      "https://cl\u0131ent.example.com/cb"
    ]))

  it("[RU-27] [RU-28] [RU-29] [RU-34] may have any port at http on 127.0.0.1, [::1] and localhost", async () => {
    await accepts("http://127.0.0.1:3000/cb", ["http://127.0.0.1:51234/cb", "http://127.0.0.1/cb"])
    await accepts("http://127.0.0.1/cb", ["http://127.0.0.1:51234/cb"])
    await accepts("http://[::1]:3000/cb", ["http://[::1]:4000/cb"])
    await accepts("http://localhost:3000/cb", ["http://localhost:51234/cb", "http://localhost/cb"])
  })

  it("[RU-31] [RU-32] [RU-35] [RU-36] differs from the registered one in the port alone, and there alone", async () => {
    await refuses("http://127.0.0.1:3000/cb", [
      "http://127.0.0.1:3000/cb2",
      "http://127.0.0.1:3000/cb/",
      "http://127.0.0.1:3000/cb?x",
      "http://127.0.0.1:3000/%63b",
      "http://127.0.0.1:3000/x/../cb",
      "https://127.0.0.1:3000/cb",
      "http://127.0.0.2:3000/cb",
      "http://localhost:3000/cb",
      "http://[::1]:3000/cb"
    ])
    await refuses("http://localhost:3000/cb", [
      "http://localhost.:3000/cb",
      "http://LOCALHOST:3000/cb",
      "http://localhost.evil.com:3000/cb",
      "http://evil.localhost:3000/cb",
      "http://user@localhost:3000/cb"
    ])
    await refuses("https://localhost:8443/cb", ["https://localhost:9443/cb"])
  })

  it("[RDU-07] [RDU-10] keeps its query, and the state comes back byte for byte in one header", async () => {
    const registered = `${CALLBACK}?x=1`
    const world = await registeredWith(registered)
    for (const state of ["a&b#c", "x\r\nSet-Cookie:a=b", "x\u0000", "%0d%0a", "é=+ ", "s".repeat(2048)]) {
      const answer = await new Browser(world).approve(authorizeUrl({ redirect_uri: registered, state }))
      expect([...answer.searchParams.keys()]).toEqual(["x", "code", "state", "iss"])
      expect([answer.searchParams.get("x"), answer.searchParams.get("state")]).toEqual(["1", state])
      const refused = await world.handle(new Request(authorizeUrl({ redirect_uri: registered, state, scope: "?" })))
      expect(refused.headers.has("set-cookie")).toBe(false)
      expect(new URL(refused.headers.get("location") ?? "").searchParams.get("state")).toBe(state)
    }
  })
})

describe("a redirect URI that no client may have", () => {
  /** The same in all three ways that a client may come to be. */
  const refused = async (
    uris: ReadonlyArray<string>,
    options: { readonly privateUseSchemes?: ReadonlyArray<string> } = {}
  ) => {
    const web = new Web()
    const registration = { documents: { transport: web }, dynamic: {}, ...options }
    const world = await makeWorld({ registration })
    for (const uri of uris) {
      web.next = { text: document({ redirect_uris: [uri] }), cacheControl: "no-store" }
      await localErrorOf(world, authorizeUrl({ client_id: ID, redirect_uri: uri }))
      const response = await world.handle(
        new Request(`${ISSUER}/register`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ redirect_uris: [uri] })
        })
      )
      expect([response.status, await response.json()], uri).toMatchObject([400, { error: "invalid_redirect_uri" }])
      const clients = [{ clientId: "c", name: "C", redirectUris: [uri], tokenEndpointAuthMethod: "none" as const }]
      const configured = makeWorld({ registration, clients })
      await expect(configured, uri).rejects.toMatchObject({ key: "clients[0].redirectUris[0]" })
    }
  }

  it("[RU-21] [RU-23] [RU-26] is one with a wildcard, on http off this computer, or malformed", () =>
    refused([
      `https://${AT}/cb/*`,
      "https://*.example.com/cb",
      ".*",
      `http://${AT}/cb`,
      "com.example.app://evil@x/cb",
      "com.example.app:",
      "com.example.app:///",
      "urn:ietf:wg:oauth:2.0:oob"
    ]))

  it("[RU-22] is one that runs, opens or sends something, even where its scheme is named", () =>
    refused(
      [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "java\u0000script:alert(1)",
        "data:text/html,x",
        "data:text/html;base64,eA==",
        "vbscript:msgbox(1)",
        "file:///etc/passwd",
        "blob:https://e/1",
        "mailto:a@b",
        "about:blank",
        "view-source:https://x",
        "filesystem:https://x",
        "ftp://x",
        "ws://x",
        "intent://x#Intent;end",
        "jar:https://x!/y"
      ],
      { privateUseSchemes: ["javascript", "data", "file", "vbscript", "intent"] }
    ))

  it("[RU-24] [RU-25] is one with a private-use scheme, unless it is named", async () => {
    const uris = ["com.example.app:/cb", "myapp:/cb", "cursor://x/cb"]
    await refused(uris)
    await refused(uris.slice(0, 2), { privateUseSchemes: ["cursor"] })
    const web = new Web()
    const registration = {
      documents: { transport: web },
      dynamic: {},
      privateUseSchemes: ["com.example.app", "myapp", "cursor"]
    }
    for (const uri of uris) {
      web.next = { text: document({ redirect_uris: [uri] }) }
      const clients = [{ clientId: "c", name: "C", redirectUris: [uri], tokenEndpointAuthMethod: "none" as const }]
      const world = await makeWorld({ registration, clients })
      for (const client_id of ["c", ID]) {
        const answer = await new Browser(world).approve(authorizeUrl({ client_id, redirect_uri: uri }))
        expect(answer.href.startsWith(uri)).toBe(true)
      }
      // The operator is reminded of each.
      expect(world.events.filter(({ event }) => event === "exception-in-use")).toHaveLength(3)
    }
  })

  it("[RU-38] is an endpoint of this server", () =>
    refused([`${ISSUER}/authorize`, `${ISSUER}/token`, `${ISSUER}/consent`, `${ISSUER}/register/abc`]))
})

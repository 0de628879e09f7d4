import { beforeEach, describe, expect, it } from "vitest"
import { authorizeUrl, Browser, CALLBACK, localErrorOf, makeWorld, type World } from "../fixture.ts"

let world: World
beforeEach(async () => {
  world = await makeWorld({
    clients: [
      { clientId: "c1", name: "Client One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
      { clientId: "two", name: "Two", redirectUris: [CALLBACK, `${CALLBACK}2`], tokenEndpointAuthMethod: "none" },
      {
        clientId: "loopback",
        name: "Loopback",
        redirectUris: ["http://127.0.0.1:3000/cb"],
        tokenEndpointAuthMethod: "none"
      }
    ]
  })
})

describe("a request whose target is not certain is answered here", () => {
  it("[RDU-01] [AS8] when the redirect URI is not registered", async () => {
    for (const uri of [
      `${CALLBACK}/`,
      `${CALLBACK}?x=1`,
      "https://evil.example/cb",
      `${CALLBACK}#x`,
      "//client.example.com/cb"
    ]) {
      const facts = await localErrorOf(world, authorizeUrl({ redirect_uri: uri }))
      expect(facts).toMatchObject({ status: 400, spec: "OAuth 2.1 section 2.3.1" })
      expect(JSON.stringify(facts)).not.toContain("evil")
    }
  })

  it("[RU-38] when the free port of a loopback redirect URI makes it an endpoint of this server", async () => {
    const issuer = "http://127.0.0.1:8080"
    const local = await makeWorld({
      issuer,
      clients: [
        {
          clientId: "c1",
          name: "Loopback",
          redirectUris: ["authorize", "token", "consent", "cb"].map((path) => `http://127.0.0.1:3000/${path}`),
          tokenEndpointAuthMethod: "none"
        }
      ]
    })
    for (const path of ["authorize", "token", "consent"]) {
      const facts = await localErrorOf(local, authorizeUrl({ redirect_uri: `${issuer}/${path}` }, issuer))
      expect(facts).toMatchObject({ status: 400, title: "Wrong address to return to" })
    }
    const other = await local.handle(new Request(authorizeUrl({ redirect_uri: `${issuer}/cb` }, issuer)))
    expect(other.status).toBe(200)
  })

  it("[RDU-02] when the client is unknown or its identifier malformed", async () => {
    for (const id of [
      "nobody",
      "https://client.example.com/client.json",
      "c1\u0000",
      "C1",
      " c1",
      "a".repeat(5000),
      "<script>"
    ]) {
      const facts = await localErrorOf(world, authorizeUrl({ client_id: id }))
      expect(facts).toMatchObject({ status: 400, title: "Unknown application", spec: "OAuth 2.1 section 4.1.2.1" })
    }
    for (const id of [undefined, "", ["c1", "c1"]]) {
      expect(await localErrorOf(world, authorizeUrl({ client_id: id }))).toMatchObject({ status: 400 })
    }
  })

  it("[RDU-03] before any error that would redirect", async () => {
    const facts = await localErrorOf(
      world,
      authorizeUrl({
        redirect_uri: "https://evil.example/cb",
        scope: 'bad"scope',
        response_type: "token",
        code_challenge: undefined
      })
    )
    expect(facts).toMatchObject({ title: "Wrong address to return to" })
  })

  it("[RDU-04] when several redirect URIs are registered and none is sent, or two are sent", async () => {
    const missing = await localErrorOf(world, authorizeUrl({ client_id: "two", redirect_uri: undefined }))
    expect(missing).toMatchObject({ title: "No address to return to", spec: "OAuth 2.1 section 2.3.2" })
    await localErrorOf(world, authorizeUrl({ client_id: "two", redirect_uri: "" }))
    await localErrorOf(world, authorizeUrl({ redirect_uri: [CALLBACK, CALLBACK] }))
  })

  it("[DOS-04] when the query is longer, or has more parameters, than is read", async () => {
    await localErrorOf(world, authorizeUrl({ state: "x".repeat(100_000) }))
    const many = Array.from({ length: 10_000 }, (_, index) => `p${index}=1`).join("&")
    await localErrorOf(world, `${authorizeUrl()}&${many}`)
    await localErrorOf(world, `${authorizeUrl()}&${"y".repeat(100_000)}`)
  })
})

describe("a target that is certain", () => {
  it("is the only registered redirect URI when none is sent", async () => {
    const answer = await new Browser(world).approve(authorizeUrl({ redirect_uri: undefined }))
    expect(answer.origin + answer.pathname).toBe("https://client.example.com/cb")
  })

  it("[RU-27] may have any port on the loopback address, and the code goes to the one that was sent", async () => {
    const url = authorizeUrl({ client_id: "loopback", redirect_uri: "http://127.0.0.1:51234/cb" })
    expect((await new Browser(world).approve(url)).host).toBe("127.0.0.1:51234")
    const bare = authorizeUrl({ client_id: "loopback", redirect_uri: "http://127.0.0.1/cb" })
    expect((await new Browser(world).approve(bare)).host).toBe("127.0.0.1")
  })
})

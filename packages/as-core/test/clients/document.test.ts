import { FetchRejected, TransportFailed } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import { asserted, claims, ec, jws, type Pair, publicJwk } from "../assertion/signing.ts"
import { authorizeUrl, Browser, errorOf, localErrorOf, makeWorld, NOTES, tokenRequest, type World } from "../fixture.ts"
import { type Answer, document, HOME, ID, Web } from "./web.ts"

const pair = ec()

let web: Web
let world: World
beforeEach(async () => {
  web = new Web()
  world = await makeWorld({ registration: { documents: { transport: web }, dynamic: {} } })
})

const url = (client_id = ID, redirect_uri = HOME) => authorizeUrl({ client_id, redirect_uri })

/** A-LOCAL, with the one sentence that every refused document gets. */
const refused = async (answer: Answer | FetchRejected | TransportFailed) => {
  web.next = answer
  expect(await localErrorOf(world, url())).toMatchObject({
    status: 400,
    title: "Unknown application",
    detail: "the client's metadata document could not be used"
  })
}

describe("a client that is a URL", () => {
  it("[CIM-01] is described by the document there; the consent page shows its name and host", async () => {
    const browser = new Browser(world)
    const facts = await browser.openConsent(url())
    expect(facts).toMatchObject({
      page: "consent",
      client: { name: "App", host: "app.example.com", origin: "document" },
      redirectHost: "app.example.com"
    })
    const location = await browser.approve(url())
    const answer = await world.handle(tokenRequest({ client_id: ID, code: location.searchParams.get("code") ?? "" }))
    expect(answer.status).toBe(200)
    expect(await answer.json()).not.toHaveProperty("refresh_token")
    expect(web.asked[0]).toEqual({ url: ID, headers: { accept: "application/json" } })
  })

  it("[CIM-02] is looked for only at a URL that a client may be", async () => {
    for (const id of [
      "http://app.example.com/c",
      "HTTP://app.example.com/c",
      "ftp://app.example.com/c",
      "https://app.example.com",
      "https://app.example.com/c#f",
      "https://u:p@app.example.com/c",
      "https://@app.example.com/c",
      "https://app.example.com/./c",
      "https://app.example.com/../c",
      "https://app.example.com/a/../c"
    ]) {
      await localErrorOf(world, url(id))
    }
    expect(web.asked).toEqual([])
  })

  it("[CIM-04] is named by its document character for character", async () => {
    for (const client_id of [
      "https://other.example.com/client.json",
      `${ID}/`,
      "https://app.example.com:443/client.json",
      "https://APP.example.com/client.json",
      undefined,
      [ID],
      1
    ]) {
      await refused({ text: document({ client_id }) })
    }
  })

  it("is not looked for where a redirect leads", async () => {
    // The transport refuses each redirect; here, that its refusal ends the request.
    await refused(new FetchRejected({ reason: "redirect", url: ID }))
    for (const status of [301, 302, 303, 307, 308]) await refused({ status })
    expect(web.asked.every((request) => request.url === ID)).toBe(true)
  })

  it("[CIM-12] needs status 200 and no other", async () => {
    for (const status of [201, 203, 204, 206, 304, 404, 500]) await refused({ status })
  })

  it("[CIM-15] needs a JSON media type", async () => {
    for (const type of ["text/html", null, "application/json; charset=utf-16", "application/json, text/html"]) {
      await refused({ type })
    }
    // Every type of the form application/*+json is accepted, as the draft says.
    web.next = { type: "application/ld+json" }
    expect((await new Browser(world).openConsent(url())).page).toBe("consent")
  })

  it("[CIM-16] needs a document that is one JSON object for every reader", async () => {
    for (const text of [
      "[]",
      "null",
      '"x"',
      "{",
      `{"client_id":"${ID}","client_id":"${ID}","client_name":"A","redirect_uris":["${HOME}"]}`,
      `{"client_id":"${ID}","client_name":"A","redirect_uris":["https://evil.example/"],"redirect_uris":["${HOME}"]}`,
      `\uFEFF${document()}`,
      document().replace('"App"', "NaN"),
      document({ a: 0 }).replace('"a":0', `"a":${"[".repeat(10_000)}${"]".repeat(10_000)}`)
    ]) {
      await refused({ text })
    }
    web.next = { text: document().replace("{", '{"__proto__":{"polluted":true},') }
    expect((await new Browser(world).openConsent(url())).page).toBe("consent")
    expect("polluted" in {}).toBe(false)
    // Nothing of the refused ones was kept.
    expect(web.asked).toHaveLength(10)
  })

  it("[CIM-17] needs a name and redirect URIs that a client may have", async () => {
    for (const members of [
      { client_name: undefined },
      { client_name: "" },
      { client_name: " " },
      { redirect_uris: undefined },
      { redirect_uris: [] },
      { redirect_uris: HOME },
      { redirect_uris: [null] },
      { redirect_uris: [HOME, "javascript:alert(1)"] },
      { redirect_uris: [HOME, `${HOME}?code=1`] }
    ]) {
      await refused({ text: document(members) })
    }
    await refused({ text: document().replace(`["${HOME}"]`, `["${HOME}",,"${HOME}"]`) })
  })

  it("[CIM-18] has no shared secret in any form", async () => {
    for (const members of [
      { token_endpoint_auth_method: "client_secret_basic" },
      { token_endpoint_auth_method: "client_secret_post" },
      { token_endpoint_auth_method: "client_secret_jwt" },
      { token_endpoint_auth_method: "unknown" },
      { client_secret: "x" },
      { client_secret: null },
      { client_secret_expires_at: 0 },
      { client_secret_expires_at: null }
    ]) {
      await refused({ text: document(members) })
    }
  })

  it("[CIM-20] with private_key_jwt gets no token without an assertion by its key", async () => {
    web.next = { text: document({ token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicJwk(pair)] } }) }
    expect((await new Browser(world).openConsent(url())).page).toBe("consent")
    // The page that waits holds no copy of the keys.
    expect(world.store.dump()).not.toContain(publicJwk(pair)["x"])
    const code = (await new Browser(world).approve(url())).searchParams.get("code") ?? ""
    const send = (fields: Parameters<typeof tokenRequest>[0]) =>
      errorOf(world.handle(tokenRequest({ client_id: ID, code, ...fields })))
    expect(await send({})).toEqual([401, "invalid_client"])
    expect(await send({ client_assertion: "" })).toEqual([401, "invalid_client"])
    expect(await send({ client_secret: "x" })).toEqual([401, "invalid_client"])
    const by = ({ privateKey }: Pair) => asserted(jws({ alg: "ES256" }, claims(ID), privateKey))
    expect(await send(by(ec()))).toEqual([401, "invalid_client"])
    expect((await send(by(pair)))[0]).toBe(200)
  })

  it("that publishes keys and names no method has to use them; one that says none is a public client", async () => {
    const jwks = { keys: [publicJwk(pair)] }
    const redeem = async (id: string, fields: Parameters<typeof tokenRequest>[0]) => {
      const code = (await new Browser(world).approve(url(id))).searchParams.get("code") ?? ""
      return (await world.handle(tokenRequest({ client_id: id, code, ...fields }))).status
    }
    const by = (id: string) => asserted(jws({ alg: "ES256" }, claims(id), pair.privateKey))
    web.next = { text: document({ jwks }) }
    expect([await redeem(ID, {}), await redeem(ID, by(ID))]).toEqual([401, 200])
    const open = "https://app.example.com/open.json"
    web.next = { text: document({ client_id: open, token_endpoint_auth_method: "none", jwks }) }
    expect([await redeem(open, {}), await redeem(open, by(open))]).toEqual([200, 401])
  })

  it("never has what needs no user, whatever it says and proves: nobody vouched for it", async () => {
    const key = { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicJwk(pair)] } }
    web.next = { text: document({ ...key, grant_types: ["authorization_code", "client_credentials"] }) }
    const fields = { grant_type: "client_credentials", scope: "notes:read", resource: NOTES, code_verifier: undefined }
    const assertion = asserted(jws({ alg: "ES256" }, claims(ID), pair.privateKey))
    const answer = await errorOf(world.handle(tokenRequest({ ...fields, ...assertion })))
    expect(answer).toEqual([400, "unauthorized_client"])
  })

  it("with private_key_jwt publishes a key, for an algorithm that is served", async () => {
    const method = { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicJwk(pair)] } }
    await refused({ text: document({ ...method, token_endpoint_auth_signing_alg: "HS256" }) })
    await refused({ text: document({ ...method, token_endpoint_auth_signing_alg: "none" }) })
    await refused({ text: document({ ...method, token_endpoint_auth_signing_alg: "RS256" }) })
    await refused({ text: document({ ...method, jwks: { keys: [publicJwk(pair, { use: "enc" })] } }) })
    await refused({ text: document({ ...method, jwks: undefined }) })
  })

  it("is not served without response type code, nor with a document beyond 5 kB", async () => {
    await refused({ text: document({ response_types: ["token"] }) })
    await refused({ text: document({ padding: "é".repeat(2540) }) })
    await refused({ text: document({ redirect_uris: ["http://localhost/cb"], application_type: "web" }) })
    web.next = { text: document({ padding: "x".repeat(4900) }) }
    expect((await new Browser(world).openConsent(url())).page).toBe("consent")
  })

  it("[CIM-22] gains nothing by members that it is not asked for", async () => {
    web.next = {
      text: document({
        skip_consent: true,
        trusted: true,
        scope: "notes:admin",
        first_party: true,
        userId: "u2",
        disabled: false,
        require_pkce: false
      })
    }
    const facts = await new Browser(world).openConsent(url())
    expect(facts).toMatchObject({ page: "consent", scopes: [{ scope: "notes:read" }, { scope: "notes:write" }] })
    expect(world.store.dump()).not.toMatch(/skip_consent|trusted|notes:admin|first_party|require_pkce|userId|disabled/)
    await localErrorOf(world, authorizeUrl({ client_id: ID, redirect_uri: "https://evil.example/" }))
  })

  it("[CIM-30] may only use the redirect URIs of its document as it is now", async () => {
    await localErrorOf(world, url(ID, "https://app.example.com/other"))
    web.next = { text: document({ redirect_uris: ["https://app.example.com/new"] }) }
    world.now += 300
    await localErrorOf(world, url())
    expect((await new Browser(world).openConsent(url(ID, "https://app.example.com/new"))).page).toBe("consent")
  })

  it("[CIM-34] never takes the place of a client that is known already", async () => {
    const configured = await makeWorld({
      registration: { documents: { transport: web }, dynamic: {} },
      clients: [{ clientId: ID, name: "Configured", redirectUris: [HOME], tokenEndpointAuthMethod: "none" }]
    })
    expect(await new Browser(configured).openConsent(url())).toMatchObject({ client: { name: "Configured" } })
    await Effect.runPromise(
      world.store.addClient(
        {
          client: {
            clientId: ID,
            origin: "registered",
            name: "Registered",
            redirectUris: [HOME],
            tokenEndpointAuthMethod: "none",
            grantTypes: ["authorization_code"],
            applicationType: "web",
            createdAt: 0
          }
        },
        { maximum: 10 }
      )
    )
    expect(await new Browser(world).openConsent(url())).toMatchObject({ client: { name: "Registered" } })
    expect(web.asked).toEqual([])
    const registered = await world.handle(
      new Request("https://as.example.com/tenant/register", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ redirect_uris: [HOME] })
      })
    )
    expect(((await registered.json()) as { client_id: string }).client_id).not.toMatch(/^https:/)
  })

  it("[CIM-36] [AS10] is unknown where documents are off, and nothing is fetched", async () => {
    const off = await makeWorld()
    expect(await localErrorOf(off, url())).toMatchObject({ detail: "no client is known by this client_id" })
    const metadata = await off.handle(
      new Request("https://as.example.com/.well-known/oauth-authorization-server/tenant")
    )
    expect(await metadata.json()).not.toHaveProperty("client_id_metadata_document_supported")
    const on = await world.handle(new Request("https://as.example.com/.well-known/oauth-authorization-server/tenant"))
    expect(await on.json()).toHaveProperty("client_id_metadata_document_supported", true)
    expect(web.asked).toEqual([])
  })

  it("[CIM-33] shows an international host in ASCII, and a name without what would hide or turn it", async () => {
    const id = "https://xn--clade-5bb.example/client.json"
    web.next = {
      text: document({
        client_id: id,
        client_name: "Cla\u200Bude\u202E",
        redirect_uris: ["https://xn--clade-5bb.example/cb"]
      })
    }
    const facts = await new Browser(world).openConsent(url(id, "https://xn--clade-5bb.example/cb"))
    expect(facts).toMatchObject({
      client: { name: "Claude", host: "xn--clade-5bb.example" },
      redirectHost: "xn--clade-5bb.example"
    })
  })

  it("whose document is refused is told to the operator with the reason, and is no client at the token endpoint", async () => {
    await refused({ status: 404 })
    await refused(new TransportFailed({ reason: "tls", url: ID }))
    expect(world.events).toEqual([
      { event: "client-document-refused", clientId: ID, detail: "status 404" },
      { event: "client-document-refused", clientId: ID, detail: "TransportFailed: tls" }
    ])
    const answer = await world.handle(tokenRequest({ client_id: ID, code: "x" }))
    expect([answer.status, await answer.json()]).toMatchObject([401, { error: "invalid_client" }])
  })
})

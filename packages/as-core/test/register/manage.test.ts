import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import {
  authorizeUrl,
  basic,
  Browser,
  CALLBACK,
  errorOf,
  ISSUER,
  makeWorld,
  obtainTokens,
  post,
  tokenRequest,
  type World
} from "../fixture.ts"

const hash = createHash("sha256").update("a-token").digest("base64url")

interface Registered extends Record<string, unknown> {
  readonly client_id: string
  readonly registration_access_token: string
  readonly registration_client_uri: string
}

const METADATA = {
  redirect_uris: [CALLBACK],
  client_name: "Server",
  token_endpoint_auth_method: "client_secret_basic",
  grant_types: ["authorization_code", "refresh_token"]
}

let world: World
let client: Registered
beforeEach(async () => {
  world = await makeWorld({ registration: { dynamic: { initialAccessTokens: [{ hash }] } } })
  client = await register("Bearer a-token")
})

const register = async (authorization?: string): Promise<Registered> => {
  const response = await world.handle(
    new Request(`${ISSUER}/register`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(authorization !== undefined && { authorization }) },
      body: JSON.stringify(METADATA)
    })
  )
  return (await response.json()) as Registered
}

const at = (
  method: string,
  options: { readonly body?: unknown; readonly token?: string; readonly uri?: string; readonly headers?: object } = {}
) => {
  const { body, token = client.registration_access_token, uri = client.registration_client_uri } = options
  return world.handle(
    new Request(uri, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...options.headers
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) })
    })
  )
}
const change = (members: object) => at("PUT", { body: { ...METADATA, client_id: client.client_id, ...members } })

const redeem = async (secret: string) => {
  const location = await new Browser(world).approve(authorizeUrl({ client_id: client.client_id }))
  const code = location.searchParams.get("code") ?? ""
  return world.handle(tokenRequest({ client_id: undefined, code }, { authorization: basic(client.client_id, secret) }))
}

describe("a client that was registered with an initial access token", () => {
  it("is told where it is managed and by which token, of 256 bits", () => {
    expect(client).toMatchObject({
      registration_access_token: expect.stringMatching(/^[\w-]{43}$/),
      registration_client_uri: `${ISSUER}/register/${client.client_id}`
    })
  })

  it("reads itself, without its secret", async () => {
    const answer = await at("GET")
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"])
    const { client_secret: _, client_secret_expires_at: __, ...expected } = client
    expect(await answer.json()).toEqual(expected)
    const head = await at("HEAD")
    expect([head.status, await head.text()]).toEqual([200, ""])
  })

  it("changes all of itself at once, and keeps its secret, its age and its token", async () => {
    world.now += 10
    const answer = await change({ client_name: "Renamed", redirect_uris: [`${CALLBACK}2`], policy_uri: undefined })
    expect(answer.status).toBe(200)
    const changed = await answer.json()
    expect(changed).toMatchObject({
      client_id: client.client_id,
      client_id_issued_at: client["client_id_issued_at"],
      client_name: "Renamed",
      redirect_uris: [`${CALLBACK}2`],
      registration_access_token: client.registration_access_token
    })
    expect(changed).not.toHaveProperty("client_secret")
    expect(await (await at("GET")).json()).toEqual(changed)
    expect((await world.handle(new Request(authorizeUrl({ client_id: client.client_id })))).status).toBe(400)
    await change({ client_secret: client["client_secret"] })
    expect((await redeem(String(client["client_secret"]))).status).toBe(200)
    expect(world.events.map(({ event }) => event)).toEqual(["client-registered", "client-changed", "client-changed"])
  })

  it("gives no code to a redirect URI that it has taken back while the page is open, and one that shows a new name does", async () => {
    const approveAfter = async (members: object) => {
      const browser = new Browser(world)
      const facts = await browser.openConsent(authorizeUrl({ client_id: client.client_id, prompt: "consent" }))
      expect((await change(members)).status).toBe(200)
      return browser.submit(facts, { decision: "approve", scope: ["notes:read"] })
    }
    expect((await approveAfter({ client_name: "Renamed" })).headers.get("location")).toContain("code=")
    const gone = await approveAfter({ redirect_uris: [`${CALLBACK}2`] })
    expect([gone.status, gone.headers.has("location")]).toEqual([410, false])
  })

  it("is given a new secret when it comes to need one, and loses the one that it needs no more", async () => {
    expect(await (await change({ token_endpoint_auth_method: "none" })).json()).toMatchObject({
      token_endpoint_auth_method: "none"
    })
    expect(world.store.dump()).not.toContain("secretHash")
    const again = (await (await change({})).json()) as { client_secret: string; client_secret_expires_at: number }
    expect(again).toMatchObject({ client_secret: expect.stringMatching(/^[\w-]{43}$/), client_secret_expires_at: 0 })
    expect((await redeem(String(client["client_secret"]))).status).toBe(401)
    expect((await redeem(again.client_secret)).status).toBe(200)
  })

  it("changes by the rules of registration, and says what was issued to nobody but itself", async () => {
    const before = world.store.dump()
    for (const members of [
      { client_id: "another" },
      { client_id: undefined },
      { client_secret: "wrong" },
      { client_secret: 1 },
      { client_secret: null },
      { registration_access_token: client.registration_access_token },
      { registration_client_uri: client.registration_client_uri },
      { client_secret_expires_at: 0 },
      { client_id_issued_at: 0 },
      { grant_types: ["implicit"] },
      { token_endpoint_auth_method: "client_secret_jwt" }
    ]) {
      expect(await errorOf(change(members)), JSON.stringify(members)).toEqual([400, "invalid_client_metadata"])
    }
    expect(await errorOf(change({ redirect_uris: ["javascript:alert(1)"] }))).toEqual([400, "invalid_redirect_uri"])
    expect(await errorOf(at("PUT", { body: "[" }))).toEqual([400, "invalid_client_metadata"])
    expect(await errorOf(at("PUT", { body: "[]" }))).toEqual([400, "invalid_client_metadata"])
    expect(await errorOf(at("PUT", { body: {}, headers: { "content-type": "text/plain" } }))).toEqual([
      415,
      "invalid_client_metadata"
    ])
    expect(world.store.dump()).toBe(before)
  })

  it("removes itself, and with it all that it was given", async () => {
    const tokens = (await (await redeem(String(client["client_secret"]))).json()) as { refresh_token: string }
    const answer = await at("DELETE")
    expect([answer.status, await answer.text(), answer.headers.get("cache-control")]).toEqual([204, "", "no-store"])
    const refreshed = await world.handle(
      post(
        "token",
        { grant_type: "refresh_token", refresh_token: tokens.refresh_token },
        { authorization: basic(client.client_id, String(client["client_secret"])) }
      )
    )
    expect(await errorOf(refreshed)).toEqual([401, "invalid_client"])
    expect(await errorOf(at("GET"))).toEqual([401, "invalid_token"])
    expect(await errorOf(at("DELETE"))).toEqual([401, "invalid_token"])
    expect(world.events.at(-1)).toEqual({ event: "client-removed", clientId: client.client_id })
  })

  it("[TIM-04] is managed by its own token alone; whatever else is sent is answered alike", async () => {
    const other = await register("Bearer a-token")
    const before = world.store.dump()
    const answers = new Set<string>()
    for (const method of ["GET", "PUT", "DELETE"]) {
      for (const options of [
        { token: "wrong" },
        { token: other.registration_access_token },
        { token: "a-token" },
        { token: String(client["client_secret"]) },
        { token: "" },
        { headers: { authorization: basic(client.client_id, String(client["client_secret"])) } },
        { uri: `${ISSUER}/register/unknown` },
        { uri: `${ISSUER}/register/` },
        { uri: `${ISSUER}/register/c1` },
        { uri: `${client.registration_client_uri}/` }
      ]) {
        const answer = await at(method, { ...options, ...(method === "PUT" && { body: METADATA }) })
        answers.add([answer.status, answer.headers.get("www-authenticate"), await answer.text()].join(" "))
      }
    }
    expect([...answers]).toEqual([
      '401 Bearer error="invalid_token" {"error":"invalid_token","error_description":"the registration access token is not valid for this client"}'
    ])
    expect(world.store.dump()).toBe(before)
  })

  it("is managed by three methods, from any web page, never by cookies", async () => {
    const wrong = await at("POST", { body: METADATA })
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, PUT, DELETE"])
    const preflight = await at("OPTIONS")
    expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).toEqual([204, "GET, PUT, DELETE"])
    expect(preflight.headers.has("access-control-allow-credentials")).toBe(false)
  })

  it("that somebody removed meanwhile is not brought back by a change", async () => {
    // Both were found before either is committed.
    const gone = Effect.succeed("Gone" as const)
    const { store } = world
    world = await makeWorld({
      store: { ...store, replaceClient: () => gone, removeClient: () => gone },
      registration: { dynamic: { initialAccessTokens: [{ hash }] } }
    })
    expect(await errorOf(change({}))).toEqual([401, "invalid_token"])
    expect(await errorOf(at("DELETE"))).toEqual([401, "invalid_token"])
    expect(world.events).toEqual([])
  })
})

describe("a client that registered without one", () => {
  it("[DCR-18] is not managed, by nothing that it has", async () => {
    const open = await register()
    expect(open).not.toHaveProperty("registration_access_token")
    for (const token of ["", "undefined", "null", open.client_id]) {
      expect(await errorOf(at("DELETE", { uri: `${ISSUER}/register/${open.client_id}`, token }))).toEqual([
        401,
        "invalid_token"
      ])
    }
    world = await makeWorld({ registration: { dynamic: {} } })
    expect((await at("GET")).status).toBe(404)
    expect((await obtainTokens(world)).token_type).toBe("Bearer")
  })
})

import { createHash } from "node:crypto"
import { beforeEach, describe, expect, it } from "vitest"
import { ec, publicJwk } from "../assertion/signing.ts"
import {
  authorizeUrl,
  basic,
  Browser,
  CALLBACK,
  errorOf,
  ISSUER,
  makeWorld,
  start,
  tokenRequest,
  type World
} from "../fixture.ts"

const hashOf = (text: string) => createHash("sha256").update(text).digest("base64url")
const TOKEN = "an-initial-access-token"
const OLD = "one-that-expires"
const tokens = { initialAccessTokens: [{ hash: hashOf(TOKEN) }, { hash: hashOf(OLD), expiresAt: start + 60 }] }

let world: World
beforeEach(async () => {
  world = await makeWorld({ registration: { dynamic: tokens } })
})

const web = { redirect_uris: [CALLBACK], client_name: "Server" }

const send = (body: object, authorization: string | undefined = `Bearer ${TOKEN}`, one: World = world) =>
  one.handle(
    new Request(`${ISSUER}/register`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(authorization !== "" && { authorization }) },
      body: JSON.stringify(body)
    })
  )
const given = async (body: object, authorization?: string) => {
  const response = await send(body, authorization)
  return [response.status, (await response.json()) as Record<string, unknown>] as const
}

describe("an initial access token", () => {
  it("[DCR-13] that is wrong, expired or missing where one is required registers nothing", async () => {
    const required = await makeWorld({ registration: { dynamic: { ...tokens, required: true } } })
    const before = required.store.dump()
    const missing = await send(web, "", required)
    expect(missing.headers.get("www-authenticate")).toBe("Bearer")
    expect(await errorOf(missing)).toEqual([401, "invalid_token"])
    required.now = start + 60
    for (const authorization of [
      "Bearer wrong",
      `Bearer ${OLD}`,
      `Bearer ${hashOf(TOKEN)}`,
      `Basic ${btoa(`x:${TOKEN}`)}`,
      "Bearer",
      "Bearer !",
      `Bearer ${TOKEN}, Bearer ${TOKEN}`
    ]) {
      const refused = await send(web, authorization, required)
      expect(refused.headers.get("www-authenticate"), authorization).toBe('Bearer error="invalid_token"')
      expect(await errorOf(refused)).toEqual([401, "invalid_token"])
    }
    expect(required.store.dump()).toBe(before)
    expect((await send(web, `bearer ${TOKEN}`, required)).status).toBe(201)
  })

  it("that is wrong is refused also where anybody may register", async () => {
    expect(await errorOf(send(web, "Bearer wrong"))).toEqual([401, "invalid_token"])
    expect((await send(web, "")).status).toBe(201)
    expect((await send(web, `Bearer ${OLD}`)).status).toBe(201)
  })

  it("says nothing where none is configured", async () => {
    const open = await makeWorld({ registration: { dynamic: {} } })
    const answer = await send({ ...web, token_endpoint_auth_method: "client_secret_basic" }, `Bearer ${TOKEN}`, open)
    expect(answer.status).toBe(201)
    expect(await answer.json()).toMatchObject({ token_endpoint_auth_method: "none" })
  })

  it("[DCR-12] lets a web server have a secret of 256 bits: shown once, stored as a hash, never expiring", async () => {
    for (const method of ["client_secret_basic", "client_secret_post", undefined]) {
      const [status, client] = await given({ ...web, token_endpoint_auth_method: method })
      expect(status).toBe(201)
      expect(client).toMatchObject({
        client_secret: expect.stringMatching(/^[\w-]{43}$/),
        client_secret_expires_at: 0,
        // RFC 7591 section 2: the default.
        token_endpoint_auth_method: method ?? "client_secret_basic"
      })
      expect(world.store.dump()).not.toContain(client["client_secret"])
      expect(world.store.dump()).not.toContain(client["registration_access_token"])
    }
  })

  it("leads to a client that authenticates by its secret alone", async () => {
    const [, client] = await given({ ...web, token_endpoint_auth_method: "client_secret_basic" })
    const client_id = String(client["client_id"])
    const code = (await new Browser(world).approve(authorizeUrl({ client_id }))).searchParams.get("code") ?? ""
    const by = (secret: string) =>
      errorOf(world.handle(tokenRequest({ client_id: undefined, code }, { authorization: basic(client_id, secret) })))
    expect(await by("wrong")).toEqual([401, "invalid_client"])
    expect((await by(String(client["client_secret"])))[0]).toBe(200)
  })

  it("gives no secret to what cannot keep one: native metadata, a loopback or a private-use redirect", async () => {
    world = await makeWorld({ registration: { dynamic: tokens, privateUseSchemes: ["com.example.app"] } })
    for (const body of [
      { application_type: "native" },
      { redirect_uris: ["http://127.0.0.1/cb"] },
      { redirect_uris: ["http://localhost:3000/cb", CALLBACK] },
      { redirect_uris: ["https://localhost/cb"], application_type: "native" },
      { redirect_uris: ["https://127.0.0.1/cb"], application_type: "web" },
      ...["a.localhost", "localhost.", "0.0.0.0", "[::]", "[::1]"].flatMap((host) => [
        { redirect_uris: [`https://${host}/cb`], application_type: "web" },
        { redirect_uris: [CALLBACK, `https://${host}/cb`], application_type: undefined }
      ]),
      { redirect_uris: ["com.example.app:/cb"] }
    ]) {
      for (const token_endpoint_auth_method of ["client_secret_basic", "client_secret_post", undefined]) {
        const [status, client] = await given({ ...web, ...body, token_endpoint_auth_method })
        expect([status, client["token_endpoint_auth_method"]], JSON.stringify(body)).toEqual([201, "none"])
        expect(client).not.toHaveProperty("client_secret")
      }
    }
  })

  it("lets a client that authenticates have client_credentials, alone or beside the code flow", async () => {
    const byKey = { jwks: { keys: [publicJwk(ec())] } }
    const machine = { grant_types: ["client_credentials"], token_endpoint_auth_method: "client_secret_basic" }
    expect(await given({ client_name: "Machine", ...machine })).toMatchObject([
      201,
      { grant_types: ["client_credentials"], response_types: [], redirect_uris: [] }
    ])
    expect(
      await given({ ...web, ...machine, grant_types: ["authorization_code", "client_credentials"] })
    ).toMatchObject([201, { response_types: ["code"] }])
    for (const [body, authorization] of [
      [{ ...web, ...machine, token_endpoint_auth_method: "none" }, undefined],
      [{ ...web, ...machine, application_type: "native" }, undefined],
      [{ ...web, ...machine, response_types: ["code"] }, undefined],
      [{ ...web, ...machine, grant_types: ["client_credentials", "refresh_token"] }, undefined],
      [{ ...web, ...byKey, grant_types: ["authorization_code", "client_credentials"] }, ""],
      [{ ...byKey, grant_types: ["client_credentials"] }, ""],
      [{ ...web, ...machine, grant_types: ["authorization_code", "client_credentials"] }, ""]
    ] as const) {
      const [status, answer] = await given(body, authorization)
      expect([status, answer["error"]]).toEqual([400, "invalid_client_metadata"])
    }
    expect(await given({ client_name: "Machine", ...machine }, "")).toMatchObject([
      400,
      { error: "invalid_client_metadata" }
    ])
  })

  it("[DCR-15] may come from a web page, and what it gives is never stored nor bound to cookies", async () => {
    const preflight = await world.handle(
      new Request(`${ISSUER}/register`, { method: "OPTIONS", headers: { origin: "https://evil.example" } })
    )
    const answer = await send(web)
    for (const response of [preflight, answer]) {
      expect(response.headers.get("access-control-allow-origin")).toBe("*")
      expect(response.headers.has("access-control-allow-credentials")).toBe(false)
    }
    expect(answer.headers.get("cache-control")).toBe("no-store")
  })
})

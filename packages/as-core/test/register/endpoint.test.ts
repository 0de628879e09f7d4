import { FetchRejected, type Transport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import { asserted, claims, ec, jws, publicJwk } from "../assertion/signing.ts"
import {
  authorizeUrl,
  Browser,
  CALLBACK,
  errorOf,
  ISSUER,
  makeWorld,
  start,
  tokenRequest,
  type World
} from "../fixture.ts"

const pair = ec()

let world: World
beforeEach(async () => {
  world = await makeWorld()
})

const send = (body: unknown, type: string | undefined = "application/json", one: World = world) =>
  one.handle(
    new Request(`${ISSUER}/register`, {
      method: "POST",
      headers: { "content-type": type },
      body: typeof body === "string" ? body : JSON.stringify(body)
    })
  )

const refused = async (body: unknown, type?: string) => {
  const before = world.store.dump()
  const answer = await errorOf(send(body, type))
  expect(world.store.dump()).toBe(before)
  return answer
}

const given = async (body: unknown): Promise<Record<string, unknown>> => {
  const response = await send(body)
  expect(response.status).toBe(201)
  return (await response.json()) as Record<string, unknown>
}

const minimal = { redirect_uris: [CALLBACK], client_name: "New" }

describe("a registration", () => {
  it("[DCR-01] of minimal metadata gives a random identifier, and says what was given", async () => {
    const response = await send(minimal)
    expect(response.status).toBe(201)
    expect(response.headers.get("cache-control")).toBe("no-store")
    expect(response.headers.get("content-type")).toBe("application/json")
    const client = (await response.json()) as Record<string, unknown>
    expect(client).toEqual({
      client_id: expect.stringMatching(/^[\w-]{22}$/),
      client_id_issued_at: start,
      client_name: "New",
      redirect_uris: [CALLBACK],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code"],
      scope: "notes:read notes:write notes:admin mail:read",
      response_types: ["code"],
      application_type: "web"
    })
    expect((await given({ ...minimal, client_name: "Newer" }))["client_id"]).not.toBe(client["client_id"])
    expect(world.events[0]).toEqual({ event: "client-registered", clientId: client["client_id"] })
  })

  it("leads to a client that can be authorized, and later for more than it named when it registered", async () => {
    const client = await given({
      ...minimal,
      scope: "notes:read unknown",
      grant_types: ["authorization_code", "refresh_token"]
    })
    expect(client["scope"]).toBe("notes:read notes:write notes:admin mail:read")
    const client_id = String(client["client_id"])
    const location = await new Browser(world).approve(authorizeUrl({ client_id, scope: "notes:read notes:write" }))
    const answer = await world.handle(tokenRequest({ client_id, code: location.searchParams.get("code") ?? "" }))
    expect(await answer.json()).toMatchObject({ scope: "notes:read notes:write", refresh_token: expect.any(String) })
  })

  it("[DCR-02] needs redirect URIs that a client may have", async () => {
    for (const redirect_uris of [
      undefined,
      [],
      CALLBACK,
      [1],
      [" https://client.example.com/cb"],
      ["https://client.example.com/cb "],
      ["\thttps://client.example.com/cb"],
      ["https://client.example.com/c\tb"],
      ["https://client.example.com/cb%0a"],
      ["https://client.example.com/cb\r"],
      ["https://client.example.com/cb\n"],
      ["https://client.example.com/cb\u0000"],
      ["https://client.example.com/cb\u007f"],
      ["https://client.example.com/cb\u0080"],
      ["https://client.example.com/cb\u009f"],
      ["https://client.example.com/cb\u200b"],
      ["https://client.example.com/cb\u202e"],
      ["javascript:alert(1)"],
      ["JaVaScRiPt:alert(1)"],
      [" javascript:alert(1)"],
      ["java\tscript:alert(1)"],
      ["java\u0000script:alert(1)"],
      ["data:text/html,x"],
      ["data:text/html;base64,eA=="],
      ["vbscript:msgbox(1)"],
      ["file:///etc/passwd"],
      ["blob:https://e/1"],
      ["mailto:a@b"],
      ["about:blank"],
      ["view-source:https://x"],
      ["filesystem:https://x"],
      ["ftp://x"],
      ["ws://x"],
      ["intent://x#Intent;end"],
      ["jar:https://x!/"],
      ["http://client.example.com/cb"],
      [CALLBACK, "javascript:alert(1)"]
    ]) {
      const [status, error] = await refused({ redirect_uris })
      expect([status, typeof error]).toEqual([400, "string"])
      expect(["invalid_redirect_uri", "invalid_client_metadata"]).toContain(error)
    }
    expect(await refused({ redirect_uris: ["javascript:alert(1)"] })).toEqual([400, "invalid_redirect_uri"])
    expect(await refused({})).toEqual([400, "invalid_redirect_uri"])
  })

  it("[RU-38] never leads to an endpoint of this server", async () => {
    for (const path of ["authorize", "token", "consent", "login", "register", "interaction", "jwks", "authorize?x=1"]) {
      expect(await refused({ redirect_uris: [`${ISSUER}/${path}`] })).toEqual([400, "invalid_redirect_uri"])
    }
    await given({ redirect_uris: [`${ISSUER}/somewhere-else`] })
  })

  it("[RU-37] has at most 32 redirect URIs of at most 2048 characters", async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `${CALLBACK}/${index}`)
    expect(await refused({ redirect_uris: many(33) })).toEqual([400, "invalid_redirect_uri"])
    expect(await refused({ redirect_uris: [`${CALLBACK}/${"x".repeat(8192)}`] })).toEqual([400, "invalid_redirect_uri"])
    expect((await send({ redirect_uris: many(10_000) })).status).toBe(413)
    await given({ redirect_uris: many(32) })
  })

  it("[RDU-08] has no redirect URI whose query holds a parameter of the response", async () => {
    for (const name of ["code", "state", "iss", "error", "error_description", "error_uri", "%63ode"]) {
      expect(await refused({ redirect_uris: [`${CALLBACK}?a=1&${name}=x`] })).toEqual([400, "invalid_redirect_uri"])
    }
    await given({ redirect_uris: [`${CALLBACK}?codes=1`] })
  })

  it("[DCR-03] is for the code flow: other grants and response types are refused", async () => {
    for (const body of [
      { token_endpoint_auth_method: "none", grant_types: ["client_credentials"] },
      { response_types: [], grant_types: ["authorization_code"] },
      { grant_types: ["authorization_code", "urn:example:unknown"] },
      { grant_types: ["implicit"] },
      { grant_types: ["authorization_code", "implicit"] },
      { grant_types: ["password"] },
      { grant_types: ["refresh_token"] },
      { grant_types: [] },
      { response_types: ["token"] },
      { response_types: ["code", "token"] }
    ]) {
      expect(await refused({ ...minimal, ...body })).toEqual([400, "invalid_client_metadata"])
    }
  })

  it("[DCR-05] ignores a software statement wholly", async () => {
    const encode = (value: object) => btoa(JSON.stringify(value)).replace(/=+$/, "")
    const claims = encode({
      client_name: "Trusted",
      redirect_uris: ["https://evil.example/cb"],
      iss: "https://evil.example",
      exp: 1
    })
    for (const header of [{ alg: "ES256" }, { alg: "none" }]) {
      const client = await given({ ...minimal, software_statement: `${encode(header)}.${claims}.c2ln` })
      expect(client).toMatchObject({ client_name: "New", redirect_uris: [CALLBACK] })
      expect(client).not.toHaveProperty("software_statement")
    }
  })

  it("[DCR-06] is bounded: nothing larger than 64 kB or deeper than 32 is read", async () => {
    for (const body of [
      { ...minimal, padding: "x".repeat(1_000_000) },
      { redirect_uris: Array.from({ length: 10_000 }, (_, index) => `${CALLBACK}/${index}`) },
      { ...minimal, client_name: "x".repeat(1_000_000) },
      { ...minimal, ...Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field${index}`, 1])) },
      `{${Array.from({ length: 1_000_000 }, (_, index) => `"client_name#${index}":"x"`).join(",")}}`
    ]) {
      expect((await refused(body))[0]).toBe(413)
    }
    const deep = `{"redirect_uris":["${CALLBACK}"],"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`
    expect(await refused(deep)).toEqual([400, "invalid_client_metadata"])
    expect((await refused(`{"a":`.repeat(100_000)))[0]).toBe(413)
  })

  it("[DCR-10] is one JSON object of its media type", async () => {
    const text = JSON.stringify(minimal)
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/json, text/html",
      "application/json; charset=latin1"
    ]) {
      expect(await refused(text, type)).toEqual([415, "invalid_client_metadata"])
    }
    for (const body of [
      "{",
      "",
      "[]",
      "null",
      '"x"',
      `${text}x`,
      `\uFEFF${text}`,
      `{"client_name":"a","client_name":"b"}`
    ]) {
      expect(await refused(body)).toEqual([400, "invalid_client_metadata"])
    }
    expect((await send(text, "application/json; charset=utf-8")).status).toBe(201)
  })

  it("[DCR-12] gives no secret to a client that registers itself, and says so", async () => {
    for (const token_endpoint_auth_method of ["none", "client_secret_basic", "client_secret_post", undefined]) {
      const client = await given({ ...minimal, token_endpoint_auth_method })
      expect(client["token_endpoint_auth_method"]).toBe("none")
      expect(client).not.toHaveProperty("client_secret")
      expect(client).not.toHaveProperty("client_secret_expires_at")
    }
    for (const token_endpoint_auth_method of ["client_secret_jwt", "tls_client_auth", "unknown"]) {
      expect(await refused({ ...minimal, token_endpoint_auth_method })).toEqual([400, "invalid_client_metadata"])
    }
  })

  it("with private_key_jwt leads to a client that authenticates by the keys that it sent", async () => {
    const key = publicJwk(pair, { kid: "a", alg: "ES256", use: "sig", x5c: ["x"] })
    const client = await given({
      ...minimal,
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256",
      jwks: { keys: [key, { kty: "unknown" }] }
    })
    const { kty, crv, x, y } = key
    expect(client).toMatchObject({
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256"
    })
    expect(client["jwks"]).toEqual({ keys: [{ kty, crv, x, y, kid: "a", alg: "ES256" }] })
    const client_id = String(client["client_id"])
    const code = (await new Browser(world).approve(authorizeUrl({ client_id }))).searchParams.get("code") ?? ""
    const send = (fields: object) => errorOf(world.handle(tokenRequest({ client_id, code, ...fields })))
    expect(await send({})).toEqual([401, "invalid_client"])
    const text = jws({ alg: "ES256", kid: "a" }, claims(client_id), pair.privateKey)
    expect((await send(asserted(text)))[0]).toBe(200)
  })

  it("that publishes keys has to use them unless it names another method, and the response says so", async () => {
    const jwks = { keys: [publicJwk(pair)] }
    expect(await given({ ...minimal, jwks })).toMatchObject({ token_endpoint_auth_method: "private_key_jwt", jwks })
    for (const token_endpoint_auth_method of ["none", "client_secret_basic"]) {
      const client = await given({ ...minimal, jwks, token_endpoint_auth_method })
      expect(client["token_endpoint_auth_method"]).toBe("none")
      expect(client).not.toHaveProperty("jwks")
    }
  })

  it("[DCR-11] names keys that are public, in one way, and nothing that lies within", async () => {
    const asked: Array<string> = []
    const transport: Transport = {
      fetch: ({ url }) =>
        Effect.sync(() => asked.push(url)).pipe(
          Effect.andThen(Effect.fail(new FetchRejected({ reason: "redirect", url })))
        )
    }
    const on = await makeWorld({ registration: { dynamic: {}, documents: { transport } } })
    const method = { ...minimal, token_endpoint_auth_method: "private_key_jwt" }
    const key = publicJwk(pair)
    const uri = "https://app.example.com/jwks.json"
    for (const members of [
      {},
      { jwks: { keys: [] } },
      { jwks: [] },
      { jwks: { keys: [key] }, jwks_uri: uri },
      { jwks: { keys: [pair.privateKey.export({ format: "jwk" })] } },
      { jwks: { keys: [{ kty: "oct", k: "c2VjcmV0" }] } },
      { jwks: { keys: [publicJwk(pair, { use: "enc" })] } },
      { jwks: { keys: [publicJwk(pair, { alg: "HS256" })] } },
      { jwks: { keys: [key] }, token_endpoint_auth_signing_alg: "RS256" },
      { jwks: { keys: [key] }, token_endpoint_auth_signing_alg: "none" },
      { jwks: { keys: [key] }, token_endpoint_auth_signing_alg: "HS256" },
      { jwks_uri: uri.replace("https:", "http:") },
      { jwks_uri: "http://127.0.0.1/jwks.json" },
      { jwks_uri: "https://127.0.0.1/jwks.json" },
      { jwks_uri: "https://localhost/jwks.json" },
      { jwks_uri: "https://10.0.0.1/jwks.json" },
      { jwks_uri: "https://169.254.169.254/jwks.json" },
      { jwks_uri: "https://[::1]/jwks.json" },
      { jwks_uri: "https://[::ffff:10.0.0.1]/jwks.json" },
      { jwks_uri: "javascript:alert(1)" }
    ]) {
      const answer = await errorOf(send({ ...method, ...members }, undefined, on))
      expect(answer, JSON.stringify(members)).toEqual([400, "invalid_client_metadata"])
    }
    expect((await send({ ...method, jwks_uri: uri }, undefined, on)).status).toBe(201)
    // Where no documents are fetched, no key sets are.
    expect(await refused({ ...method, jwks_uri: uri })).toEqual([400, "invalid_client_metadata"])
    expect(asked).toEqual([])
  })

  it("[DCR-14] does not exist where it is off", async () => {
    const other = await makeWorld({ registration: {} })
    expect((await send(minimal, "application/json", other)).status).toBe(404)
    const metadata = await other.handle(
      new Request("https://as.example.com/.well-known/oauth-authorization-server/tenant")
    )
    expect(await metadata.json()).not.toHaveProperty("registration_endpoint")
  })

  it("[DCR-16] keeps web clients off this computer, and lets native ones on", async () => {
    for (const redirect_uri of ["https://localhost/cb", "http://127.0.0.1/cb", "http://localhost:3000/cb"]) {
      const client = await given({ application_type: "native", redirect_uris: [redirect_uri] })
      expect(client["application_type"]).toBe("native")
    }
    for (const redirect_uri of [
      "http://localhost/cb",
      "http://127.0.0.1/cb",
      "https://localhost/cb",
      "com.example.app:/cb"
    ]) {
      expect(await refused({ application_type: "web", redirect_uris: [redirect_uri] })).toEqual([
        400,
        "invalid_redirect_uri"
      ])
    }
    expect(await refused({ ...minimal, application_type: "desktop" })).toEqual([400, "invalid_client_metadata"])
    expect(await given({ redirect_uris: ["http://127.0.0.1/cb"] })).toMatchObject({ application_type: "native" })
  })

  it("[DCR-18] offers no management of a client", async () => {
    const client = await given(minimal)
    expect(client).not.toHaveProperty("registration_client_uri")
    expect(client).not.toHaveProperty("registration_access_token")
  })

  it("[DCR-09] keeps a name fit for a page, and no URL that is none", async () => {
    const client = await given({
      ...minimal,
      client_name: "A\u202Eb\u200B\u0000\u001b[2J\nVerified",
      client_uri: "https://client.example.com/"
    })
    expect(client["client_name"]).toBe("Ab[2J Verified")
    expect(client["client_uri"]).toBe("https://client.example.com/")
    expect(await given({ ...minimal, client_name: "x".repeat(10_000) })).toMatchObject({ client_name: "x".repeat(100) })
    expect(await refused({ ...minimal, client_uri: "javascript:alert(1)" })).toEqual([400, "invalid_client_metadata"])
    expect(await refused({ ...minimal, scope: 'a"b' })).toEqual([400, "invalid_client_metadata"])
  })
})

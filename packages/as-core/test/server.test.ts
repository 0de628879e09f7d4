import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { asserted, claims, ec, jws, publicJwk } from "./assertion/signing.ts"
import {
  authorizeUrl,
  Browser,
  C2_SECRET_HASH,
  CALLBACK,
  errorOf,
  ISSUER,
  KEY,
  MAIL,
  makeWorld,
  NOTES,
  obtainCode,
  obtainTokens,
  redirectedErrorOf,
  refreshRequest,
  tokenRequest,
  type World
} from "./fixture.ts"

const METADATA = "https://as.example.com/.well-known/oauth-authorization-server/tenant"

const ALGORITHMS = ["ES256", "ES384", "ES512", "EdDSA", "Ed25519", "PS256", "RS256"]

const metadataOf = async (world: World): Promise<Record<string, unknown>> =>
  (await (await world.handle(new Request(METADATA))).json()) as Record<string, unknown>

const registration = (body: object = { redirect_uris: [CALLBACK] }) =>
  new Request(`${ISSUER}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body)
  })

describe("the metadata document", () => {
  it("[AS2] [AS5] says where everything is and what is served", async () => {
    const response = await (await makeWorld()).handle(new Request(METADATA))
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe("application/json")
    expect(response.headers.get("cache-control")).toBe("public, max-age=300")
    expect(response.headers.get("access-control-allow-origin")).toBe("*")
    expect(await response.json()).toEqual({
      issuer: "https://as.example.com/tenant",
      authorization_endpoint: "https://as.example.com/tenant/authorize",
      token_endpoint: "https://as.example.com/tenant/token",
      revocation_endpoint: "https://as.example.com/tenant/revoke",
      jwks_uri: "https://as.example.com/tenant/jwks",
      registration_endpoint: "https://as.example.com/tenant/register",
      scopes_supported: ["notes:read", "notes:write", "notes:admin", "mail:read"],
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
      token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
      revocation_endpoint_auth_methods_supported: [
        "none",
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt"
      ],
      revocation_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
      prompt_values_supported: ["none", "login", "consent", "select_account"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      protected_resources: [NOTES, MAIL]
    })
  })

  it("[AS2] is at every URL that a client may try for the issuer, with what OpenID Connect Discovery requires", async () => {
    const world = await makeWorld()
    const documents = await Promise.all(
      [
        METADATA,
        "https://as.example.com/.well-known/openid-configuration/tenant",
        `${ISSUER}/.well-known/openid-configuration`
      ].map(async (url) => {
        const response = await world.handle(new Request(url))
        expect([url, response.status, response.headers.get("access-control-allow-origin")]).toEqual([url, 200, "*"])
        return response.json() as Promise<Record<string, unknown>>
      })
    )
    for (const document of documents) expect(document).toEqual(documents[0])
    // OpenID Connect Discovery section 3, and no word of OpenID itself: no ID token is issued.
    for (const member of [
      "issuer",
      "authorization_endpoint",
      "token_endpoint",
      "jwks_uri",
      "response_types_supported",
      "subject_types_supported",
      "id_token_signing_alg_values_supported"
    ]) {
      expect(documents[0]).toHaveProperty(member)
    }
    expect(documents[0]?.["scopes_supported"]).not.toContain("openid")
    const elsewhere = await world.handle(
      new Request("https://as.example.com/tenant/.well-known/oauth-authorization-server")
    )
    expect(elsewhere.status).toBe(404)
  })

  it("[ASM-19] is in step with the configuration", async () => {
    const clients = [
      {
        clientId: "rs",
        name: "Notes server",
        redirectUris: [],
        grantTypes: ["client_credentials" as const],
        tokenEndpointAuthMethod: "client_secret_basic" as const,
        secretHash: C2_SECRET_HASH
      }
    ]
    const metadata = await metadataOf(
      await makeWorld({
        clients,
        registration: {},
        tokenEndpointAuthMethods: ["client_secret_basic"],
        introspection: [{ clientId: "rs", resources: [NOTES] }],
        dpop: { algorithms: ["ES256"] }
      })
    )
    expect(metadata).toMatchObject({
      grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
      revocation_endpoint_auth_methods_supported: ["client_secret_basic"],
      introspection_endpoint: "https://as.example.com/tenant/introspect",
      introspection_endpoint_auth_methods_supported: ["client_secret_basic"],
      dpop_signing_alg_values_supported: ["ES256"]
    })
    expect(
      Object.keys(metadata).filter((member) => /auth_signing_alg|registration|client_id_meta/.test(member))
    ).toEqual([])
    const keyed = await metadataOf(
      await makeWorld({
        clients,
        introspection: [{ clientId: "rs", resources: [NOTES] }],
        registration: { documents: { transport: { fetch: () => Effect.never } } }
      })
    )
    expect(keyed).toMatchObject({
      client_id_metadata_document_supported: true,
      introspection_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
      introspection_endpoint_auth_signing_alg_values_supported: ALGORITHMS
    })
  })

  it("[ASM-18] comes from the configuration, whatever host a request names", async () => {
    const world = await makeWorld()
    const usual = await metadataOf(world)
    const request = new Request(METADATA.replace("as.example.com", "evil.com"), {
      headers: { "x-forwarded-host": "evil.com", "x-forwarded-proto": "http", forwarded: "host=evil.com;proto=http" }
    })
    expect(await (await world.handle(request)).json()).toEqual(usual)
    const redirected = await redirectedErrorOf(
      world,
      authorizeUrl({ scope: "x" }).replace("as.example.com", "evil.com")
    )
    expect(redirected).toMatchObject({ iss: ISSUER })
  })

  it("[ASM-19] advertises what works, and what is not advertised is refused", async () => {
    const world = await makeWorld()
    const metadata = await metadataOf(world)
    for (const [member, method] of [
      ["authorization_endpoint", "GET"],
      ["jwks_uri", "GET"],
      ["token_endpoint", "POST"],
      ["registration_endpoint", "POST"]
    ] as const) {
      const { status } = await world.handle(new Request(String(metadata[member]), { method }))
      expect([member, [404, 405].includes(status)]).toEqual([member, false])
    }
    const grants = ["authorization_code", "refresh_token", "client_credentials", "password", "implicit"]
    const works: Record<string, boolean> = {}
    const tokens = await obtainTokens(world)
    for (const grant_type of grants) {
      const code = await obtainCode(world)
      const refresh_token = grant_type === "refresh_token" ? tokens.refresh_token : undefined
      works[grant_type] = (await world.handle(tokenRequest({ grant_type, code, refresh_token }))).status === 200
    }
    expect(grants.filter((grant) => works[grant])).toEqual(metadata["grant_types_supported"])
    const accepted = async (fields: Parameters<typeof authorizeUrl>[0]) =>
      (await world.handle(new Request(authorizeUrl(fields)))).status === 200
    const all = async (name: string, values: ReadonlyArray<string>) => {
      const results = await Promise.all(values.map((value) => accepted({ [name]: value })))
      return values.filter((_, index) => results[index])
    }
    expect(await all("code_challenge_method", ["S256", "plain", "S512"])).toEqual(
      metadata["code_challenge_methods_supported"]
    )
    expect(await all("response_type", ["code", "token", "id_token"])).toEqual(metadata["response_types_supported"])
    expect(await all("response_mode", ["query", "fragment", "form_post"])).toEqual(metadata["response_modes_supported"])
    const methods = [
      "none",
      "client_secret_basic",
      "client_secret_post",
      "private_key_jwt",
      "client_secret_jwt"
    ] as const
    const pair = ec()
    const served: Array<string> = []
    for (const method of methods) {
      const secret = method === "client_secret_basic" || method === "client_secret_post"
      const client = {
        clientId: "c1",
        name: "One",
        redirectUris: [CALLBACK],
        tokenEndpointAuthMethod: secret || method === "private_key_jwt" ? method : "none",
        ...(method === "private_key_jwt" && { jwks: { keys: [publicJwk(pair)] } }),
        ...(secret && { secretHash: "i084lAmKEVst-0cv1qabXmSjBPrQCKWWFMDHwe229vk" })
      } as const
      const one = await makeWorld({ clients: [client] })
      const authorization = { authorization: `Basic ${btoa("c1:s3cret-of-c2")}` }
      const code = await obtainCode(one)
      const request =
        method === "client_secret_basic"
          ? tokenRequest({ code, client_id: undefined }, authorization)
          : tokenRequest({
              code,
              client_secret: method === "client_secret_post" ? "s3cret-of-c2" : undefined,
              ...(method.endsWith("_jwt") && asserted(jws({ alg: "ES256" }, claims("c1"), pair.privateKey)))
            })
      if ((await one.handle(request)).status === 200) served.push(method)
    }
    expect(served).toEqual(metadata["token_endpoint_auth_methods_supported"])
    const closed = await makeWorld({ registration: {} })
    expect(await metadataOf(closed)).not.toHaveProperty("registration_endpoint")
    expect((await closed.handle(registration())).status).toBe(404)
  })

  it("of an issuer without a path stands at the root, and its endpoints below it", async () => {
    for (const issuer of ["https://as.example.com", "https://as.example.com/"]) {
      const world = await makeWorld({ issuer })
      for (const name of ["oauth-authorization-server", "openid-configuration"]) {
        const response = await world.handle(new Request(`https://as.example.com/.well-known/${name}`))
        expect(await response.json()).toMatchObject({ issuer, token_endpoint: "https://as.example.com/token" })
      }
      expect(world.server.issuer).toBe(issuer)
      const answer = await redirectedErrorOf(world, authorizeUrl({ scope: "x" }, "https://as.example.com"))
      expect(answer).toMatchObject({ iss: issuer })
    }
  })
})

describe("the key set", () => {
  it("[JWK-17] has public members only, each key with its id, algorithm and use", async () => {
    const response = await (await makeWorld()).handle(new Request(`${ISSUER}/jwks`))
    expect(response.headers.get("content-type")).toBe("application/jwk-set+json")
    const { kty, crv, x, y } = KEY.privateKey
    expect(await response.json()).toEqual({ keys: [{ kty, crv, x, y, kid: "k1", alg: "ES256", use: "sig" }] })
  })
})

describe("the routes", () => {
  it("know one method each: another is 405, another path 404", async () => {
    const world = await makeWorld()
    for (const [method, path, allow] of [
      ["POST", "authorize", "GET"],
      ["GET", "login", "POST"],
      ["GET", "consent", "POST"],
      ["GET", "token", "POST"],
      ["DELETE", "register", "POST"],
      ["HEAD", "authorize", "GET"],
      ["HEAD", "token", "POST"],
      ["GET", "revoke", "POST"],
      ["POST", "jwks", "GET, HEAD"]
    ] as const) {
      const response = await world.handle(new Request(`${ISSUER}/${path}`, { method }))
      expect([response.status, response.headers.get("allow")]).toEqual([405, allow])
    }
    for (const url of [
      "https://as.example.com/token",
      `${ISSUER}/token/`,
      `${ISSUER}/Token`,
      "https://as.example.com/.well-known/openid-configuration",
      `${ISSUER}/introspect`,
      ISSUER
    ]) {
      expect((await world.handle(new Request(url))).status).toBe(404)
    }
  })

  it("answer HEAD for the documents as GET, without the document", async () => {
    const world = await makeWorld()
    for (const url of [METADATA, `${ISSUER}/jwks`]) {
      const [get, head] = [
        await world.handle(new Request(url)),
        await world.handle(new Request(url, { method: "HEAD" }))
      ]
      expect([head.status, [...head.headers]]).toEqual([200, [...get.headers]])
      expect(await head.text()).toBe("")
    }
  })

  it("[CNS-17] let no web page read the authorization endpoint", async () => {
    const world = await makeWorld()
    const headers = { origin: "https://app.example", "access-control-request-method": "GET" }
    for (const path of ["authorize", "interaction", "login", "consent"]) {
      for (const method of ["OPTIONS", "GET", "POST"]) {
        const url = path === "authorize" ? authorizeUrl() : `${ISSUER}/${path}`
        const response = await world.handle(new Request(url, { method, headers }))
        const names = [...response.headers.keys()].filter((name) => name.startsWith("access-control-"))
        expect([path, method, names]).toEqual([path, method, []])
      }
    }
  })

  it("[TLS-03] tell the browser to come by https alone, where the issuer does, in every answer", async () => {
    const world = await makeWorld()
    for (const request of [
      new Request(METADATA),
      new Request(authorizeUrl()),
      new Request(authorizeUrl({ scope: "x" })),
      new Request(`${ISSUER}/nowhere`),
      new Request(`${ISSUER}/token`, { method: "OPTIONS" }),
      tokenRequest({ code: "x" })
    ]) {
      const response = await world.handle(request)
      expect(response.headers.get("strict-transport-security")).toBe("max-age=31536000")
    }
    const loopback = await makeWorld({ issuer: "http://127.0.0.1:9000" })
    const plain = await loopback.handle(new Request("http://127.0.0.1:9000/jwks"))
    expect([plain.status, plain.headers.has("strict-transport-security")]).toEqual([200, false])
  })

  it("let every web page use the others without credentials", async () => {
    const world = await makeWorld()
    for (const url of [METADATA, ...["jwks", "token", "register", "revoke"].map((path) => `${ISSUER}/${path}`)]) {
      for (const method of ["OPTIONS", "GET", "POST"]) {
        const response = await world.handle(new Request(url, { method, headers: { origin: "https://app.example" } }))
        expect(response.headers.get("access-control-allow-origin")).toBe("*")
        expect(response.headers.has("access-control-allow-credentials")).toBe(false)
      }
    }
  })
})

describe("when the world is wrong", () => {
  it("[CON-10] every endpoint that needs the store says so and when to come back, and works again afterwards", async () => {
    const world = await makeWorld()
    const browser = new Browser(world)
    const consent = await browser.openConsent(authorizeUrl())
    const newcomer = new Browser(world)
    const signIn = await newcomer.facts(newcomer.get(authorizeUrl()))
    const code = await obtainCode(world)
    const tokens = await obtainTokens(world)
    world.store.mode = "failed"
    const answers = [
      await browser.get(authorizeUrl()),
      await browser.get(authorizeUrl({ client_id: "unknown" })),
      await browser.submit(consent, { decision: "approve", scope: "notes:read" }),
      await browser.get(`${ISSUER}/interaction?interaction=x`),
      await newcomer.submit(signIn, { username: "ada", password: "ada's password" }),
      await world.handle(tokenRequest({ code })),
      await world.handle(refreshRequest(tokens.refresh_token)),
      await world.handle(registration())
    ]
    for (const response of answers) {
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"])
      expect(response.headers.has("location")).toBe(false)
      expect(await response.text()).not.toMatch(/SELECT|secret|token":/)
    }
    expect(world.events).toContainEqual({ event: "unavailable", detail: "the store failed at findCode" })
    expect(world.events.filter(({ event }) => event === "unavailable")).toHaveLength(answers.length)
    world.store.mode = "works"
    expect((await browser.submit(consent, { decision: "approve", scope: "notes:read" })).status).toBe(303)
    expect((await world.handle(tokenRequest({ code }))).status).toBe(200)
    expect((await world.handle(refreshRequest(tokens.refresh_token))).status).toBe(200)
  })

  it("the directory of people is treated alike", async () => {
    const world = await makeWorld()
    const browser = new Browser(world)
    const facts = await browser.facts(browser.get(authorizeUrl()))
    const code = await obtainCode(world)
    world.people.mode = "failed"
    const signIn = await browser.submit(facts, { username: "ada", password: "ada's password" })
    const token = await world.handle(tokenRequest({ code }))
    expect([signIn.status, token.status]).toEqual([503, 503])
    expect(world.events).toEqual([
      { event: "unavailable", detail: "the directory of people failed at authenticate" },
      { event: "unavailable", detail: "the directory of people failed at find" }
    ])
    world.people.mode = "works"
    expect((await world.handle(tokenRequest({ code }))).status).toBe(200)
  })
})

describe("when we are wrong", () => {
  it("[LOG-04] the peer learns that and nothing else, and the operator is told", async () => {
    const world = await makeWorld()
    const browser = new Browser(world)
    const consent = await browser.openConsent(authorizeUrl())
    world.store.mode = "broken"
    expect(await errorOf(world.handle(tokenRequest({ code: "x" })))).toEqual([500, "server_error"])
    expect(await errorOf(world.handle(registration()))).toEqual([500, "server_error"])
    const authorized = await browser.get(authorizeUrl())
    expect(authorized.status).toBe(303)
    expect(Object.fromEntries(new URL(authorized.headers.get("location") ?? "").searchParams)).toEqual({
      error: "server_error",
      state: "st-1",
      iss: ISSUER
    })
    const unknown = await browser.get(authorizeUrl({ client_id: "unknown" }))
    const decided = await browser.submit(consent, { decision: "approve", scope: "notes:read" })
    for (const response of [unknown, decided]) {
      expect(response.status).toBe(500)
      expect(response.headers.get("x-frame-options")).toBe("DENY")
      expect(await response.text()).toBe(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Something went wrong</title><h1>Something went wrong</h1></html>'
      )
    }
    expect(world.events.map(({ event }) => event)).toEqual(Array(5).fill("defect"))
    expect(JSON.stringify(world.events)).not.toMatch(/SELECT|secret|path/)
  })

  it("a page that cannot be rendered is one of these, and a listener that throws changes nothing", async () => {
    const thrown = () => {
      throw new Error("template at /srv/pages")
    }
    const world = await makeWorld({ pages: { signIn: thrown, consent: thrown, error: thrown }, onEvent: thrown })
    const response = await world.handle(new Request(authorizeUrl({ client_id: "unknown" })))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain("/srv/pages")
    expect((await world.handle(registration())).status).toBe(201)
  })
})

describe("what the operator is told", () => {
  it("never holds a code, a token, a cookie, a state or a token of a form", async () => {
    const world = await makeWorld()
    const browser = new Browser(world)
    const facts = await browser.facts(browser.get(authorizeUrl()))
    await browser.submit(facts, { username: "ada", password: "wrong-password" })
    await world.handle(registration())
    const code = await obtainCode(world)
    const first = (await (await world.handle(tokenRequest({ code }))).json()) as { refresh_token: string }
    await world.handle(tokenRequest({ code }))
    const second = await obtainTokens(world)
    await world.handle(refreshRequest(second.refresh_token))
    world.now += 60
    await world.handle(refreshRequest(second.refresh_token))
    expect(world.events.map(({ event }) => event)).toEqual([
      "sign-in-failed",
      "client-registered",
      "code-replayed",
      "refresh-token-replayed"
    ])
    const told = JSON.stringify(world.events)
    for (const secret of [
      code,
      first.refresh_token,
      second.refresh_token,
      "st-1",
      "wrong-password",
      "ada",
      browser.cookie
    ]) {
      expect(secret).toBeTruthy()
      expect(told).not.toContain(secret)
    }
  })
})

describe("the Promise face", () => {
  it("answers requests, rejects with the wrong option, and stops when told", async () => {
    const { createAuthorizationServer, ConfigurationInvalid } = await import("@postern/as-core/promise")
    const { makeMemoryStore } = await import("./memory-store.ts")
    const options = {
      issuer: ISSUER,
      resources: [{ resource: NOTES, scopes: { "notes:read": { description: "Read" } } }],
      store: makeMemoryStore(),
      keys: [KEY],
      people: { authenticate: () => Effect.succeed(undefined), find: () => Effect.succeed(undefined) },
      pages: { signIn: () => "sign in", consent: () => "consent", error: () => "error" }
    }
    const server = await createAuthorizationServer(options)
    expect(server.issuer).toBe(ISSUER)
    expect((await server.handle(new Request(METADATA))).status).toBe(200)
    expect(await (await server.handle(new Request(authorizeUrl()))).text()).toBe("error")
    const wrong = createAuthorizationServer({ ...options, issuer: "http://as.example.com" })
    await expect(wrong).rejects.toBeInstanceOf(ConfigurationInvalid)
    await expect(wrong).rejects.toMatchObject({ key: "issuer", spec: "OAuth 2.1 section 1.5" })
    expect(await server.removeExpired()).toMatchObject({ _tag: "Success", success: 0 })
    expect(await server.isRevoked("of-no-grant")).toMatchObject({ _tag: "Success", success: false })
    expect(server.keyRing).toBeUndefined()
    const reason = new Error("no longer wanted")
    const stopping = new AbortController()
    const keeping = server.keepHouse({ signal: stopping.signal })
    stopping.abort(reason)
    await expect(keeping).rejects.toBe(reason)
    const body = new ReadableStream({ pull: () => new Promise<void>(() => undefined) })
    const slow = new Request(`${ISSUER}/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body,
      duplex: "half"
    } as RequestInit)
    const controller = new AbortController()
    const answer = server.handle(slow, { signal: controller.signal })
    controller.abort(reason)
    await expect(answer).rejects.toBe(reason)
  })
})

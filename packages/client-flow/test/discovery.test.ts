import { explain } from "@postern/client-flow"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import {
  ASM_URL,
  call,
  failure,
  ISSUER,
  json,
  makeWorld,
  PRM_URL,
  REGISTER_URL,
  RESOURCE,
  resourceMetadata,
  ROOT_PRM_URL,
  serverMetadata,
  TOKEN_URL,
  unauthorized
} from "./world.ts"

describe("protected resource metadata", () => {
  it("[PRM-12] [CL2] follows the URL of the challenge and no other; without one the path's document, then the root's", async () => {
    const named = makeWorld()
    const custom = "https://mcp.example.com/custom/location.json"
    named.routes.set(custom, () => json(resourceMetadata()))
    named.routes.set(RESOURCE, () => unauthorized(`resource_metadata="${custom}"`))
    await failure(named.client().fetch(RESOURCE, call()))
    expect(named.urls().slice(0, 3)).toEqual([RESOURCE, custom, ASM_URL])

    const path = makeWorld()
    path.routes.set(RESOURCE, () => unauthorized(""))
    await failure(path.client().fetch(RESOURCE, call()))
    expect(path.urls().slice(0, 3)).toEqual([RESOURCE, PRM_URL, ASM_URL])

    const root = makeWorld()
    root.routes.set(RESOURCE, () => unauthorized(""))
    root.routes.delete(PRM_URL)
    root.routes.set(ROOT_PRM_URL, () => json(resourceMetadata({ resource: "https://mcp.example.com" })))
    await failure(root.client().fetch(RESOURCE, call()))
    expect(root.urls().slice(0, 4)).toEqual([RESOURCE, PRM_URL, ROOT_PRM_URL, ASM_URL])
  })

  it("refuses a server that publishes nothing, and names where it looked", async () => {
    const world = makeWorld()
    world.routes.set(RESOURCE, () => unauthorized(""))
    world.routes.delete(PRM_URL)
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({
      _tag: "ResourceMetadataNotFound",
      resource: RESOURCE,
      tried: [
        { url: PRM_URL, outcome: "not-found", status: 404 },
        { url: ROOT_PRM_URL, outcome: "not-found", status: 404 }
      ]
    })
    expect(world.urls()).toEqual([RESOURCE, PRM_URL, ROOT_PRM_URL])
  })

  it("[PRM-01] refuses metadata at another origin", async () => {
    const world = makeWorld()
    const evil = "https://evil.com/prm"
    world.routes.set(evil, () => json(resourceMetadata({ authorization_servers: ["https://evil.com"] })))
    world.routes.set(RESOURCE, () => unauthorized(`resource_metadata="${evil}"`))
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "MetadataUrlForbidden", reason: "other-origin" })
    expect(world.urls()).toEqual([RESOURCE])
  })

  it("takes metadata from another origin under an exception, if it names the issuer of the exception", async () => {
    const elsewhere = "https://docs.example.com/prm"
    const relax = [{ issuer: ISSUER, allow: "metadata-other-origin", reason: "hosted documents" }] as const
    const world = makeWorld()
    world.routes.set(elsewhere, () => json(resourceMetadata()))
    world.routes.set(RESOURCE, ({ headers }) =>
      headers.has("authorization") ? json({}) : unauthorized(`resource_metadata="${elsewhere}"`)
    )
    const response = await Effect.runPromise(world.client({ relax }).fetch(RESOURCE, call()))
    expect(response.status).toBe(200)
    expect(world.events).toContainEqual({
      _tag: "ExceptionUsed",
      issuer: ISSUER,
      allow: "metadata-other-origin",
      reason: "hosted documents"
    })

    world.routes.set(elsewhere, () => json(resourceMetadata({ authorization_servers: ["https://evil.example"] })))
    const error = await failure(
      world
        .client({ relax })
        .authorize({ resource: RESOURCE, challenge: { scheme: "bearer", resourceMetadata: elsewhere, unquoted: [] } })
    )
    expect(error).toMatchObject({ _tag: "MetadataUrlForbidden", reason: "issuer-not-named" })
    expect(world.urls().filter((url) => url.startsWith("https://evil.example"))).toEqual([])
  })

  it("[PRM-02] refuses metadata of another resource and does not contact the authorization server", async () => {
    const world = makeWorld()
    world.routes.set(PRM_URL, () => json(resourceMetadata({ resource: "https://other.example.com/mcp" })))
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({
      _tag: "ResourceMismatch",
      expected: RESOURCE,
      received: "https://other.example.com/mcp"
    })
    expect(world.urls()).toEqual([RESOURCE, PRM_URL])
  })

  it.each([
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:application/json,{}",
    "ftp://x",
    "//evil",
    "/relative",
    "https://",
    "https://a b",
    "https://u:p@host/"
  ])("[WWA-08] refuses the metadata URL %s without a request", async (url) => {
    const world = makeWorld()
    world.routes.set(RESOURCE, () => unauthorized(`resource_metadata="${url}"`))
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "MetadataUrlForbidden" })
    expect(world.urls()).toEqual([RESOURCE])
    expect(world.visits).toEqual([])
  })

  it("refuses a metadata URL without TLS", async () => {
    const world = makeWorld()
    world.routes.set(RESOURCE, () => unauthorized(`resource_metadata="http://mcp.example.com/prm"`))
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "MetadataUrlForbidden", reason: "transport-insecure" })
  })

  it.each([
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "https://[fd00::1]/",
    "https://127.0.0.1:6379/",
    "https://0x7f000001/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::a9fe:a9fe]/"
  ])("[PRM-05] does not fetch metadata from %s", async (url) => {
    const world = makeWorld()
    world.routes.set(RESOURCE, () => unauthorized(`resource_metadata="${url}"`))
    // Even where other origins are allowed, private addresses are not.
    const relax = [{ issuer: ISSUER, allow: "metadata-other-origin", reason: "test" }] as const
    const error = await failure(world.client({ relax }).fetch(RESOURCE, call()))
    expect(["MetadataUrlForbidden", "FetchRejected"]).toContain(error._tag)
    expect(world.urls()).toEqual([RESOURCE])
  })

  it.each([
    ["missing", undefined],
    ["an empty list", []],
    ["a string", "https://as"],
    ["a number in the list", [1]],
    ["http", ["http://as.example.com"]],
    ["javascript", ["javascript:alert(1)"]],
    ["a query", ["https://as.example.com?x=1"]],
    ["a fragment", ["https://as.example.com#f"]],
    ["user information", ["https://u:p@as.example.com"]]
  ])("[PRM-09] refuses authorization_servers: %s", async (_, authorization_servers) => {
    const world = makeWorld()
    world.routes.set(PRM_URL, () => json(resourceMetadata({ authorization_servers })))
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "MetadataMalformed", document: "protected resource metadata" })
    expect(world.urls()).toEqual([RESOURCE, PRM_URL])
  })

  it("[PRM-11] ends where a server is down or unreachable, and never falls back to something weaker", async () => {
    const relax = [{ issuer: "https://mcp.example.com", allow: "legacy-2025-03-26", reason: "old server" }] as const
    const answers = [
      () => new Response("", { status: 500 }),
      () => new Response("", { status: 503 }),
      () => Promise.reject(new TypeError("down")),
      () => new Promise<Response>(() => undefined)
    ]
    for (const answer of answers) {
      const world = makeWorld()
      world.routes.set(RESOURCE, () => unauthorized(""))
      world.routes.delete(PRM_URL)
      world.routes.set(ROOT_PRM_URL, answer)
      const transport = makeTransport({ fetch: world.fetch, bounds: { timeoutMillis: 2000 } })
      const error = await failure(world.client({ relax, transport }).fetch(RESOURCE, call()))
      expect(["ServerUnavailable", "TransportFailed"]).toContain(error._tag)
      expect(world.urls()).toEqual([RESOURCE, PRM_URL, ROOT_PRM_URL])
    }
  })

  it("takes the origin of a server without metadata for its authorization server only under an exception", async () => {
    const issuer = "https://mcp.example.com"
    const world = makeWorld()
    world.routes.delete(PRM_URL)
    world.routes.set(RESOURCE, ({ headers }) => (headers.has("authorization") ? json({}) : unauthorized("")))
    world.routes.set(`${issuer}/.well-known/oauth-authorization-server`, () => json(serverMetadata({}, issuer)))
    world.routes.set(`${issuer}/register`, ({ body }) => json({ ...JSON.parse(body), client_id: "legacy" }, 201))
    world.routes.set(`${issuer}/token`, () => json({ access_token: "legacy-token", token_type: "Bearer" }))
    world.answer = ({ parameters, redirectUri }) =>
      `${redirectUri}?code=c&state=${parameters.get("state")}&iss=${encodeURIComponent(issuer)}`
    const relax = [{ issuer, allow: "legacy-2025-03-26", reason: "old server" }] as const
    const response = await Effect.runPromise(world.client({ relax }).fetch(RESOURCE, call()))
    expect(response.status).toBe(200)
    expect(world.visits[0]?.parameters.get("resource")).toBe(RESOURCE)
  })

  it("[PRM-11] takes the endpoints of MCP 2025-03-26 where such a server says nowhere what its endpoints are, and is not down", async () => {
    const issuer = "https://mcp.example.com"
    const relax = [{ issuer, allow: "legacy-2025-03-26", reason: "old server" }] as const
    const legacyWorld = () => {
      const world = makeWorld()
      world.routes.delete(PRM_URL)
      world.routes.set(RESOURCE, ({ headers }) => (headers.has("authorization") ? json({}) : unauthorized("")))
      world.routes.set(`${issuer}/register`, ({ body }) => json({ ...JSON.parse(body), client_id: "legacy" }, 201))
      world.routes.set(`${issuer}/token`, () => json({ access_token: "legacy-token", token_type: "Bearer" }))
      world.answer = ({ parameters, redirectUri }) => `${redirectUri}?code=c&state=${parameters.get("state")}`
      return world
    }
    const world = legacyWorld()
    expect((await Effect.runPromise(world.client({ relax }).fetch(RESOURCE, call()))).status).toBe(200)
    expect(world.visits.map(({ url }) => url.origin + url.pathname)).toEqual(["https://mcp.example.com/authorize"])
    expect(world.visits[0]?.parameters.get("code_challenge_method")).toBe("S256")

    const down = legacyWorld()
    down.routes.set(`${issuer}/.well-known/oauth-authorization-server`, () => new Response("", { status: 503 }))
    expect(await failure(down.client({ relax }).fetch(RESOURCE, call()))).toMatchObject({ _tag: "ServerUnavailable" })

    // A server that is named has to say what its endpoints are.
    const named = makeWorld()
    named.routes.delete(ASM_URL)
    const both = [...relax, { issuer: ISSUER, allow: "legacy-2025-03-26", reason: "old server" } as const]
    expect(await failure(named.client({ relax: both }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ServerMetadataNotFound"
    })
  })

  it("[PRM-13] does not look into signed_metadata", async () => {
    const world = makeWorld()
    const payload = btoa(JSON.stringify({ authorization_servers: ["https://evil.example"] }))
    world.routes.set(PRM_URL, () => json(resourceMetadata({ signed_metadata: `e30.${payload}.` })))
    await Effect.runPromise(world.client().fetch(RESOURCE, call()))
    expect(world.urls().filter((url) => url.includes("evil"))).toEqual([])
    expect(world.urls()).toContain(ASM_URL)
  })

  it("prefers, of several servers, one for which a client id is configured", async () => {
    const world = makeWorld()
    world.routes.set(PRM_URL, () =>
      json(resourceMetadata({ authorization_servers: ["https://first.example", ISSUER] }))
    )
    await Effect.runPromise(
      world.client({ registrations: [{ issuer: ISSUER, clientId: "mine" }] }).fetch(RESOURCE, call())
    )
    expect(world.urls().filter((url) => url.startsWith("https://first.example"))).toEqual([])
    expect(world.visits[0]?.parameters.get("client_id")).toBe("mine")
  })
})

describe("authorization server metadata", () => {
  it("[ASM-03] [CL4] [CL5] tries the places of MCP in order, with and without a path, and stops at the first document", async () => {
    const issuer = "https://as.example.com/tenant1"
    const path = makeWorld()
    path.routes.set(PRM_URL, () => json(resourceMetadata({ authorization_servers: [issuer] })))
    const error = await failure(path.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "ServerMetadataNotFound", issuer })
    expect(path.urls().slice(2)).toEqual([
      "https://as.example.com/.well-known/oauth-authorization-server/tenant1",
      "https://as.example.com/.well-known/openid-configuration/tenant1",
      "https://as.example.com/tenant1/.well-known/openid-configuration"
    ])

    const root = makeWorld()
    root.routes.delete(ASM_URL)
    root.routes.set("https://as.example.com/.well-known/openid-configuration", () => json(serverMetadata()))
    await Effect.runPromise(root.client().fetch(RESOURCE, call()))
    expect(root.urls().slice(2, 5)).toEqual([
      "https://as.example.com/.well-known/oauth-authorization-server",
      "https://as.example.com/.well-known/openid-configuration",
      "https://as.example.com/register"
    ])
  })

  it.each([
    "https://honest.example",
    undefined,
    "https://as.example.com/",
    "https://AS.example.com",
    "https://as.example.com:443"
  ])("[ASM-01] [CL6] refuses a document whose issuer is %s", async (issuer) => {
    const world = makeWorld()
    world.routes.set(ASM_URL, () => json({ ...serverMetadata(), issuer }))
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(["IssuerMismatch", "MetadataMalformed"]).toContain(error._tag)
    expect(world.urls()).toEqual([RESOURCE, PRM_URL, ASM_URL])
    expect(world.visits).toEqual([])
  })

  it("lets an issuer differ by a slash at its end under an exception, and compares iss with what the document says", async () => {
    const world = makeWorld()
    world.routes.set(ASM_URL, () => json({ ...serverMetadata(), issuer: "https://as.example.com/" }))
    const relax = [{ issuer: ISSUER, allow: "issuer-trailing-slash", reason: "Auth0" }] as const
    const error = await failure(world.client({ relax }).fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "AuthorizationIssuerMismatch", expected: "https://as.example.com/" })
    world.answer = ({ parameters, redirectUri }) =>
      `${redirectUri}?code=c&state=${parameters.get("state")}&iss=https%3A%2F%2Fas.example.com%2F`
    expect((await Effect.runPromise(world.client({ relax }).fetch(RESOURCE, call()))).status).toBe(200)
  })

  it.each([
    "javascript:alert(document.domain)//",
    "JaVaScRiPt:alert(1)",
    " \tjavascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///c:/windows/system32/calc.exe",
    "blob:https://as.example.com/1",
    "ms-msdt:/id",
    "search-ms:query=x",
    "smb://h",
    "about:blank",
    "view-source:https://x",
    "intent://x"
  ])("[ASM-04] never opens %s", async (authorization_endpoint) => {
    const world = makeWorld()
    world.routes.set(ASM_URL, () => json(serverMetadata({ authorization_endpoint })))
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({ _tag: "MetadataMalformed" })
    expect(world.visits).toEqual([])
  })

  it.each(["--version", "-a Calculator", "--upload-pack=evil"])(
    "[ASM-06] never opens %s",
    async (authorization_endpoint) => {
      const world = makeWorld()
      world.routes.set(ASM_URL, () => json(serverMetadata({ authorization_endpoint })))
      expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({ _tag: "MetadataMalformed" })
      expect(world.visits).toEqual([])
    }
  )

  it.each(["http://as.example.com/token", "http://10.0.0.5/", "//x", "token"])(
    "[ASM-07] refuses %s as an endpoint before anything is sent",
    async (endpoint) => {
      for (const member of ["token_endpoint", "registration_endpoint", "revocation_endpoint"]) {
        const world = makeWorld()
        world.routes.set(ASM_URL, () => json(serverMetadata({ [member]: endpoint })))
        expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({ _tag: "MetadataMalformed" })
        expect(world.urls()).toEqual([RESOURCE, PRM_URL, ASM_URL])
      }
    }
  )

  it("[ASM-08] refuses endpoints at another origin than the issuer's", async () => {
    const members = {
      authorization_endpoint: "https://accounts.google.com/o/oauth2",
      token_endpoint: "https://evil.com/t"
    }
    for (const [member, endpoint] of Object.entries(members)) {
      const world = makeWorld()
      world.routes.set(ASM_URL, () => json(serverMetadata({ [member]: endpoint })))
      const error = await failure(world.client().fetch(RESOURCE, call()))
      expect(error).toMatchObject({ _tag: "EndpointForbidden", member, origin: new URL(endpoint).origin })
      expect(world.urls()).toEqual([RESOURCE, PRM_URL, ASM_URL])
      expect(world.visits).toEqual([])
    }
  })

  it("takes endpoints at another origin under an exception, and says so", async () => {
    const world = makeWorld()
    world.routes.set(ASM_URL, () => json(serverMetadata({ token_endpoint: "https://tokens.example.com/t" })))
    world.routes.set("https://tokens.example.com/t", () => {
      world.issued.push("elsewhere")
      return json({ access_token: "elsewhere", token_type: "Bearer" })
    })
    const relax = [{ issuer: ISSUER, allow: "endpoint-other-origin", reason: "split hosts" }] as const
    expect((await Effect.runPromise(world.client({ relax }).fetch(RESOURCE, call()))).status).toBe(200)
    expect(world.events).toContainEqual({
      _tag: "ExceptionUsed",
      issuer: ISSUER,
      allow: "endpoint-other-origin",
      reason: "split hosts"
    })
  })

  it.each([undefined, [], ["plain"], "S256", ["s256"]])(
    "[ASM-09] [CL19] makes no authorization request where code_challenge_methods_supported is %j",
    async (code_challenge_methods_supported) => {
      for (const place of [ASM_URL, "https://as.example.com/.well-known/openid-configuration"]) {
        const world = makeWorld()
        world.routes.delete(ASM_URL)
        world.routes.set(place, () => json(serverMetadata({ code_challenge_methods_supported })))
        const error = await failure(world.client().fetch(RESOURCE, call()))
        expect(["PkceUnsupported", "MetadataMalformed"]).toContain(error._tag)
        expect(world.visits).toEqual([])
        expect(world.requestsTo(REGISTER_URL)).toEqual([])
      }
    }
  )

  it("trusts a server that says nothing about PKCE under an exception, but not one that denies S256", async () => {
    const relax = [{ issuer: ISSUER, allow: "pkce-metadata-absent", reason: "Entra" }] as const
    const silent = makeWorld()
    silent.routes.set(ASM_URL, () => json(serverMetadata({ code_challenge_methods_supported: undefined })))
    expect((await Effect.runPromise(silent.client({ relax }).fetch(RESOURCE, call()))).status).toBe(200)
    expect(silent.visits[0]?.parameters.get("code_challenge_method")).toBe("S256")

    const denying = makeWorld()
    denying.routes.set(ASM_URL, () => json(serverMetadata({ code_challenge_methods_supported: ["plain"] })))
    expect(await failure(denying.client({ relax }).fetch(RESOURCE, call()))).toMatchObject({ _tag: "PkceUnsupported" })
  })

  it("[ASM-10] refuses a server without the code grant", async () => {
    const members = [
      [{ response_types_supported: ["token", "id_token"] }, { expected: "code", received: "token id_token" }],
      [{ grant_types_supported: ["implicit"] }, { expected: "authorization_code", received: "implicit" }],
      [{ authorization_endpoint: undefined }, { expected: "an absolute URL", received: undefined }]
    ] as const
    for (const [member, difference] of members) {
      const world = makeWorld()
      world.routes.set(ASM_URL, () => json(serverMetadata(member)))
      const error = await failure(world.client().fetch(RESOURCE, call()))
      expect(error).toMatchObject({ _tag: "GrantUnsupported", member: Object.keys(member)[0] })
      expect(explain(error)).toMatchObject(difference)
      expect(world.visits).toEqual([])
    }
  })

  it("refuses documents that are too large, too deep, or not JSON", async () => {
    const deep = `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`
    const bodies = [
      JSON.stringify(serverMetadata({ filler: "x".repeat(10_000_000) })),
      deep,
      "<html>",
      JSON.stringify(serverMetadata({ scopes_supported: Array.from({ length: 1_000_000 }, () => "a") }))
    ]
    for (const body of bodies) {
      const world = makeWorld()
      world.routes.set(ASM_URL, () => new Response(body, { headers: { "content-type": "application/json" } }))
      const error = await failure(world.client().fetch(RESOURCE, call()))
      expect(["FetchRejected", "JsonMalformed"]).toContain(error._tag)
      expect(world.visits).toEqual([])
    }
  })

  it("[ASM-16] uses the token endpoint that was recorded at the start, whatever the metadata says later", async () => {
    const world = makeWorld()
    world.answer = ({ parameters, redirectUri }) => {
      world.routes.set(ASM_URL, () => json(serverMetadata({ token_endpoint: "https://as.example.com/other" })))
      return `${redirectUri}?code=c&state=${parameters.get("state")}&iss=${encodeURIComponent(ISSUER)}`
    }
    await Effect.runPromise(world.client().fetch(RESOURCE, call()))
    expect(world.requestsTo(TOKEN_URL)).toHaveLength(1)
    expect(world.urls()).not.toContain("https://as.example.com/other")
  })
})

import { makeGuard } from "@postern/resource-server"
import { createGuard } from "@postern/resource-server/promise"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { call, challengeOf, guarded, METADATA, options, post, R, token, tool, VT } from "./fixture.ts"

const DOCUMENT = {
  resource: "https://mcp.example.com/mcp",
  authorization_servers: ["https://as.example.com"],
  scopes_supported: ["files:read", "files:write", "admin"],
  bearer_methods_supported: ["header"]
}

describe("the metadata document", () => {
  it("[PRM-16] [RS1] [RS2] is served to any origin, read-only and cacheable for a bounded time", async () => {
    const { handle, passed } = guarded()
    const get = await handle(new Request(METADATA, { headers: { origin: "https://app.example" } }))
    expect(get.status).toBe(200)
    expect(get.headers.get("content-type")).toBe("application/json")
    expect(get.headers.get("cache-control")).toBe("public, max-age=3600")
    expect(get.headers.get("access-control-allow-origin")).toBe("*")
    expect(get.headers.has("access-control-allow-credentials")).toBe(false)
    expect(await get.json()).toEqual(DOCUMENT)

    const head = await handle(new Request(METADATA, { method: "HEAD" }))
    expect(head.status).toBe(200)
    expect(head.headers.get("content-type")).toBe("application/json")
    expect(await head.text()).toBe("")

    const preflight = await handle(new Request(METADATA, { method: "OPTIONS" }))
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get("access-control-allow-methods")).toBe("GET, HEAD, OPTIONS")

    for (const method of ["POST", "PUT", "DELETE"]) {
      const refused = await handle(new Request(METADATA, { method }))
      expect(refused.status).toBe(405)
      expect(refused.headers.get("allow")).toBe("GET, HEAD, OPTIONS")
    }
    expect(passed).toEqual([])
  })

  it("stands at the path of RFC 9728 section 3.1, and nothing else is well known", async () => {
    const pathOf = (resource: string) => createGuard({ ...options, resource }).metadataPath
    expect(pathOf("https://mcp.example.com/mcp")).toBe("/.well-known/oauth-protected-resource/mcp")
    expect(pathOf("https://mcp.example.com")).toBe("/.well-known/oauth-protected-resource")
    expect(pathOf("https://mcp.example.com/a/b?t=1")).toBe("/.well-known/oauth-protected-resource/a/b?t=1")
    const { handle } = guarded()
    for (const path of ["/.well-known/oauth-protected-resource", "/.well-known/oauth-authorization-server"]) {
      expect((await handle(new Request(`https://mcp.example.com${path}`))).status).toBe(404)
    }
    const query = guarded({ resource: "https://mcp.example.com/a?t=1" })
    const url = "https://mcp.example.com/.well-known/oauth-protected-resource/a"
    expect((await query.handle(new Request(`${url}?t=1`))).status).toBe(200)
    expect((await query.handle(new Request(`${url}?t=2`))).status).toBe(404)
  })

  it("also stands at the root where the resource is alone on its host", async () => {
    const { handle } = guarded({ rootMetadata: true })
    for (const path of ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"]) {
      const response = await handle(new Request(`https://mcp.example.com${path}`))
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual(DOCUMENT)
      expect((await handle(new Request(`https://mcp.example.com${path}`, { method: "POST" }))).status).toBe(405)
    }
    expect((await handle(new Request("https://mcp.example.com/.well-known/oauth-protected-resource/x"))).status).toBe(
      404
    )
    expect(challengeOf(await handle(post(call("ping"))))).toContain(`resource_metadata="${METADATA}"`)
  })

  it("is of the configured resource, byte for byte, whatever host is asked for it", async () => {
    const { handle } = guarded({ resource: "https://mcp.example.com" })
    for (const host of ["https://evil.example.com", "http://10.0.0.1:8080"]) {
      const headers = { host: "evil.example.com", "x-forwarded-host": "evil.example.com", "x-forwarded-proto": "http" }
      const response = await handle(new Request(`${host}/.well-known/oauth-protected-resource`, { headers }))
      expect(await response.json()).toMatchObject({ resource: "https://mcp.example.com" })
    }
  })

  it("names the default scopes unless told, or, where nothing is needed to begin with, all that can be asked for", () => {
    const { scopesSupported: _, ...rest } = options
    const scopes = (changes: object) =>
      createGuard({ ...rest, ...changes }).protectedResourceMetadata["scopes_supported"]
    expect(scopes({})).toEqual(["files:read"])
    const operations = { default: [], tools: { read: ["a"], write: ["b"], purge: ["c"] } }
    expect(scopes({ operations })).toEqual(["a", "b", "c"])
    expect(scopes({ operations, closedToStepUp: ["c"] })).toEqual(["a", "b"])
    expect(scopes({ operations, closedToStepUp: ["c", "a"] })).toEqual(["b"])
    expect(scopes({ operations: { default: [] } })).toBeUndefined()
  })

  it("has the names that are configured", () => {
    const { scopesSupported: _, ...rest } = options
    const resourceDocumentation = "https://mcp.example.com/docs"
    const guard = createGuard({ ...rest, resourceName: "Files", resourceDocumentation })
    expect(guard.protectedResourceMetadata).toEqual({
      ...DOCUMENT,
      scopes_supported: ["files:read"],
      resource_name: "Files",
      resource_documentation: "https://mcp.example.com/docs"
    })
    expect(guard.metadataUrl).toBe("https://mcp.example.com/.well-known/oauth-protected-resource/mcp")
  })
})

const introspection = {
  endpoint: "https://as.example.com/introspect",
  clientId: "rs",
  clientSecret: Redacted.make("a-secret")
}

describe("options", () => {
  const whyNot = (changes: object) => {
    const made = makeGuard({ ...options, ...changes })
    return Result.isFailure(made) ? made.failure : undefined
  }

  it("[PRM-15] [TLS-01] refuse what no metadata document may say", () => {
    expect(whyNot({ authorizationServers: ["http://as.example.com"] })).toMatchObject({
      _tag: "ConfigurationInvalid",
      key: "authorizationServers[0]",
      spec: "RFC 9728 section 2"
    })
    expect(whyNot({ resource: "http://mcp.example.com/mcp" })).toMatchObject({ key: "resource" })
    expect(whyNot({ authorizationServers: [{ issuer: "http://as.example.com" }] })).toMatchObject({
      key: "authorizationServers[0].issuer"
    })
    expect(whyNot({ authorizationServers: [] })).toMatchObject({ key: "authorizationServers" })
    const verifier = { verify: () => Effect.never }
    expect(whyNot({ authorizationServers: [], verifier })).toMatchObject({ key: "authorizationServers" })
    expect(whyNot({ resource: "https://mcp.example.com/mcp#x" })).toMatchObject({ key: "resource" })
    expect(whyNot({ bearerMethodsSupported: ["query"] })).toMatchObject({ key: "bearerMethodsSupported" })
    expect(
      whyNot({ resource: "http://127.0.0.1:3000/mcp", authorizationServers: ["http://127.0.0.1:4000"] })
    ).toBeUndefined()
  })

  it("name the key that is wrong", () => {
    const cases: ReadonlyArray<readonly [key: string, changes: object]> = [
      ["resource", { resource: "mcp" }],
      ["resource", { resource: "http://mcp.example.com" }],
      ["authorizationServers", { authorizationServers: "https://as.example.com" }],
      ["authorizationServers[1]", { authorizationServers: ["https://as.example.com", "https://as.example.com?x"] }],
      ["authorizationServers[0].issuer", { authorizationServers: [{}] }],
      ["authorizationServers[0]", { authorizationServers: [null] }],
      ["verifier", { verifier: {} }],
      ["verifier", { verifier: null }],
      ["tokens", { verifier: { verify: () => Effect.never }, tokens: {} }],
      ["tokens", { tokens: [] }],
      ["tokens.audience", { tokens: { audience: "x" } }],
      ["tokens.fetch", { tokens: { fetch: () => Effect.never } }],
      ["tokens.audiences", { tokens: { audiences: ["x"] } }],
      ["tokens.audienceAliases", { tokens: { audienceAliases: "x" } }],
      ["transport", { transport: {} }],
      ["sessions", { sessions: { start: () => undefined } }],
      ["filterLists", { filterLists: "yes" }],
      ["rootMetadata", { rootMetadata: 1 }],
      ["toolChallenges", { toolChallenges: "header" }],
      ["onDecision", { onDecision: {} }],
      ["services", { services: 1 }],
      ["publicOperations.tool", { publicOperations: { tool: ["x"] } }],
      ["closedToStepUp", { closedToStepUp: ["offline_access"] }],
      ["introspection", { introspection: true }],
      ["introspection.issuer", { introspection: { ...introspection, issuer: "https://other.example.com" } }],
      ["introspection.endpoint", { introspection: { ...introspection, endpoint: "http://as.example.com/introspect" } }],
      ["introspection.tokens", { introspection: { ...introspection, tokens: "some" } }],
      ["introspection.audience", { introspection: { ...introspection, audience: "x" } }],
      ["operations", { operations: undefined }],
      ["operations.tool", { operations: { tool: {} } }],
      ["operations.tools.write", { operations: { tools: { write: "files:write" } } }],
      ["scopesSupported", { scopesSupported: ["a b"] }],
      ["hierarchy", { hierarchy: { a: ["b"], b: ["a"] } }],
      ["resourceDocumentation", { resourceDocumentation: "javascript:alert(1)" }],
      ["maximumBodyBytes", { maximumBodyBytes: 0 }],
      ["audience", { audience: R }]
    ]
    for (const [key, changes] of cases) {
      const error = whyNot(changes)
      expect(error, key).toMatchObject({ _tag: "ConfigurationInvalid", key })
      expect(error?.message).toContain(`${key} is wrong: `)
    }
    expect(() => createGuard({ ...options, resource: "mcp" })).toThrow(expect.objectContaining({ key: "resource" }))
    expect(() => createGuard({ ...options, verifier: {} as never })).toThrow(
      expect.objectContaining({ key: "verifier" })
    )
  })

  it("[BRR-08] refuse scopes that no challenge can name, and a challenge names each once", async () => {
    for (const scope of ['a"b', "a\nb", ""]) {
      expect(whyNot({ operations: { default: [scope] } })).toMatchObject({ key: "operations.default" })
      expect(whyNot({ operations: { methods: { ping: [scope] } } })).toMatchObject({ key: "operations.methods.ping" })
      expect(whyNot({ operations: { tools: { write: [scope] } } })).toMatchObject({ key: "operations.tools.write" })
      expect(whyNot({ scopesSupported: [scope] })).toMatchObject({ key: "scopesSupported" })
    }
    const { handle } = guarded({
      operations: { default: ["a", "b", "a"], tools: { write: ["b", "c", "c"] } },
      hierarchy: {}
    })
    expect(challengeOf(await handle(post(call("ping"))))).toContain('scope="a b"')
    expect(challengeOf(await handle(post(tool("write"), VT)))).toContain('scope="a b c"')
  })

  it("[SCP-08] [RS8] keep offline_access out of the document and of every challenge", async () => {
    for (const [key, changes] of [
      ["operations.default", { operations: { default: ["files:read", "offline_access"] } }],
      ["operations.methods.ping", { operations: { methods: { ping: ["offline_access"] } } }],
      ["operations.tools.write", { operations: { tools: { write: ["offline_access"] } } }],
      ["scopesSupported", { scopesSupported: ["offline_access"] }]
    ] as const) {
      expect(whyNot(changes)).toMatchObject({ _tag: "ConfigurationInvalid", key })
    }
    const { guard, handle } = guarded()
    const offline = await token({ scope: "offline_access" })
    const responses = [await handle(post(call("ping"))), await handle(post(call("ping"), offline))]
    expect(responses.map(({ status }) => status)).toEqual([401, 403])
    for (const response of responses) expect(challengeOf(response)).not.toContain("offline_access")
    expect(JSON.stringify(guard.protectedResourceMetadata)).not.toContain("offline_access")
  })
})

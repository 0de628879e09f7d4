import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { type AuthInfo, createMcpHandler, McpServer, OAuthError, requireBearerAuth } from "@modelcontextprotocol/server"
import { type AnyVerifier, authInfoFor, guardedHandler, toAuthInfo, tokenVerifier } from "@postern/mcp-sdk/server"
import { Failure, Rejection } from "@postern/rejection"
import type { Access, PublicAccess, TokenVerifier } from "@postern/resource-server"
import { createGuard } from "@postern/resource-server/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"

type Verified = Access["token"]

class TokenExpired extends Rejection("TokenExpired", "RFC 7519 section 4.1.4")<{ readonly expiredAt: number }> {
  override get message() {
    return "the token has expired"
  }
}
class KeysUnavailable extends Failure("KeysUnavailable")<{ readonly issuer: string; readonly reason: "network" }> {}

const R = "https://mcp.example.com/mcp"
const METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
const expiresAt = Math.floor(Date.now() / 1000) + 300

const verified = (scope: string): Verified => ({
  issuer: "https://as.example.com",
  subject: "u1",
  audience: [R],
  clientId: "c1",
  scope: new Set(scope.split(" ")),
  expiresAt,
  issuedAt: expiresAt - 300,
  notBefore: undefined,
  id: "j1",
  actors: [],
  keyThumbprint: undefined,
  claims: { sub: "u1", tenant: "t1" }
})

// A table in place of keys: what a token says is the verifier's own package's business.
const verifier: TokenVerifier = {
  verify: (token) => {
    if (token === "reader") return Effect.succeed(verified("notes:read"))
    if (token === "no-keys")
      return Effect.fail(new KeysUnavailable({ issuer: "https://as.example.com", reason: "network" }))
    return Effect.fail(new TokenExpired({ expiredAt: 1 }))
  }
}

const options = {
  resource: R,
  authorizationServers: ["https://as.example.com"],
  verifier,
  operations: {
    default: ["notes:read"],
    methods: { initialize: [], "server/discover": [] },
    tools: { read_notes: [], fail: [], write_note: ["notes:write"] }
  }
}

const make = () => {
  const seen: Array<AuthInfo | undefined> = []
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: "notes", version: "1.0.0" })
    for (const name of ["read_notes", "write_note", "fail"]) {
      server.registerTool(name, { description: name }, (context) => {
        seen.push(context.http?.authInfo)
        if (name === "fail") throw new Error(JSON.stringify(context.http?.authInfo))
        return {
          content: [{ type: "text", text: `${name} for ${String(context.http?.authInfo?.extra?.["subject"])}` }]
        }
      })
    }
    return server
  })
  return { fetch: guardedHandler(createGuard(options), handler), seen }
}

// The SDK's own client over the handler in memory: one wire or the other.
const wires = [
  ["2025-11-25", "legacy"],
  ["2026-07-28", { pin: "2026-07-28" }]
] as const

const connect = async (
  fetch: (request: Request) => Promise<Response>,
  mode: (typeof wires)[number][1],
  token?: string
) => {
  const statuses: Array<number> = []
  const challenges: Array<string | null> = []
  const versions = new Set<string | null>()
  const client = new Client({ name: "client", version: "1.0.0" }, { versionNegotiation: { mode } })
  const transport = new StreamableHTTPClientTransport(new URL(R), {
    ...(token === undefined ? {} : { requestInit: { headers: { authorization: `Bearer ${token}` } } }),
    fetch: async (url, init) => {
      const request = new Request(url, init)
      versions.add(request.headers.get("mcp-protocol-version"))
      const response = await fetch(request)
      statuses.push(response.status)
      if (response.headers.has("www-authenticate")) challenges.push(response.headers.get("www-authenticate"))
      return response
    }
  })
  return { client, challenges, connected: client.connect(transport), statuses, versions }
}

describe.each(wires)("guardedHandler at %s", (version, mode) => {
  it("lets the SDK's client call a tool, and the tool sees who calls", async () => {
    const { fetch, seen } = make()
    const { client, connected, versions } = await connect(fetch, mode, "reader")
    await connected
    const result = await client.callTool({ name: "read_notes", arguments: {} })
    expect(result.content).toEqual([{ type: "text", text: "read_notes for u1" }])
    expect(versions).toContain(version)
    const [authInfo] = seen
    expect(authInfo).toMatchObject({
      clientId: "c1",
      scopes: ["notes:read"],
      expiresAt,
      resourceMetadataUrl: METADATA,
      extra: { subject: "u1", issuer: "https://as.example.com", id: "j1", claims: { tenant: "t1" } }
    })
    expect(authInfo?.resource?.href).toBe("https://mcp.example.com/mcp")
    expect(authInfo?.token).toBe("reader")
    await client.close()
  })

  it("answers 403 with the scopes of a tool that needs more", async () => {
    const { fetch, seen } = make()
    const { challenges, client, connected, statuses } = await connect(fetch, mode, "reader")
    await connected
    await expect(client.callTool({ name: "write_note", arguments: {} })).rejects.toThrow()
    expect(statuses).toContain(403)
    expect(challenges).toEqual([
      `Bearer error="insufficient_scope", error_description="The access token lacks scopes that the operation needs", scope="notes:read notes:write", resource_metadata="${METADATA}"`
    ])
    expect(seen).toEqual([])
    await client.close()
  })

  it("answers 401 without a token and to a wrong one", async () => {
    for (const [token, challenge] of [
      [undefined, `Bearer scope="notes:read", resource_metadata="${METADATA}"`],
      [
        "expired",
        `Bearer error="invalid_token", error_description="The access token has expired", scope="notes:read", resource_metadata="${METADATA}"`
      ]
    ] as const) {
      const { challenges, connected, statuses } = await connect(make().fetch, mode, token)
      await expect(connected).rejects.toThrow()
      expect(statuses[0]).toBe(401)
      expect(challenges[0]).toBe(challenge)
    }
  })

  it("[BRR-14] does not put the token into the answer to a handler that fails with authInfo in its error", async () => {
    const { fetch, seen } = make()
    const bodies: Array<string> = []
    const spied = async (request: Request) => {
      const response = await fetch(request)
      bodies.push(await response.clone().text())
      return response
    }
    const { client, connected } = await connect(spied, mode, "reader")
    await connected
    const outcome = await client.callTool({ name: "fail", arguments: {} }).then(
      (result) => JSON.stringify(result),
      (error: unknown) => String(error)
    )
    expect(seen).toHaveLength(1)
    expect(outcome).toContain("notes:read")
    expect(outcome).not.toContain("reader")
    expect(bodies.join()).not.toContain("reader")
    await client.close()
  })
})

describe("guardedHandler", () => {
  it("serves the metadata document", async () => {
    const response = await make().fetch(new Request(METADATA))
    expect(await response.json()).toMatchObject({ resource: R, authorization_servers: ["https://as.example.com"] })
  })

  it("gives the handler the message that was judged, parsed once", async () => {
    const guard = createGuard(options)
    const messages: Array<unknown> = []
    const fetch = guardedHandler(guard, {
      fetch: async (_request, passed) => {
        messages.push(passed?.parsedBody)
        return new Response()
      }
    })
    const headers = { authorization: "Bearer reader", "content-type": "application/json" }
    await fetch(new Request(R, { method: "POST", headers, body: '{"jsonrpc":"2.0","method":"ping","id":1}' }))
    await fetch(new Request(R, { headers }))
    expect(messages).toEqual([{ jsonrpc: "2.0", method: "ping", id: 1 }, undefined])
  })
})

const accessOf = (token: Verified): Access => ({
  _tag: "Access",
  subject: token.subject,
  clientId: token.clientId,
  issuer: token.issuer,
  scope: token.scope,
  expiresAt: token.expiresAt,
  actors: token.actors,
  token,
  operations: [],
  message: undefined,
  can: () => true
})
const publicAccess: PublicAccess = { _tag: "PublicAccess", operations: [], message: undefined, can: () => true }

describe("toAuthInfo", () => {
  it("holds the token where no serializer looks", () => {
    const info = toAuthInfo(accessOf(verified("notes:read")), { token: "a-token" })
    expect(info.token).toBe("a-token")
    expect(JSON.stringify(info)).not.toContain("a-token")
    expect(Object.keys(info)).not.toContain("token")
    expect(info.resource).toBeUndefined()
  })

  it("is nothing for those who came without a token", () => {
    expect(toAuthInfo(publicAccess, { token: "" })).toBeUndefined()
  })

  it("knows the resource and the document of its guard", () => {
    const authInfo = authInfoFor(createGuard(options))
    expect(authInfo(accessOf(verified("notes:read")), "a-token")).toMatchObject({
      resource: new URL(R),
      resourceMetadataUrl: METADATA
    })
    expect(authInfo(publicAccess, "")).toBeUndefined()
  })
})

describe("tokenVerifier", () => {
  const gate = (face: AnyVerifier) =>
    requireBearerAuth({
      verifier: tokenVerifier(face, { resource: R, resourceMetadataUrl: METADATA }),
      expectedResource: new URL(R),
      requiredScopes: ["notes:read"]
    })
  const request = (token: string) => new Request(R, { headers: { authorization: `Bearer ${token}` } })
  const faces: ReadonlyArray<AnyVerifier> = [
    verifier,
    { verify: (token: string) => Effect.runPromise(Effect.result(verifier.verify(token))) }
  ]

  it("opens the SDK's own gate, from either face", async () => {
    for (const face of faces) {
      expect(await gate(face)(request("reader"))).toMatchObject({
        token: "reader",
        clientId: "c1",
        scopes: ["notes:read"]
      })
    }
  })

  it("is the SDK's invalid_token for a token that is refused, and 500 without keys", async () => {
    for (const face of faces) {
      const refused = await gate(face)(request("expired"))
      expect(refused).toBeInstanceOf(Response)
      expect((refused as Response).status).toBe(401)
      expect((refused as Response).headers.get("www-authenticate")).toContain('error="invalid_token"')
      expect(((await gate(face)(request("no-keys"))) as Response).status).toBe(500)
    }
    const rejected = await tokenVerifier(verifier)
      .verifyAccessToken("expired")
      .then(
        () => Result.succeed(undefined),
        (error: unknown) => Result.fail(error)
      )
    expect(Result.isFailure(rejected) && rejected.failure instanceof OAuthError).toBe(true)
  })

  it("asks nobody again about a token that is remembered", async () => {
    const remembering: AnyVerifier = {
      verify: () => Promise.reject(new Error("asked")),
      recall: (token) => Result.succeed(verified(token === "reader" ? "notes:read" : ""))
    }
    expect(await gate(remembering)(request("reader"))).toMatchObject({ clientId: "c1", scopes: ["notes:read"] })
  })
})

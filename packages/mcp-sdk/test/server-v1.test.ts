import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js"
import { authInfoFor, toAuthInfo, tokenVerifier } from "@postern/mcp-sdk/server-v1"
import { Failure, Rejection } from "@postern/rejection"
import type { Access, PublicAccess } from "@postern/resource-server"
import * as Result from "effect/Result"
import express from "express"
import { afterEach, describe, expect, it } from "vitest"

const R = "https://mcp.example.com/mcp"
const expiresAt = Math.floor(Date.now() / 1000) + 300

class TokenExpired extends Rejection("TokenExpired", "RFC 7519 section 4.1.4") {
  override get message() {
    return "the token has expired"
  }
}
class KeysUnavailable extends Failure("KeysUnavailable") {
  override get message() {
    return "a-secret detail"
  }
}

const token: Access["token"] = {
  issuer: "https://as.example.com",
  subject: "u1",
  audience: [R],
  clientId: "c1",
  scope: new Set(["notes:read"]),
  expiresAt,
  issuedAt: undefined,
  notBefore: undefined,
  id: "j1",
  actors: [],
  keyThumbprint: undefined,
  claims: { tenant: "t1" }
}
const access: Access = {
  _tag: "Access",
  subject: "u1",
  clientId: "c1",
  issuer: "https://as.example.com",
  scope: token.scope,
  expiresAt,
  actors: [],
  token,
  operations: [],
  message: undefined,
  can: () => true
}
const publicAccess: PublicAccess = { _tag: "PublicAccess", operations: [], message: undefined, can: () => true }

const verifier = {
  verify: async (text: string) => {
    if (text === "reader") return Result.succeed(token)
    return Result.fail(text === "no-keys" ? new KeysUnavailable({}) : new TokenExpired())
  }
}

describe("toAuthInfo of the 1.x line", () => {
  it("says who calls, with the token where no serializer looks", () => {
    const info = authInfoFor({ resource: R })(access, "a-token")
    expect(info).toMatchObject({
      clientId: "c1",
      scopes: ["notes:read"],
      expiresAt,
      resource: new URL(R),
      extra: { subject: "u1", issuer: "https://as.example.com", id: "j1", claims: { tenant: "t1" } }
    })
    expect(info?.token).toBe("a-token")
    expect(JSON.stringify(info)).not.toContain("a-token")
    expect(toAuthInfo(access).token).toBe("")
  })

  it("is nothing for those who came without a token", () => {
    expect(toAuthInfo(publicAccess)).toBeUndefined()
  })
})

const started: Array<Server> = []
afterEach(() => {
  for (const server of started.splice(0)) server.close()
})

describe("tokenVerifier of the 1.x line", () => {
  const ask = async (bearer: string) => {
    const app = express()
    const gate = requireBearerAuth({ verifier: tokenVerifier(verifier, { resource: R }), expectedResource: new URL(R) })
    app.get("/mcp", gate, (request, response) => void response.json(request.auth?.extra))
    const server = createServer(app)
    started.push(server)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    return fetch(`http://127.0.0.1:${port}/mcp`, { headers: { authorization: `Bearer ${bearer}` } })
  }

  it("opens the SDK's own gate", async () => {
    const response = await ask("reader")
    expect([response.status, await response.json()]).toEqual([
      200,
      { subject: "u1", issuer: "https://as.example.com", id: "j1", claims: { tenant: "t1" } }
    ])
  })

  it("is the SDK's invalid_token for a token that is refused, and 500 without keys, with fixed words", async () => {
    const refused = await ask("expired")
    expect(refused.status).toBe(401)
    expect(refused.headers.get("www-authenticate")).toBe(
      'Bearer error="invalid_token", error_description="The access token is not valid here"'
    )
    const unavailable = await ask("no-keys")
    expect([unavailable.status, await unavailable.json()]).toEqual([
      500,
      { error: "server_error", error_description: "The access token cannot be checked at present" }
    ])
  })
})

import {
  createMcpHandler,
  getOAuthProtectedResourceMetadataUrl,
  McpServer,
  OAuthError,
  OAuthErrorCode,
  oauthMetadataResponse,
  requireBearerAuth
} from "@modelcontextprotocol/server"
import { makeActor, makeRecorder, startWorld, windowlessLogin, type World } from "@postern/app-demo"
import { serve, type Server } from "@postern/node"
import * as Effect from "effect/Effect"
import { createRemoteJWKSet, jwtVerify } from "jose"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

/** An MCP server with the SDK's own gate and a JWT verifier of a few lines: nothing of Postern guards it. */
const startForeignServer = async (world: World, port: number): Promise<Server> => {
  const resource = new URL(world.notes)
  const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(resource)
  const keys = createRemoteJWKSet(new URL(`${world.issuer}/jwks`))
  const metadata = await (await fetch(`${world.issuer}/.well-known/oauth-authorization-server`)).json()
  const gate = requireBearerAuth({
    requiredScopes: ["notes:read"],
    resourceMetadataUrl,
    expectedResource: resource,
    verifier: {
      verifyAccessToken: async (token) => {
        const { payload } = await jwtVerify(token, keys, { issuer: world.issuer, audience: world.notes }).catch(() => {
          throw new OAuthError(OAuthErrorCode.InvalidToken, "the token is not good here")
        })
        return {
          token,
          clientId: String(payload["client_id"]),
          scopes: String(payload["scope"]).split(" "),
          expiresAt: payload.exp ?? 0,
          resource
        }
      }
    }
  })
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: "foreign", version: "1.0.0" })
    server.registerTool("hello", { description: "says hello" }, () => ({ content: [{ type: "text", text: "hello" }] }))
    return server
  })
  const answer = async (request: Request): Promise<Response> => {
    const document = oauthMetadataResponse(request, {
      oauthMetadata: metadata as never,
      resourceServerUrl: resource,
      scopesSupported: ["notes:read"],
      dangerouslyAllowInsecureIssuerUrl: true
    })
    if (document) return document
    const authInfo = await gate(request)
    return authInfo instanceof Response ? authInfo : handler.fetch(request, { authInfo })
  }
  return Effect.runPromise(serve({ fetch: answer, hostname: "127.0.0.1", port }))
}

describe("our client at an MCP server that is guarded by nothing of ours", () => {
  let world: World
  let foreign: Server

  beforeAll(async () => {
    const started = await startWorld(makeRecorder(() => undefined))
    // The foreign server takes the place of the notes server: the authorization server knows that resource.
    world = started
    await started.stopNotes()
    foreign = await startForeignServer(world, Number(new URL(world.notes).port))
  })
  afterAll(async () => {
    await Effect.runPromise(foreign.close())
    await world.close()
  })

  it("discovers, registers, asks for consent and calls", async () => {
    const actor = makeActor(world, windowlessLogin(world.user), {
      name: "Desk",
      clientIdMetadataUrl: world.clientDocument
    })
    expect(await actor.call(world.notes, "hello")).toBe("hello")
    expect(actor.events.filter(({ _tag }) => _tag === "AuthorizationStarted")).toHaveLength(1)
  })
})

import { createVerifier } from "@postern/jwt-verify/promise"
import type { Access, Refusal, Refused } from "@postern/resource-server"
import { makeGuard } from "@postern/resource-server"
import { createGuard } from "@postern/resource-server/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, expectTypeOf, it } from "vitest"
import { call, I, keyPair, options, post, R, tool, VT } from "./fixture.ts"

describe("check", () => {
  it("gives access, or a finished answer and why", async () => {
    const guard = Result.getOrThrow(makeGuard(options))
    const access = await Effect.runPromise(guard.check(post(tool("read"), VT)))
    expectTypeOf(access).toEqualTypeOf<Access | Refused>()
    expect(access).toMatchObject({ _tag: "Access", token: { subject: "u1", clientId: "c1" } })
    const refused = await Effect.runPromise(guard.check(post(tool("purge"), VT)))
    expect(refused).toMatchObject({
      _tag: "Refused",
      rejection: { _tag: "ScopeInsufficient", needed: ["files:read", "admin"], missing: ["admin"] }
    })
  })

  it("says by its tag why a request is refused", async () => {
    const guard = createGuard(options)
    const why = async (request: Request) => {
      const outcome = await guard.check(request)
      return outcome._tag === "Refused" ? outcome.rejection : undefined
    }
    const json = { "content-type": "application/json" }
    const twice = new Request(R, { headers: { authorization: `Bearer ${VT}, Bearer ${VT}` } })
    const form = { "content-type": "application/x-www-form-urlencoded" }
    const rejections: ReadonlyArray<readonly [tag: Refusal["_tag"], spec: string, request: Request]> = [
      ["TokenMissing", "RFC 6750 section 3", post(call("ping"))],
      ["CredentialsRepeated", "RFC 6750 section 2", post("access_token=x", VT, form)],
      ["MethodUnsupported", "MCP transports section Streamable HTTP", new Request(R, { method: "PUT" })],
      [
        "MediaTypeUnsupported",
        "MCP transports section Streamable HTTP",
        post("x", VT, { "content-type": "text/plain" })
      ],
      ["BodyTooLarge", "RFC 9110 section 15.5.14", post(" ".repeat(4_194_305), VT)],
      ["MessageMalformed", "JSON-RPC 2.0 section 4", post("x", VT, json)],
      [
        "HeaderMismatch",
        "MCP transports section Standard Request Headers",
        post(call("ping"), VT, { "mcp-method": "x" })
      ],
      ["ScopeInsufficient", "RFC 6750 section 3.1", post(tool("purge"), VT)]
    ]
    for (const [tag, spec, request] of rejections) {
      const rejection = await why(request)
      expect(rejection).toMatchObject({ _tag: tag, spec, kind: "rejection" })
      expect(rejection?.message).toMatch(/^[\w ,/-]+$/)
    }
    expect(await why(twice)).toMatchObject({ _tag: "CredentialsMalformed" })
    const closed = createGuard({ ...options, operations: { tools: {} } })
    expect(await closed.check(post(call("ping"), VT))).toMatchObject({ rejection: { _tag: "OperationUnnamed" } })
    expect(await why(post(call("ping"), VT))).toBeUndefined()
  })
})

describe("createGuard", () => {
  it("takes a verifier of the Promise face as well", async () => {
    const jwk = { ...(await crypto.subtle.exportKey("jwk", keyPair.publicKey)), kid: "k1", key_ops: ["verify"] }
    const verifier = createVerifier({ issuer: I, audience: R, jwks: { keys: [jwk] } })
    const guard = createGuard({ ...options, verifier })
    expect(await guard.check(post(call("ping"), VT))).toMatchObject({ _tag: "Access" })
    expect(await guard.check(post(call("ping"), "x"))).toMatchObject({ rejection: { _tag: "TokenMalformed" } })
  })

  it("lets an answer stream and keeps what the handler said", async () => {
    const guard = createGuard(options)
    const stream = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode("data: 1\n\n"))
        controller.close()
      }
    })
    const headers = {
      "content-type": "text/event-stream",
      "access-control-allow-origin": "https://app.example",
      vary: "Origin"
    }
    const response = await guard.handle(
      post(call("ping"), VT),
      async () => new Response(stream, { status: 202, headers })
    )
    expect(response.status).toBe(202)
    expect(response.headers.get("access-control-allow-origin")).toBe("https://app.example")
    expect(response.headers.get("vary")).toBe("Origin, Authorization")
    expect(await response.text()).toBe("data: 1\n\n")
  })

  it("does not catch what the handler throws", async () => {
    const failure = new Error("the handler's own")
    const handled = createGuard(options).handle(post(call("ping"), VT), () => Promise.reject(failure))
    await expect(handled).rejects.toBe(failure)
  })
})

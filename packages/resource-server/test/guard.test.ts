import type { Transport } from "@postern/safe-fetch"
import { createVerifier } from "@postern/jwt-verify/promise"
import type { Admitted, Refusal, RefusedRequest } from "@postern/resource-server"
import { makeGuard } from "@postern/resource-server"
import { createGuard, type PromiseGuard } from "@postern/resource-server/promise"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { describe, expect, expectTypeOf, it } from "vitest"
import { call, I, jwk, METADATA, now, options, post, R, token, tool, VT } from "./fixture.ts"

describe("check", () => {
  it("gives access, or a finished answer and why", async () => {
    const guard = Result.getOrThrow(makeGuard(options))
    const access = await Effect.runPromise(guard.check(post(tool("read"), VT)))
    expectTypeOf(access).toEqualTypeOf<Admitted | RefusedRequest>()
    expect(access).toMatchObject({ _tag: "Admitted", access: { subject: "u1", clientId: "c1" } })
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
      ["ScopeInsufficient", "RFC 6750 section 3.1", post(tool("purge"), VT)],
      ["OperationUnnamed", "MCP authorization section Error Handling", post(tool("unknown"), VT)],
      [
        "SessionUnknown",
        "MCP transports section Session Management",
        post(call("ping"), VT, { "mcp-session-id": "somebody's" })
      ]
    ]
    for (const [tag, spec, request] of rejections) {
      const rejection = await why(request)
      expect(rejection).toMatchObject({ _tag: tag, spec, kind: "rejection" })
      expect(rejection?.message).toMatch(/^[\w ,/'-]+$/)
    }
    expect(await why(twice)).toMatchObject({ _tag: "CredentialsMalformed" })
    const closed = createGuard({ ...options, closedToStepUp: ["admin"] })
    expect(await closed.check(post(tool("purge"), VT))).toMatchObject({
      rejection: { _tag: "StepUpClosed", needed: ["files:read", "admin"], missing: ["admin"], closed: ["admin"] }
    })
    expect(await why(post(call("ping"), VT))).toBeUndefined()
  })
})

describe("createGuard", () => {
  it("works by itself: the keys are found by the issuer's metadata, through the transport", async () => {
    const asked: Array<string> = []
    const documents: Readonly<Record<string, unknown>> = {
      "https://as.example.com/.well-known/oauth-authorization-server": {
        issuer: I,
        jwks_uri: "https://as.example.com/jwks"
      },
      "https://as.example.com/jwks": { keys: [jwk] }
    }
    const transport: Transport = {
      fetch: ({ url }) =>
        Effect.sync(() => {
          asked.push(url)
          return { status: 200, headers: new Headers(), text: JSON.stringify(documents[url]), url }
        })
    }
    const guard = createGuard({ resource: R, authorizationServers: [I], operations: { default: [] }, transport })
    const statusOf = async (bearer: string) =>
      (await guard.handle(post(call("ping"), bearer), async () => new Response("ok"))).status
    expect(asked).toEqual([])
    expect(await statusOf(VT)).toBe(200)
    expect(await statusOf(await token({ aud: "https://other.example.com/mcp" }))).toBe(401)
    expect(asked).toEqual(Object.keys(documents))
  })

  it("answers the documented statuses where the token is good but its client, or the token since, is not", async () => {
    const statusOf = async (tokens: object) => {
      const guard = createGuard({ ...options, tokens })
      const request = () => guard.handle(post(call("ping"), VT), async () => new Response("ok"))
      const answers = [await request(), await request()]
      const facts = answers.map(({ headers, status }) => [
        status,
        headers.get("www-authenticate"),
        headers.get("retry-after")
      ])
      expect(facts[0]).toEqual(facts[1])
      return [...(facts[0] ?? []), await answers[0]?.text()]
    }
    expect(await statusOf({ clients: ["c1"] })).toEqual([200, null, null, "ok"])
    expect(await statusOf({ clients: ["c2"] })).toEqual([
      403,
      null,
      null,
      '{"error":"access_denied","error_description":"The client is not let in here"}'
    ])
    expect(await statusOf({ revoked: () => true })).toEqual([
      401,
      `Bearer error="invalid_token", error_description="The access token was revoked", scope="files:read", resource_metadata="${METADATA}"`,
      null,
      '{"error":"invalid_token","error_description":"The access token was revoked"}'
    ])
    expect(await statusOf({ revoked: () => Promise.reject(new Error("down")) })).toEqual([
      503,
      null,
      "30",
      '{"error":"temporarily_unavailable","error_description":"The access token cannot be checked at present"}'
    ])
  })

  it("sends opaque tokens to the introspection endpoint and JWTs to the verifier, or all to the endpoint", async () => {
    const asked: Array<string> = []
    const active = {
      active: true,
      iss: I,
      sub: "u7",
      aud: R,
      client_id: "c1",
      scope: "files:read",
      exp: now + 300,
      iat: now
    }
    const transport: Transport = {
      fetch: ({ body = "", url }) =>
        Effect.sync(() => {
          asked.push(`${url} ${new URLSearchParams(body).get("token")?.slice(0, 6)}`)
          return { status: 200, headers: new Headers(), text: JSON.stringify(active), url }
        })
    }
    const endpoint = "https://as.example.com/introspect"
    const introspection = { endpoint, clientId: "rs", clientSecret: Redacted.make("a-secret") }
    const subjectOf = async (guard: PromiseGuard, bearer: string) => {
      const outcome = await guard.check(post(call("ping"), bearer))
      return outcome._tag === "Admitted" ? outcome.access.subject : outcome.rejection?._tag
    }
    const opaque = createGuard({ ...options, transport, introspection })
    expect(await subjectOf(opaque, VT)).toBe("u1")
    expect(await subjectOf(opaque, "a.b.c")).toBe("TokenMalformed")
    expect(await subjectOf(opaque, "a.b.c.d.e")).toBe("TokenEncrypted")
    expect(asked).toEqual([])
    expect(await subjectOf(opaque, "opaque-token")).toBe("u7")
    expect(asked).toEqual([`${endpoint} opaque`])
    const all = createGuard({ ...options, transport, introspection: { ...introspection, tokens: "all" } })
    expect(await subjectOf(all, VT)).toBe("u7")
    expect(asked).toHaveLength(2)
    expect(() =>
      createGuard({ ...options, transport, introspection, authorizationServers: [I, "https://b.example"] })
    ).toThrow(expect.objectContaining({ key: "introspection.issuer" }))
  })

  it("wants tokens for its resource or one of its aliases, and for no relative of either", async () => {
    const alias = "https://old.example.com/mcp"
    const guard = createGuard({ ...options, tokens: { audienceAliases: [alias] } })
    const statusOf = async (aud: string) =>
      (await guard.handle(post(call("ping"), await token({ aud })), async () => new Response("ok"))).status
    expect([await statusOf(R), await statusOf(alias)]).toEqual([200, 200])
    for (const aud of ["https://mcp.example.com", "https://old.example.com", `${alias}/x`]) {
      expect(await statusOf(aud), aud).toBe(401)
    }
  })

  it("[INT-06] lets one token in for what its scopes open, each time anew", async () => {
    const guard = createGuard(options)
    const other = createGuard({ ...options, resource: "https://mcp.example.com/other" })
    const statusOf = async (of: typeof guard, message: unknown) =>
      (await of.handle(post(message, VT), async () => new Response("ok"))).status
    for (const _ of [1, 2]) {
      expect(await statusOf(guard, tool("read"))).toBe(200)
      expect(await statusOf(guard, tool("purge"))).toBe(403)
      expect(await statusOf(other, tool("read"))).toBe(401)
    }
  })

  it("takes a verifier of the Promise face as well", async () => {
    const verifier = createVerifier({ issuer: I, audience: R, jwks: { keys: [jwk] } })
    const guard = createGuard({ ...options, verifier })
    expect(await guard.check(post(call("ping"), VT))).toMatchObject({ _tag: "Admitted", access: { subject: "u1" } })
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

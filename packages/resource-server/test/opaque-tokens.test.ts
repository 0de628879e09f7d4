import { type SafeRequest, type Transport, TransportFailed } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import {
  call,
  challengeOf,
  guarded,
  I,
  insufficientScope,
  invalidToken,
  jwk,
  now,
  post,
  R,
  token,
  tool,
  VT
} from "./fixture.ts"

const active = (changes: object = {}) => ({
  active: true,
  iss: I,
  sub: "u1",
  aud: R,
  client_id: "c1",
  scope: "files:read",
  exp: now + 600,
  ...changes
})

/** A guard that asks an endpoint about tokens, which answers as told. */
const asking = (answer: { readonly status?: number; readonly body: unknown } | TransportFailed, resource = R) => {
  const requests: Array<SafeRequest> = []
  const transport: Transport = {
    fetch: (request) =>
      Effect.suspend(() => {
        requests.push(request)
        if (answer instanceof TransportFailed) return Effect.fail(answer)
        const { body, status = 200 } = answer
        const text = typeof body === "string" ? body : JSON.stringify(body)
        return Effect.succeed({ status, text, url: request.url, headers: new Headers() })
      })
  }
  const introspection = {
    endpoint: "https://as.example.com/introspect",
    clientId: "rs",
    clientSecret: Redacted.make("s3cret")
  }
  return { requests, ...guarded({ resource, transport, introspection }) }
}

describe("a token that only its issuer can read", () => {
  it("is asked about, and lets in with what the answer says", async () => {
    const { handle, passed, requests } = asking({ body: active() })
    expect((await handle(post(call("ping"), "opaque-1"))).status).toBe(200)
    expect(passed).toMatchObject([{ subject: "u1", clientId: "c1", issuer: I }])
    expect(requests).toHaveLength(1)
  })

  it("[JWT-37] lets nobody in unless the answer says so and is true", async () => {
    const inactive = invalidToken("The access token is not active")
    const refused: ReadonlyArray<readonly [body: unknown, challenge: string]> = [
      [{ ...active(), active: "true" }, inactive],
      [{ ...active(), active: 1 }, inactive],
      [{}, inactive],
      [active({ aud: "https://other.example/mcp" }), invalidToken("The access token is for another audience")],
      [active({ exp: now - 600 }), invalidToken("The access token has expired")]
    ]
    for (const [body, challenge] of refused) {
      const { handle, passed } = asking({ body })
      const response = await handle(post(call("ping"), "opaque-1"))
      expect([response.status, challengeOf(response)]).toEqual([401, challenge])
      expect(passed).toEqual([])
    }
    const url = "https://as.example.com/introspect"
    const failures = [
      { body: "<html></html>" },
      { body: active(), status: 500 },
      new TransportFailed({ reason: "timeout", url })
    ]
    for (const failure of failures) {
      const { handle, passed } = asking(failure)
      const response = await handle(post(call("ping"), "opaque-1"))
      expect([response.status, challengeOf(response)]).toEqual([503, null])
      expect(passed).toEqual([])
    }
  })

  it("[INT-06] opens an operation, and with the same answer in memory no other", async () => {
    const { handle, passed, requests } = asking({ body: active() })
    expect((await handle(post(tool("read"), "opaque-1"))).status).toBe(200)
    const refused = await handle(post(tool("write"), "opaque-1"))
    expect([refused.status, challengeOf(refused)]).toEqual([403, insufficientScope("files:read files:write")])
    expect((await handle(post(tool("read"), "opaque-1"))).status).toBe(200)
    expect(requests).toHaveLength(1)
    expect(passed).toHaveLength(2)
    // Before another resource the same token, active all the same, is none.
    const elsewhere = "https://mcp.example.com/other"
    const other = await asking({ body: active() }, elsewhere).handle(post(tool("read"), "opaque-1", {}, elsewhere))
    expect(other.status).toBe(401)
    expect(challengeOf(other)).toContain('error="invalid_token"')
  })

  it("is not asked about when it is a JWT", async () => {
    const { handle, requests } = asking({ body: { active: false } })
    expect((await handle(post(call("ping"), VT))).status).toBe(200)
    expect(requests).toEqual([])
  })
})

describe("an event stream of the handler", () => {
  it("[BRR-13] is ended when the token ends, however long the handler would go on", async () => {
    const { guard } = guarded()
    let cancelled = false
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("data: {}\n\n")),
      cancel: () => void (cancelled = true)
    })
    const short = await token({ iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 2 })
    const request = new Request(R, { headers: { authorization: `Bearer ${short}`, accept: "text/event-stream" } })
    const response = await guard.handle(
      request,
      async () => new Response(endless, { headers: { "content-type": "text/event-stream" } })
    )
    expect(response.status).toBe(200)
    // That it ends is what counts: a machine that stood still for two seconds has not even sent the event.
    expect(await response.text()).toMatch(/^(?:data: \{\}\n\n)?$/)
    expect(cancelled).toBe(true)
  })
})

describe("the rules for tokens hold for a token that is asked about", () => {
  const withRules = (changes: object, answer: object = {}) => {
    const transport: Transport = {
      fetch: ({ url }) =>
        Effect.succeed({ status: 200, text: JSON.stringify(active(answer)), url, headers: new Headers() })
    }
    const introspection = {
      endpoint: "https://as.example.com/introspect",
      clientId: "rs",
      clientSecret: Redacted.make("s3cret")
    }
    return guarded({ transport, introspection, ...changes })
  }
  const statusOf = async (changes: object, answer?: object) =>
    (await withRules(changes, answer).handle(post(call("ping"), "opaque"))).status

  it("which clients are let in", async () => {
    expect(await statusOf({ tokens: { clients: ["c1"] } })).toBe(200)
    expect(await statusOf({ tokens: { clients: ["c1"] } }, { client_id: "stranger" })).toBe(403)
    expect(await statusOf({ authorizationServers: [{ issuer: I, jwks: { keys: [jwk] }, clients: ["c2"] }] })).toBe(403)
  })

  it("who may stand beside us, and how far clocks may differ", async () => {
    const others = { aud: [R, "https://other.example.com/mcp"] }
    expect(await statusOf({}, others)).toBe(401)
    expect(await statusOf({ tokens: { foreignAudiences: ["https://other.example.com/mcp"] } }, others)).toBe(200)
    expect(await statusOf({ tokens: { audienceGroup: [R, "https://other.example.com/mcp"] } }, others)).toBe(200)
    expect(await statusOf({ tokens: { clockToleranceSeconds: 60 } }, { exp: now - 30 })).toBe(200)
    expect(await statusOf({}, { exp: now - 30 })).toBe(401)
  })

  it("what was revoked, also while an answer is remembered", async () => {
    const revoked = new Set<string>()
    const asked: Array<string> = []
    const { handle } = withRules({
      tokens: {
        revoked: ({ subject }: { readonly subject: string }) => {
          asked.push(subject)
          return revoked.has(subject)
        }
      }
    })
    expect((await handle(post(call("ping"), "opaque"))).status).toBe(200)
    expect((await handle(post(call("ping"), "opaque"))).status).toBe(200)
    revoked.add("u1")
    const response = await handle(post(call("ping"), "opaque"))
    expect(challengeOf(response)).toBe(invalidToken("The access token was revoked"))
    expect(asked.length).toBeGreaterThanOrEqual(3)
    const slow = withRules({ tokens: { revoked: () => Promise.resolve(true) } })
    expect((await slow.handle(post(call("ping"), "opaque"))).status).toBe(401)
  })

  it("or are refused where nothing would come of them", () => {
    const all = {
      endpoint: "https://as.example.com/introspect",
      clientId: "rs",
      clientSecret: Redacted.make("s3cret"),
      tokens: "all" as const
    }
    const reasonOf = (changes: object) => {
      try {
        guarded({ introspection: all, ...changes })
        return undefined
      } catch (error) {
        return error
      }
    }
    expect(reasonOf({})).toBeUndefined()
    expect(reasonOf({ tokens: { revokd: 1 } })).toMatchObject({ _tag: "ConfigurationInvalid", key: "tokens.revokd" })
    expect(reasonOf({ tokens: { algorithms: ["ES256"] } })).toMatchObject({ key: "tokens.algorithms" })
    expect(reasonOf({ introspection: {} })).toMatchObject({
      _tag: "ConfigurationInvalid",
      key: "introspection.endpoint"
    })
    expect(reasonOf({ introspection: { ...all, endpoint: "introspect" } })).toMatchObject({
      key: "introspection.endpoint"
    })
  })
})

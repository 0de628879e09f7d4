import { KeysUnavailable } from "@postern/jwt-verify"
import type { DecisionEvent } from "@postern/resource-server"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Tracer from "effect/Tracer"
import { describe, expect, it } from "vitest"
import { call, METADATA, now, opened, post, R, token, tool, VT } from "./fixture.ts"

const watched = (changes: object = {}) => {
  const events: Array<DecisionEvent> = []
  return { events, ...opened({ onDecision: (event: DecisionEvent) => void events.push(event), ...changes }) }
}

describe("onDecision", () => {
  it("is told once of every decision: who, what, how long and why not", async () => {
    const { events, handle } = watched()
    await handle(post(tool("read"), VT))
    await handle(post(tool("purge"), VT))
    await handle(post(tool("read")))
    await handle(post([call("ping"), call("resources/read", { uri: "file:///a" })], VT))
    await handle(new Request(R, { headers: { authorization: `Bearer ${VT}` } }))
    const facts = { type: "guard.decision", resource: "https://mcp.example.com/mcp" }
    const who = { issuer: "https://as.example.com", clientId: "c1", subject: "u1" }
    const durationMillis = expect.any(Number)
    expect(events).toEqual([
      { ...facts, ...who, outcome: "accepted", operations: ["tools/call read"], durationMillis },
      {
        ...facts,
        ...who,
        outcome: "refused",
        rejection: "ScopeInsufficient",
        status: 403,
        operations: ["tools/call purge"],
        durationMillis
      },
      { ...facts, outcome: "refused", rejection: "TokenMissing", status: 401, operations: [], durationMillis },
      { ...facts, ...who, outcome: "accepted", operations: ["ping", "resources/read file:///a"], durationMillis },
      { ...facts, ...who, outcome: "accepted", operations: ["session"], durationMillis }
    ])
    for (const event of events) expect(event.durationMillis).toBeGreaterThanOrEqual(0)
  })

  it("says which claim of a token was wrong and why, so that a log tells which setting to look at", async () => {
    const { events, handle } = watched()
    const told = async (changes: object, header: object = {}) => {
      events.length = 0
      await handle(post(tool("read"), await token(changes, header)))
      const [{ claim, reason, rejection }] = events as [DecisionEvent]
      return [rejection, claim, reason]
    }
    const other = "https://other.example.com/mcp"
    expect(await told({ aud: other })).toEqual(["AudienceMismatch", "aud", "other"])
    expect(await told({ aud: [R, other] })).toEqual(["AudienceMismatch", "aud", "foreign"])
    expect(await told({ aud: undefined })).toEqual(["AudienceMismatch", "aud", "absent"])
    expect(await told({ iss: "https://other.example.com" })).toEqual(["IssuerMismatch", "iss", undefined])
    expect(await told({ client_id: undefined, azp: "c1" })).toEqual(["ClaimMissing", "client_id", undefined])
    expect(await told({ scope: ["files:read"] })).toEqual(["ClaimInvalid", "scope", undefined])
    expect(await told({ exp: now - 60 })).toEqual(["TokenExpired", "exp", undefined])
    expect(await told({ nbf: now + 60 })).toEqual(["TokenNotYetValid", "nbf", undefined])
    expect(await told({ exp: now + 100_000 })).toEqual(["LifetimeTooLong", "exp", undefined])
    expect(await told({ cnf: { jkt: "x" } })).toEqual(["TokenBound", "cnf", undefined])
    expect(await told({}, { kid: "k2" })).toEqual(["KeyUnknown", undefined, "none"])
    expect(await told({}, { typ: "JWT" })).toEqual(["TypeMismatch", undefined, undefined])
    events.length = 0
    await handle(post(tool("read"), "garbage"))
    await handle(post(tool("read"), `${VT}, Bearer ${VT}`))
    await handle(post("{", VT))
    expect(events.map(({ claim, reason, rejection }) => [rejection, claim, reason])).toEqual([
      ["TokenMalformed", undefined, "part-count"],
      ["CredentialsMalformed", undefined, "several"],
      ["MessageMalformed", undefined, "json"]
    ])
  })

  it("is told nothing of the metadata document, of preflights and of pages that are not there", async () => {
    const { events, handle } = watched()
    await handle(new Request(METADATA))
    await handle(new Request(R, { method: "OPTIONS" }))
    await handle(new Request("https://mcp.example.com/.well-known/x"))
    expect(events).toEqual([])
  })

  it("is told of a client that keeps coming with what it may not, each time", async () => {
    const { events, handle } = watched({ tokens: { clients: ["c9"] } })
    for (const _ of [1, 2, 3]) await handle(post(tool("read"), VT))
    expect(events.map(({ rejection, status }) => [rejection, status])).toEqual(
      Array.from({ length: 3 }, () => ["ClientForbidden", 403])
    )
  })

  it("[LOG-01] never holds a token, a claim that is not named, or the text of an error", async () => {
    const { events, handle } = watched()
    const bearers = [VT, await token({ exp: now - 60, email: "a@example.com" }), "garbage.of.somebody", "a.b.c.d.e"]
    for (const bearer of bearers) await handle(post(tool("read"), bearer))
    await handle(post(tool("read"), `${VT}, Bearer ${VT}`))
    const text = JSON.stringify(events)
    expect(events).toHaveLength(5)
    for (const bearer of bearers) {
      for (const part of bearer.split(".").filter(({ length }) => length > 3)) expect(text).not.toContain(part)
    }
    expect(text).not.toContain("a@example.com")
  })

  it("[LOG-03] is one record, whatever was written into the names", async () => {
    const { events, handle } = watched()
    const hostile = 'x\r\n{"level":"info"}\u001b[2J\u2028%s\u202e"'
    await handle(post(tool(hostile), await token({ scope: "files:read" })))
    await handle(post(call(hostile), VT))
    const named = {
      issuer: "https://as.example.com",
      subject: hostile,
      clientId: hostile,
      audience: [R],
      scope: new Set(["files:read"]),
      expiresAt: now + 300,
      issuedAt: now,
      notBefore: undefined,
      id: undefined,
      actors: [],
      keyThumbprint: undefined,
      claims: {}
    }
    const other = opened({
      onDecision: (event: DecisionEvent) => void events.push(event),
      verifier: { verify: () => Effect.succeed(named) }
    })
    await other.handle(post(tool("read"), "opaque"))
    await handle(
      post(
        Array.from({ length: 100 }, () => call("ping")),
        VT
      )
    )
    await handle(post(tool("n".repeat(5000)), VT))
    const shown = String.raw`x\u000d\u000a{"level":"info"}\u001b[2J\u2028%s\u202e"`
    expect(events[0]?.operations).toEqual([`tools/call ${shown}`])
    expect(events[1]?.operations).toEqual([shown])
    expect(events[2]).toMatchObject({ issuer: "https://as.example.com", subject: shown, clientId: shown })
    expect(events[3]?.operations).toHaveLength(16)
    expect(events[4]?.operations).toEqual([`tools/call ${"n".repeat(189)}`])
    for (const event of events) {
      for (const text of [...event.operations, event.subject ?? "", event.clientId ?? ""]) {
        expect(text).toMatch(/^[^\p{Cc}\u2028\u2029\u202e]{0,200}$/u)
      }
    }
  })

  it("changes nothing when it throws or rejects: the decision stands and the defect is logged", async () => {
    for (const onDecision of [
      () => {
        throw new Error("the log is full")
      },
      // A function that waits is good for one that returns nothing: nobody sees it reject.
      (): unknown => Promise.reject(new Error("the log is full"))
    ]) {
      const logged: Array<string> = []
      const logger = Logger.make(({ message }) => void logged.push(String(message)))
      const services = await Effect.runPromise(Effect.context().pipe(Effect.provide(Logger.layer([logger]))))
      const { handle, passed } = opened({ onDecision, services })
      expect((await handle(post(tool("read"), VT))).status).toBe(200)
      expect((await handle(post(tool("purge"), VT))).status).toBe(403)
      expect(passed).toHaveLength(1)
      expect(logged).toHaveLength(2)
      expect(logged[0]).toContain("the log is full")
    }
    expect(() => opened({ onDecision: "log" as never })).toThrow(expect.objectContaining({ key: "onDecision" }))
  })
})

describe("the counters and spans of Effect", () => {
  it("count every decision by its outcome", async () => {
    const registry = new Map()
    const services = Context.make(Metric.MetricRegistry, registry)
    const { handle } = opened({ services })
    await handle(post(tool("read"), VT))
    await handle(post(tool("purge"), VT))
    await handle(post(tool("read")))
    await handle(post(tool("read"), VT))
    const counted = Metric.snapshotUnsafe(services).map(({ attributes, id, state }) => [id, attributes, state])
    const of = (attributes: object) => ({ resource: "https://mcp.example.com/mcp", ...attributes })
    expect(counted).toEqual([
      ["postern.guard.decisions", of({ outcome: "accepted" }), { count: 2, incremental: true }],
      [
        "postern.guard.decisions",
        of({ outcome: "refused", rejection: "ScopeInsufficient" }),
        { count: 1, incremental: true }
      ],
      [
        "postern.guard.decisions",
        of({ outcome: "refused", rejection: "TokenMissing" }),
        { count: 1, incremental: true }
      ]
    ])
  })

  it("draw every decision as a span of the tracer that is given, below its parent", async () => {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    const parent = Tracer.externalSpan({ spanId: "1".repeat(16), traceId: "2".repeat(32) })
    const services = Context.make(Tracer.Tracer, tracer).pipe(Context.add(Tracer.ParentSpan, parent))
    const { handle } = opened({ services })
    await handle(post(tool("read"), VT))
    await handle(post(tool("purge"), VT))
    await handle(post(tool("read"), await token({ aud: "https://other.example.com/mcp" })))
    const drawn = spans.filter(({ name }) => name === "resource-server.decision")
    expect(
      drawn.map(({ attributes, kind, status, traceId }) => [Object.fromEntries(attributes), kind, status._tag, traceId])
    ).toEqual([
      [
        {
          "postern.outcome": "accepted",
          "postern.resource": "https://mcp.example.com/mcp",
          "postern.issuer": "https://as.example.com",
          "postern.operations": "tools/call read",
          "oauth.client_id": "c1"
        },
        "server",
        "Ended",
        "2".repeat(32)
      ],
      [
        {
          "postern.outcome": "refused",
          "postern.resource": "https://mcp.example.com/mcp",
          "postern.rejection": "ScopeInsufficient",
          "postern.issuer": "https://as.example.com",
          "postern.operations": "tools/call purge",
          "oauth.client_id": "c1",
          "http.response.status_code": 403
        },
        "server",
        "Ended",
        "2".repeat(32)
      ],
      [
        {
          "postern.outcome": "refused",
          "postern.resource": "https://mcp.example.com/mcp",
          "postern.rejection": "AudienceMismatch",
          "postern.claim": "aud",
          "postern.reason": "other",
          "postern.operations": "",
          "http.response.status_code": 401
        },
        "server",
        "Ended",
        "2".repeat(32)
      ]
    ])
    for (const { status } of drawn) {
      if (status._tag !== "Ended") throw new Error("not ended")
      expect(status.endTime).toBeGreaterThanOrEqual(status.startTime)
      expect(Math.abs(Number(status.endTime / 1_000_000n) - Date.now())).toBeLessThan(60_000)
    }
  })

  it("tell of a world that failed as well", async () => {
    const failure = new KeysUnavailable({ issuer: "https://as.example.com", reason: "timeout" })
    const { events, handle } = watched({ verifier: { verify: () => Effect.fail(failure) } })
    expect((await handle(post(tool("read"), VT))).status).toBe(503)
    expect(events[0]).toMatchObject({
      outcome: "refused",
      rejection: "KeysUnavailable",
      reason: "timeout",
      issuer: "https://as.example.com",
      status: 503
    })
  })
})

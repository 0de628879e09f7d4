import { makeTransport, type SafeRequest, type Transport, TransportFailed } from "@postern/safe-fetch"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { type IntrospectionOptions, type Introspector, makeIntrospector } from "../src/introspection.ts"

const I = "https://as.example.com"
const R = "https://mcp.example.com/mcp"
const E = "https://as.example.com/introspect"
const SECRET = "s3cret:/+ ü"
const TOKEN = "opaque-token_1.~+/="
const START = 1_700_000_000
const JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"

const active = (changes: object = {}) => ({
  active: true,
  iss: I,
  sub: "u1",
  aud: R,
  client_id: "c1",
  scope: "files:read files:write",
  exp: START + 600,
  token_type: "Bearer",
  ...changes
})

/** A clock that the test moves. */
const makeClock = () => {
  let millis = START * 1000
  let impatient = false
  const now = () => millis
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: now,
    currentTimeMillis: Effect.sync(now),
    monotonicTimeNanosUnsafe: () => BigInt(millis) * 1_000_000n,
    currentTimeNanosUnsafe: () => BigInt(millis) * 1_000_000n,
    currentTimeNanos: Effect.sync(() => BigInt(millis) * 1_000_000n),
    monotonicTimeNanos: Effect.sync(() => BigInt(millis) * 1_000_000n),
    // A deadline passes at once, or never.
    sleep: () => (impatient ? Effect.void : Effect.never)
  }
  return {
    clock,
    hurry: () => void (impatient = true),
    now,
    pass: (seconds: number) => void (millis += seconds * 1000)
  }
}

interface Reply {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

type Answer = (request: SafeRequest) => Reply | TransportFailed

const respond = (url: string, { body, headers, status = 200 }: Reply) => ({
  status,
  url,
  headers: new Headers({ "content-type": "application/json", ...headers }),
  text: typeof body === "string" ? body : JSON.stringify(body)
})

/** An introspector before an endpoint that answers as told and keeps what it was asked. */
const asked = (answer: Answer | object, options: Partial<IntrospectionOptions> = {}) => {
  const requests: Array<SafeRequest> = []
  const transport: Transport = {
    fetch: (request) =>
      Effect.suspend(() => {
        requests.push(request)
        const reply = typeof answer === "function" ? (answer as Answer)(request) : { body: answer }
        return reply instanceof TransportFailed ? Effect.fail(reply) : Effect.succeed(respond(request.url, reply))
      })
  }
  return { requests, ...introspector({ transport, ...options }) }
}

const OPTIONS = {
  issuer: I,
  endpoint: E,
  clientId: "rs 1",
  clientSecret: Redacted.make(SECRET),
  audience: R
}

const introspector = (options: Partial<IntrospectionOptions> & Pick<IntrospectionOptions, "transport">) => {
  const made: Introspector = Result.getOrThrow(makeIntrospector({ ...OPTIONS, ...options }))
  const { clock, hurry, now, pass } = makeClock()
  const verify = (token = TOKEN, verifyOptions?: { readonly acceptBound?: boolean }) =>
    Effect.runPromise(Effect.provideService(Effect.result(made.verify(token, verifyOptions)), Clock.Clock, clock))
  const outcome = async (token?: string, verifyOptions?: { readonly acceptBound?: boolean }) => {
    const result = await verify(token, verifyOptions)
    return Result.isSuccess(result) ? "good" : result.failure._tag
  }
  return { made, clock, hurry, now, pass, verify, outcome }
}

describe("a question about a token", () => {
  it("is a POST of a form, with the credentials form-encoded in Basic", async () => {
    const { outcome, requests } = asked(active())
    expect(await outcome()).toBe("good")
    expect(requests).toEqual([
      {
        url: "https://as.example.com/introspect",
        method: "POST",
        headers: {
          accept: "application/json",
          "content-type": "application/x-www-form-urlencoded",
          // rs+1:s3cret%3A%2F%2B+%C3%BC
          authorization: "Basic cnMrMTpzM2NyZXQlM0ElMkYlMkIrJUMzJUJD"
        },
        body: "token=opaque-token_1.%7E%2B%2F%3D&token_type_hint=access_token"
      }
    ])
  })

  it("has the credentials in the form and nowhere else when that is what the server takes", async () => {
    const { outcome, requests } = asked(active(), { authentication: "client_secret_post" })
    expect(await outcome()).toBe("good")
    expect(requests[0]?.headers).toEqual({
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded"
    })
    expect(requests[0]?.body).toBe(
      "token=opaque-token_1.%7E%2B%2F%3D&token_type_hint=access_token&client_id=rs+1&client_secret=s3cret%3A%2F%2B+%C3%BC"
    )
  })

  it("is not asked of what is no token", async () => {
    const { outcome, requests } = asked(active())
    const wrong = ["", "a b", "a=b", "é", "a\u0000b", "a\r\nb", "a&client_id=x", "=", "a,b", "x".repeat(16_385)]
    for (const token of wrong) expect(await outcome(token)).toBe("TokenMalformed")
    expect(requests).toEqual([])
    expect(await outcome("x".repeat(16_384))).toBe("good")
  })
})

describe("an answer", () => {
  it("gives the facts of the token", async () => {
    const members = active({
      iat: START - 10,
      nbf: START - 10,
      jti: "j1",
      aud: [R],
      act: { sub: "agent", iss: "https://other.example", client_id: "c2", act: { sub: "first" } }
    })
    const { verify } = asked(members)
    expect(Result.getOrThrow(await verify())).toEqual({
      issuer: I,
      subject: "u1",
      audience: [R],
      clientId: "c1",
      scope: new Set(["files:read", "files:write"]),
      expiresAt: START + 600,
      issuedAt: START - 10,
      notBefore: START - 10,
      id: "j1",
      actors: [{ subject: "agent", issuer: "https://other.example", clientId: "c2" }, { subject: "first" }],
      keyThumbprint: undefined,
      claims: members
    })
  })

  it("[JWT-37] lets a token in only if active is true, and only with the audience and times of a good one", async () => {
    const bodies: ReadonlyArray<readonly [body: unknown, tag: string]> = [
      [{ ...active(), active: "true" }, "TokenInactive"],
      [{ ...active(), active: 1 }, "TokenInactive"],
      [{ ...active(), active: null }, "TokenInactive"],
      [{ ...active(), active: [true] }, "TokenInactive"],
      [{ ...active(), active: false }, "TokenInactive"],
      [{}, "TokenInactive"],
      [active({ aud: "https://other.example/mcp" }), "AudienceMismatch"],
      [active({ exp: START - 10 }), "TokenExpired"],
      [active(), "good"]
    ]
    for (const [body, tag] of bodies) expect(await asked(body as object).outcome()).toBe(tag)

    const overHttp = (reply: () => Response | Promise<Response>, isLate = false) => {
      const { hurry, verify } = introspector({ transport: makeTransport({ fetch: async () => reply() }) })
      if (isLate) hurry()
      return verify()
    }
    const json = JSON.stringify(active())
    const type = { "content-type": "application/json" }
    const replies: ReadonlyArray<readonly [reply: () => Response | Promise<Response>, reason: string]> = [
      [() => new Response(json, { headers: { "content-type": "text/html" } }), "malformed"],
      [() => new Response("<html></html>", { headers: type }), "malformed"],
      [() => new Response(json, { status: 500, headers: type }), "status"],
      [() => new Promise<Response>(() => {}), "timeout"],
      [
        () => new Response(json, { status: 302, headers: { ...type, location: "https://as.example.com/other" } }),
        "status"
      ]
    ]
    for (const [reply, reason] of replies) {
      expect(await overHttp(reply, reason === "timeout")).toMatchObject({
        _tag: "Failure",
        failure: { _tag: "IntrospectionUnavailable", issuer: I, reason }
      })
    }
    expect(await overHttp(() => new Response(json, { headers: type }))).toMatchObject({ _tag: "Success" })
  })

  it("has every member that is needed, in its form", async () => {
    const wrong: ReadonlyArray<readonly [changes: object, tag: string]> = [
      [{ aud: undefined }, "AudienceMismatch"],
      [{ aud: [] }, "AudienceMismatch"],
      [{ aud: [R, 1] }, "AudienceMismatch"],
      [{ aud: [R, "https://other.example"] }, "AudienceMismatch"],
      [{ aud: `${R}/` }, "AudienceMismatch"],
      [{ exp: undefined }, "ClaimMissing"],
      [{ exp: String(START + 600) }, "ClaimInvalid"],
      [{ exp: null }, "ClaimInvalid"],
      [{ iat: "now" }, "ClaimInvalid"],
      [{ iat: START + 60 }, "TokenNotYetValid"],
      [{ nbf: START + 60 }, "TokenNotYetValid"],
      [{ nbf: "now" }, "ClaimInvalid"],
      [{ iss: "https://as.example.com/" }, "IssuerMismatch"],
      [{ iss: [I] }, "IssuerMismatch"],
      [{ sub: undefined }, "ClaimMissing"],
      [{ sub: "" }, "ClaimInvalid"],
      [{ sub: "u\u00001" }, "ClaimInvalid"],
      [{ client_id: undefined }, "ClaimMissing"],
      [{ client_id: 7 }, "ClaimInvalid"],
      [{ jti: 7 }, "ClaimInvalid"],
      [{ scope: undefined }, "ClaimMissing"],
      [{ scope: ["files:read"] }, "ClaimInvalid"],
      [{ scope: "files:read  files:write" }, "ClaimInvalid"],
      [{ token_type: "N_A" }, "TypeMismatch"],
      [{ token_type: ["Bearer"] }, "TypeMismatch"],
      [{ token_use: "refresh_token" }, "TypeMismatch"],
      [{ act: "agent" }, "ClaimInvalid"],
      [{ act: {} }, "ClaimInvalid"],
      [{ act: { sub: "a", act: { sub: 1 } } }, "ClaimInvalid"]
    ]
    for (const [changes, tag] of wrong) {
      expect([JSON.stringify(changes), await asked(active(changes)).outcome()]).toEqual([JSON.stringify(changes), tag])
    }
    let chain: object = { sub: "a" }
    for (let actors = 1; actors < 9; actors++) chain = { sub: "a", act: chain }
    expect(await asked(active({ act: chain })).outcome()).toBe("ClaimInvalid")
  })

  it("may leave out what RFC 7662 leaves out, and name audiences that are listed", async () => {
    for (const changes of [
      { iss: undefined },
      { token_type: undefined },
      { token_type: "bearer" },
      { token_use: "access_token" },
      { scope: "" }
    ]) {
      expect(await asked(active(changes)).outcome()).toBe("good")
    }
    const foreignAudiences = ["https://other.example"]
    const listed = asked(active({ aud: [R, "https://other.example"] }), { foreignAudiences })
    expect(await listed.outcome()).toBe("good")
    const withoutUs = asked(active({ aud: "https://other.example" }), { foreignAudiences })
    expect(await withoutUs.outcome()).toBe("AudienceMismatch")
    const alias = asked(active({ aud: ["mcp", R] }), { audience: [R, "mcp"] })
    expect(await alias.outcome()).toBe("good")
  })

  it("finds nothing that the object itself does not have", async () => {
    const body = JSON.stringify(active({ sub: undefined })).replace("{", '{"__proto__":{"sub":"u1"},')
    expect(await asked(() => ({ body })).outcome()).toBe("ClaimMissing")
  })

  it("allows for clocks that differ, so far and no farther", async () => {
    expect(await asked(active({ exp: START - 4, nbf: START + 5, iat: START + 5 })).outcome()).toBe("good")
    expect(await asked(active({ exp: START - 5 })).outcome()).toBe("TokenExpired")
    expect(await asked(active({ exp: START }), { clockToleranceSeconds: 0 }).outcome()).toBe("TokenExpired")
    expect(await asked(active({ nbf: START + 6 })).outcome()).toBe("TokenNotYetValid")
  })

  it("lets in the clients that the rule names", async () => {
    expect(await asked(active(), { clients: ["c1"] }).outcome()).toBe("good")
    expect(await asked(active(), { clients: ["C1"] }).outcome()).toBe("ClientForbidden")
    expect(await asked(active(), { clients: ({ subject }) => subject === "u1" }).outcome()).toBe("good")
    expect(await asked(active(), { clients: ({ subject }) => subject === "u2" }).outcome()).toBe("ClientForbidden")
  })

  it("about a bound token is for who checks the proof of exactly that key", async () => {
    const bound = asked(active({ cnf: { jkt: JKT }, token_type: "DPoP" }))
    expect(await bound.outcome()).toBe("TokenBound")
    expect(Result.getOrThrow(await bound.verify(TOKEN, { acceptBound: true })).keyThumbprint).toBe(JKT)
    // Remembered as a fact, and refused all the same.
    expect(await bound.outcome()).toBe("TokenBound")
    expect(bound.requests).toHaveLength(1)
    const others = [{ "x5t#S256": JKT }, { jkt: JKT, "x5t#S256": JKT }, { jkt: "short" }, { jkt: [JKT] }, {}, null, JKT]
    for (const cnf of others) {
      expect(await asked(active({ cnf })).outcome(TOKEN, { acceptBound: true })).toBe("TokenBound")
    }
    // Bound, by its type, to a key that the answer does not name.
    expect(await asked(active({ token_type: "DPoP" })).outcome(TOKEN, { acceptBound: true })).toBe("TokenBound")
  })

  it("that cannot be read, or that says two things, is none", async () => {
    const bodies = [
      "",
      "null",
      "[]",
      "true",
      "active",
      '{"active":false,"active":true}',
      `\uFEFF${JSON.stringify(active())}`
    ]
    for (const body of bodies) {
      expect(await asked(() => ({ body })).verify()).toMatchObject({
        failure: { _tag: "IntrospectionUnavailable", reason: "malformed" }
      })
    }
  })
})

describe("an answer that is remembered", () => {
  it("[INT-05] is relied on for 60 seconds: a revoked token is refused from then on", async () => {
    let revoked = false
    const { outcome, pass, requests } = asked(() => ({ body: revoked ? { active: false } : active() }))
    expect(await outcome()).toBe("good")
    revoked = true
    pass(59.999)
    expect(await outcome()).toBe("good")
    expect(requests).toHaveLength(1)
    pass(0.001)
    expect(await outcome()).toBe("TokenInactive")
    expect(await outcome()).toBe("TokenInactive")
    expect(requests).toHaveLength(3)
  })

  it("[INT-05] is not one where that is switched off", async () => {
    let revoked = false
    const { made, now, outcome, requests } = asked(() => ({ body: revoked ? { active: false } : active() }), {
      maximumCacheSeconds: 0
    })
    expect(await outcome()).toBe("good")
    expect(made.recall(TOKEN, now())).toBeUndefined()
    revoked = true
    expect(await outcome()).toBe("TokenInactive")
    expect(requests).toHaveLength(2)
  })

  it("is never relied on for longer than the token lives", async () => {
    const { outcome, pass, requests } = asked(() => ({ body: active({ exp: START + 20 }) }))
    expect(await outcome()).toBe("good")
    pass(19)
    expect(await outcome()).toBe("good")
    expect(requests).toHaveLength(1)
    pass(1)
    expect(await outcome()).toBe("good")
    expect(requests).toHaveLength(2)
    pass(5)
    expect(await outcome()).toBe("TokenExpired")
  })

  it("is recalled without waiting, by the whole token, until it is over", async () => {
    const { made, now, outcome, pass } = asked(active())
    expect(made.recall(TOKEN, now())).toBeUndefined()
    expect(await outcome()).toBe("good")
    expect(made.recall(TOKEN, now())).toMatchObject({ _tag: "Success", success: { subject: "u1" } })
    for (const other of [`${TOKEN}=`, TOKEN.slice(0, -1), TOKEN.toUpperCase(), "", "__proto__"]) {
      expect(made.recall(other, now())).toBeUndefined()
    }
    // The clock was set back: how old the answer is, nobody knows.
    expect(made.recall(TOKEN, now() - 1)).toBeUndefined()
    expect(await outcome()).toBe("good")
    pass(60)
    expect(made.recall(TOKEN, now())).toBeUndefined()
  })

  it("is no decision: the client, the times and the binding are judged on every request", async () => {
    let open = true
    const { made, now, outcome, requests } = asked(active({ cnf: { jkt: JKT } }), { clients: () => open })
    expect(await outcome(TOKEN, { acceptBound: true })).toBe("good")
    expect(made.recall(TOKEN, now())).toMatchObject({ failure: { _tag: "TokenBound" } })
    expect(made.recall(TOKEN, now(), { acceptBound: true })).toMatchObject({ _tag: "Success" })
    open = false
    expect(made.recall(TOKEN, now(), { acceptBound: true })).toMatchObject({ failure: { _tag: "ClientForbidden" } })
    expect(await outcome(TOKEN, { acceptBound: true })).toBe("ClientForbidden")
    expect(requests).toHaveLength(1)
  })

  it("cannot be changed by one request for the next", async () => {
    const { verify } = asked(active({ act: { sub: "a" }, extra: { list: [1] } }))
    const token = Result.getOrThrow(await verify())
    const scope: unknown = token.scope
    expect(scope instanceof Set && (() => scope.add("admin"))).toThrow(TypeError)
    expect(() => Object.assign(token, { subject: "u2" })).toThrow(TypeError)
    expect(() => Object.assign(token.claims, { sub: "u2" })).toThrow(TypeError)
    expect(() => Object.assign(token.claims["extra"] ?? {}, { list: [] })).toThrow(TypeError)
    expect(() => Object.assign(token.actors[0] ?? {}, { subject: "b" })).toThrow(TypeError)
    expect([...Result.getOrThrow(await verify()).scope]).toEqual(["files:read", "files:write"])
  })

  it("is one of so many, and none of a token that is not active", async () => {
    const { made, now, outcome } = asked(
      ({ body = "" }) => ({ body: body.includes("token=good") ? active() : { active: false } }),
      { maximumCacheEntries: 3 }
    )
    const held = () =>
      Array.from({ length: 20 }, (_, index) => made.recall(`good${index}`, now())).filter(Boolean).length
    await outcome("good0")
    for (let index = 0; index < 20; index++) expect(await outcome(`bad${index}`)).toBe("TokenInactive")
    expect(held()).toBe(1)
    for (let index = 0; index < 20; index++) expect(await outcome(`good${index}`)).toBe("good")
    expect(held()).toBe(3)
  })
})

const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1))
}

describe("many who ask", () => {
  /** An endpoint that answers when the test lets it. */
  const slow = () => {
    const gate = Deferred.makeUnsafe<object>()
    const requests: Array<SafeRequest> = []
    const transport: Transport = {
      fetch: (request) => {
        requests.push(request)
        return Effect.map(Deferred.await(gate), (body) => respond(request.url, { body }))
      }
    }
    return {
      ...introspector({ transport }),
      requests,
      open: (body: object) => Deferred.doneUnsafe(gate, Effect.succeed(body))
    }
  }

  it("about one token ask once", async () => {
    const { open, outcome, requests } = slow()
    const waiting = Array.from({ length: 50 }, () => outcome())
    await until(() => requests.length > 0)
    open(active())
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["good"]))
    expect(requests).toHaveLength(1)
  })

  it("get their answer when the first of them leaves", async () => {
    const { clock, made, open, outcome, requests } = slow()
    const first = Effect.runFork(Effect.provideService(made.verify(TOKEN), Clock.Clock, clock))
    await until(() => requests.length > 0)
    const second = outcome()
    const left = await Effect.runPromise(Effect.andThen(Fiber.interrupt(first), Fiber.await(first)))
    expect(Exit.isFailure(left)).toBe(true)
    open(active())
    expect(await second).toBe("good")
    expect(requests).toHaveLength(1)
  })

  it("about many tokens ask no more than a thousand at once", async () => {
    const { open, outcome, requests } = slow()
    const waiting = Array.from({ length: 1001 }, (_, index) => outcome(`t${index}`))
    expect(await waiting[1000]).toBe("IntrospectionUnavailable")
    await until(() => requests.length >= 1000)
    expect(requests).toHaveLength(1000)
    open(active())
    expect(new Set(await Promise.all(waiting.slice(0, 1000)))).toEqual(new Set(["good"]))
    expect(await outcome("t1001")).toBe("good")
  })
})

describe("an endpoint that fails", () => {
  const failing = (answer: Reply | TransportFailed) => {
    let broken = true
    return { ...asked(() => (broken ? answer : { body: active() })), mend: () => void (broken = false) }
  }

  it("is left alone for a second, in which nobody is let in and nobody is called inactive", async () => {
    const failures: ReadonlyArray<readonly [answer: Reply | TransportFailed, reason: string]> = [
      [new TransportFailed({ reason: "network", url: E, code: "ECONNREFUSED" }), "network"],
      [new TransportFailed({ reason: "tls", url: E }), "network"],
      [new TransportFailed({ reason: "timeout", url: E }), "timeout"],
      [{ status: 401, body: {} }, "refused"],
      [{ status: 429, body: {} }, "status"],
      [{ status: 503, body: {} }, "status"]
    ]
    for (const [answer, reason] of failures) {
      const { mend, outcome, pass, requests, verify } = failing(answer)
      const unavailable = { failure: { _tag: "IntrospectionUnavailable", issuer: I, reason } }
      expect(await verify()).toMatchObject(unavailable)
      mend()
      pass(0.999)
      expect(await verify("another")).toMatchObject(unavailable)
      expect(requests).toHaveLength(1)
      pass(0.001)
      expect(await outcome()).toBe("good")
    }
  })

  it("for one token alone is asked about the others at once", async () => {
    const answers: ReadonlyArray<readonly [answer: Reply, reason: string]> = [
      [{ status: 403, body: active() }, "refused"],
      [{ status: 500, body: {} }, "status"],
      [{ status: 400, body: {} }, "status"],
      [{ body: "not JSON" }, "malformed"]
    ]
    for (const [answer, reason] of answers) {
      const { outcome, verify } = asked(({ body = "" }) => (body.includes("token=bad") ? answer : { body: active() }))
      expect(await verify("bad")).toMatchObject({ failure: { _tag: "IntrospectionUnavailable", reason } })
      expect(await outcome("good")).toBe("good")
    }
  })

  it("does not take away what is remembered", async () => {
    const { outcome } = asked(({ body = "" }) =>
      body.includes("token=good") ? { body: active() } : new TransportFailed({ reason: "network", url: E })
    )
    expect(await outcome("good")).toBe("good")
    expect(await outcome("other")).toBe("IntrospectionUnavailable")
    expect(await outcome("good")).toBe("good")
  })

  it("takes no other success than 200 for an answer", async () => {
    for (const status of [201, 202, 203, 206]) {
      expect(await asked(() => ({ status, body: active() })).verify()).toMatchObject({ failure: { reason: "status" } })
    }
  })
})

describe("what is told about it", () => {
  it("[LOG-01] has neither the token nor the secret in it", async () => {
    const outcomes: Array<unknown> = []
    const answers: ReadonlyArray<Reply | TransportFailed> = [
      { status: 401, body: { error: `${SECRET} ${TOKEN}` } },
      { status: 500, body: `${SECRET} ${TOKEN}` },
      { body: `${SECRET} ${TOKEN}` },
      { body: { active: false, token: TOKEN } },
      { body: active({ aud: TOKEN, sub: SECRET }) },
      { body: active({ exp: TOKEN }) },
      { body: active({ iss: TOKEN }) },
      { body: active({ scope: `${TOKEN}  ${SECRET}` }) },
      new TransportFailed({ reason: "network", url: E })
    ]
    for (const authentication of ["client_secret_basic", "client_secret_post"] as const) {
      for (const answer of answers) {
        const { made, verify } = asked(() => answer, { authentication })
        outcomes.push(await verify(), await verify(), made)
      }
      outcomes.push(await asked(active()).verify(`${TOKEN} `))
    }
    for (const key of ["issuer", "endpoint", "audience", "clients"] as const) {
      outcomes.push(makeIntrospector({ ...OPTIONS, transport: makeTransport(), [key]: 7 }))
    }
    const told = inspect(outcomes, { depth: 20, showHidden: true }) + JSON.stringify(outcomes)
    const secrets = [SECRET, TOKEN, encodeURIComponent(SECRET), encodeURIComponent(TOKEN), "s3cret", "opaque-token"]
    for (const secret of secrets) {
      expect(told.includes(secret)).toBe(false)
      expect(told.includes(Buffer.from(secret).toString("base64").replace(/=+$/, ""))).toBe(false)
    }
    expect(told.includes("cnMrMTpz")).toBe(false)
  })
})

describe("the options", () => {
  it("are known and within their bounds", () => {
    const transport = makeTransport()
    const wrong: ReadonlyArray<readonly [key: string, value: unknown]> = [
      ["issuer", "as.example.com"],
      ["issuer", "http://as.example.com"],
      ["endpoint", "http://as.example.com/introspect"],
      ["endpoint", "/introspect"],
      ["clientId", ""],
      ["clientSecret", "a text"],
      ["clientSecret", Redacted.make("")],
      ["authentication", "none"],
      ["audience", ""],
      ["audience", []],
      ["audience", undefined],
      ["foreignAudiences", "https://other.example"],
      ["clients", "c1"],
      ["clients", []],
      ["clients", [7]],
      ["clockToleranceSeconds", 61],
      ["clockToleranceSeconds", -1],
      ["maximumCacheSeconds", 3601],
      ["maximumCacheSeconds", Number.NaN],
      ["maximumCacheEntries", 0],
      ["transport", undefined],
      ["relax", true]
    ]
    for (const [key, value] of wrong) {
      expect(makeIntrospector({ ...OPTIONS, transport, [key]: value })).toMatchObject({
        _tag: "Failure",
        failure: { _tag: "ConfigurationInvalid", key }
      })
    }
    for (const endpoint of ["http://127.0.0.1:8080/introspect", "http://localhost/introspect"]) {
      expect(makeIntrospector({ ...OPTIONS, transport, endpoint })).toMatchObject({ _tag: "Success" })
    }
  })
})

import { TokenExpired, type VerifiedToken } from "@postern/jwt-verify"
import type { DecisionEvent, TokenVerifier } from "@postern/resource-server"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { call, challengeOf, guarded, I, invalidToken, now, post, R } from "./fixture.ts"

const info: VerifiedToken = {
  issuer: I,
  subject: "u1",
  audience: [R],
  clientId: "c1",
  scope: new Set(["files:read"]),
  expiresAt: now + 300,
  issuedAt: now,
  notBefore: undefined,
  id: "j1",
  actors: [],
  keyThumbprint: undefined,
  claims: {}
}

/** A verifier of somebody else's, in JavaScript: it says whatever it likes. */
const saying = (value: unknown, recall?: TokenVerifier["recall"]) =>
  guarded({ verifier: { verify: () => Effect.succeed(value as never), ...(recall && { recall }) } })

describe("a verifier that is given", () => {
  it("gives access when it says everything that is known of a token", async () => {
    const { handle, passed } = saying(info)
    expect((await handle(post(call("ping"), "opaque"))).status).toBe(200)
    expect(passed[0]).toMatchObject({ subject: "u1", clientId: "c1", issuer: "https://as.example.com", actors: [] })
    expect(passed[0]?.token).toBe(info)
  })

  it("[JWT-35] lets nobody in with what is no token, has no end, or is over", async () => {
    const { expiresAt: _, ...endless } = info
    const nothing = [undefined, null, {}, { active: false }, 1, "u1", endless]
    const wrong = [
      { ...info, expiresAt: Number.NaN },
      { ...info, expiresAt: Number.POSITIVE_INFINITY },
      { ...info, expiresAt: `${now + 300}` },
      { ...info, subject: "" },
      { ...info, subject: ["u1"] },
      { ...info, clientId: undefined },
      { ...info, scope: ["files:read"] },
      { ...info, scope: "files:read" },
      { ...info, scope: new Set([1]) },
      { ...info, audience: "https://mcp.example.com/mcp" },
      { ...info, actors: undefined },
      { ...info, actors: [{}] },
      { ...info, claims: null }
    ]
    for (const value of [...nothing, ...wrong]) {
      const { handle, passed } = saying(value)
      const response = await handle(post(call("ping"), "opaque"))
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toBe(invalidToken("The access token has a claim that is wrong"))
      expect(passed).toEqual([])
    }
    const over = saying({ ...info, expiresAt: now - 120 })
    const response = await over.handle(post(call("ping"), "opaque"))
    expect(response.status).toBe(401)
    expect(challengeOf(response)).toBe(invalidToken("The access token has expired"))
    expect(over.passed).toEqual([])

    for (const verify of [
      () => Effect.die(new Error("the secret of the database")),
      () => {
        throw new Error("the secret of the database")
      }
    ]) {
      const broken = guarded({ verifier: { verify } })
      const refused = await broken.handle(post(call("ping"), "opaque"))
      expect(refused.status).toBe(500)
      expect(await refused.text()).toBe('{"error":"server_error"}')
      expect(JSON.stringify([...refused.headers])).not.toContain("secret")
      expect(broken.passed).toEqual([])
    }
  })

  it("[JWT-25] gives nothing to a token of an issuer that the metadata document does not name, remembered or not", async () => {
    const events: Array<DecisionEvent> = []
    // With and without a slash at the end are two issuers (RFC 8414 section 2).
    for (const issuer of ["https://other.example.com", "https://as.example.com/", "HTTPS://AS.example.com"]) {
      const other = { ...info, issuer }
      for (const recall of [undefined, () => Result.succeed(other)]) {
        const { handle, passed } = guarded({
          verifier: { verify: () => Effect.succeed(other), ...(recall && { recall }) },
          onDecision: (event) => void events.push(event)
        })
        const response = await handle(post(call("ping"), "opaque"))
        expect(response.status).toBe(401)
        expect(challengeOf(response)).toBe(invalidToken("The access token is from another issuer"))
        expect(passed).toEqual([])
      }
    }
    for (const event of events) {
      expect(event).toMatchObject({ rejection: "IssuerMismatch", claim: "iss" })
      // Of a token that is not good nothing is told.
      expect(event.issuer).toBeUndefined()
    }
    const second = guarded({
      authorizationServers: [I, "https://other.example.com"],
      verifier: { verify: () => Effect.succeed({ ...info, issuer: "https://other.example.com" }) }
    })
    expect((await second.handle(post(call("ping"), "opaque"))).status).toBe(200)
    // A verifier that learns of no issuer has to say whose tokens it judges.
    const { issuer: _, ...nameless } = info
    expect((await saying(nameless).handle(post(call("ping"), "opaque"))).status).toBe(401)
  })

  it("is held to the same when it remembers", async () => {
    const remembering = (value: unknown) =>
      saying(undefined, () => Result.succeed(value as never)).handle(post(call("ping"), "opaque"))
    expect((await remembering(info)).status).toBe(200)
    expect((await remembering({})).status).toBe(401)
    expect((await remembering({ ...info, expiresAt: now - 120 })).status).toBe(401)
    expect((await remembering({ ...info, expiresAt: Number.NaN })).status).toBe(401)
    const refusing = saying(info, () => Result.fail(new TokenExpired({ expiredAt: 0 })))
    expect((await refusing.handle(post(call("ping"), "opaque"))).status).toBe(401)
    const broken = saying(info, () => {
      throw new Error("the secret of the database")
    })
    const refused = await broken.handle(post(call("ping"), "opaque"))
    expect(refused.status).toBe(500)
    expect(await refused.text()).toBe('{"error":"server_error"}')
  })

  it("is not asked about two tokens at a time, whatever it remembers", async () => {
    const asked: Array<string> = []
    const { handle } = saying(info, (token) => {
      asked.push(token)
      return Result.succeed(info)
    })
    const request = post(call("ping"), "a, Bearer b")
    expect(request.headers.get("authorization")).toBe("Bearer a, Bearer b")
    expect((await handle(request)).status).toBe(400)
    expect(asked).toEqual([])
  })
})

describe("a token that a given verifier says to be bound", () => {
  const bound = { ...info, keyThumbprint: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" }

  it("is worth nothing without a proof, remembered or not", async () => {
    const description = "The access token is bound to a key and came without a proof"
    for (const recall of [undefined, () => Result.succeed(bound)]) {
      for (const changes of [{}, { dpop: {} }]) {
        const { handle, passed } = guarded({
          ...changes,
          verifier: { verify: () => Effect.succeed(bound), ...(recall && { recall }) }
        })
        const response = await handle(post(call("ping"), "opaque"))
        expect(response.status).toBe(401)
        expect(challengeOf(response)).toContain(`error="invalid_token", error_description="${description}"`)
        expect(passed).toEqual([])
      }
    }
  })

  it("has its rules alone: what is said of the authorization servers beside them is refused", () => {
    const make = (rule: object) => () =>
      guarded({
        authorizationServers: [{ issuer: I, ...rule }],
        verifier: { verify: () => Effect.succeed(info) }
      })
    expect(make({})).not.toThrow()
    for (const rule of [{ clients: ["c1"] }, { audience: R }, { bogus: 1 }]) {
      expect(make(rule)).toThrow(
        /authorizationServers\[0\]\.\w+ is wrong: the verifier that is given has its own rules/
      )
    }
  })
})

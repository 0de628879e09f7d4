import { KeysUnavailable, type TokenRejection } from "@postern/jwt-verify"
import { Rejection } from "@postern/rejection"
import type { TokenVerifier } from "@postern/resource-server"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import {
  call,
  CHALLENGE,
  challengeOf,
  guarded,
  invalidToken,
  METADATA,
  now,
  post,
  R,
  token,
  tool,
  VT
} from "./fixture.ts"
import { growth } from "../../../tests/growth.ts"

const withHeaders = (headers: HeadersInit) => {
  const request = post(call("ping"))
  for (const [name, value] of new Headers(headers)) request.headers.append(name, value)
  return request
}

describe("a request without a token", () => {
  it("[BRR-01] [RS3] is answered 401 without an error code", async () => {
    const { handle, passed } = guarded()
    const requests = [
      post(call("ping")),
      withHeaders({ authorization: "Basic Zm9vOmJhcg==" }),
      withHeaders({ authorization: "Negotiate x" }),
      withHeaders({ authorization: "" })
    ]
    for (const request of requests) {
      const response = await handle(request)
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toBe(CHALLENGE)
      expect(await response.json()).toEqual({})
    }
    expect(passed).toEqual([])
  })

  it("[JWT-38] is one whose token stands in the query, in a cookie or in a form", async () => {
    const { handle, passed } = guarded()
    const requests = [
      post(call("ping"), undefined, {}, `${R}?access_token=${VT}`),
      post(call("ping"), undefined, { cookie: `access_token=${VT}` }),
      post(`access_token=${VT}`, undefined, { "content-type": "application/x-www-form-urlencoded" })
    ]
    for (const request of requests) {
      const response = await handle(request)
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toBe(CHALLENGE)
    }
    expect(passed).toEqual([])
  })

  it("names no scope where no operation needs one", async () => {
    const response = await guarded({ operations: { default: [] } }).handle(post(call("ping")))
    expect(challengeOf(response)).toBe(`Bearer resource_metadata="${METADATA}"`)
  })

  it("[BRR-11] never reaches the handler, by no method and under no path", async () => {
    const { handle, passed } = guarded()
    for (const method of ["GET", "POST", "DELETE", "HEAD", "PUT", "TRACE"]) {
      for (const path of ["/mcp", "/mcp/", "//mcp", "/mcp/.", "/MCP", "/mcp%2f", "/.well-known/../mcp"]) {
        // The Fetch standard lets nobody make a TRACE; a server's adapter can hand one over.
        const init = method === "POST" ? { method, body: JSON.stringify(call("ping")) } : { method }
        const url = `https://mcp.example.com${path}`
        const request =
          method === "TRACE"
            ? Object.defineProperty(new Request(url), "method", { value: method })
            : new Request(url, init)
        const { status } = await handle(request)
        expect(status, `${method} ${path}`).toBe(["PUT", "TRACE"].includes(method) ? 405 : 401)
      }
    }
    expect(passed).toEqual([])
  })
})

describe("a request with a token", () => {
  it("[BRR-02] passes, whatever the case of the scheme", async () => {
    const { handle, passed } = guarded()
    for (const scheme of ["bearer", "BEARER", "bEaReR", "Bearer"]) {
      expect((await handle(withHeaders({ authorization: `${scheme} ${VT}` }))).status).toBe(200)
    }
    expect(passed.map(({ subject }) => subject)).toEqual(["u1", "u1", "u1", "u1"])
  })

  it("[BRR-04] is answered 400 when it brings two, and a token in the query is not one", async () => {
    const { handle, passed } = guarded()
    const other = await token({ sub: "u2" })
    const twice = withHeaders([
      ["authorization", `Bearer ${VT}`],
      ["authorization", `Bearer ${other}`]
    ])
    expect(twice.headers.get("authorization")).toBe(`Bearer ${VT}, Bearer ${other}`)
    const response = await handle(twice)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      error: "invalid_request",
      error_description: "The Authorization header is not one set of credentials"
    })
    expect(challengeOf(response)).toContain('error="invalid_request"')

    const form = post(`access_token=${other}`, VT, { "content-type": "application/x-www-form-urlencoded" })
    const second = await handle(form)
    expect(second.status).toBe(400)
    expect(await second.json()).toMatchObject({ error: "invalid_request" })
    expect(passed).toEqual([])

    expect((await handle(post(call("ping"), VT, {}, `${R}?access_token=${other}`))).status).toBe(200)
    expect(passed.map(({ subject }) => subject)).toEqual(["u1"])
  })

  it("[JWT-16] is answered 400 when it is a JSON serialization", async () => {
    const [header, payload, signature] = VT.split(".")
    const json = JSON.stringify({ payload, signatures: [{ protected: header, signature }] })
    const { handle, passed } = guarded()
    const response = await handle(withHeaders({ authorization: `Bearer ${json}` }))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: "invalid_request" })
    expect(passed).toEqual([])
  })

  it("is refused when it is huge, in time that grows no faster than its size", async () => {
    const { handle, passed } = guarded()
    const answer = async (text: string) => {
      expect((await handle(withHeaders({ authorization: `Bearer ${text}` }))).status).toBe(401)
    }
    await answer(".".repeat(10_000))
    expect(await growth(16_384, (size) => "A".repeat(size), answer)).toBeLessThan(12)
    expect(passed).toEqual([])
  })

  const wrong: ReadonlyArray<readonly [description: string, bearer: () => Promise<string>]> = [
    ["The access token is malformed", async () => "x"],
    ["The access token is encrypted, and this resource reads signed ones alone", async () => "a.b.c.d.e"],
    ["The access token is signed with an algorithm that is not accepted", () => token({}, { alg: "HS256" })],
    ["The token is not an access token", () => token({}, { typ: "JWT" })],
    ["The access token is signed with an unknown key", () => token({}, { kid: "k9" })],
    ["The access token's signature is wrong", async () => VT.replace(/\.[^.]*$/, `.${"A".repeat(86)}`)],
    ["The access token is from another issuer", () => token({ iss: "https://evil.example.com" })],
    ["The access token is for another audience", () => token({ aud: "https://other.example.com/mcp" })],
    ["The access token has expired", () => token({ exp: now - 60 })],
    ["The access token is not valid yet", () => token({ nbf: now + 3600 })],
    ["The access token lacks a claim", () => token({ scope: undefined })],
    ["The access token has a claim that is wrong", () => token({ sub: 0 })],
    ["The access token lives too long", () => token({ exp: now + 1e9 })],
    ["The access token is bound to a key and came without a proof", () => token({ cnf: { jkt: "x" } })]
  ]

  it("[RS5] [RS6] is answered 401 invalid_token for every way in which the token can be wrong", async () => {
    const { handle, passed } = guarded()
    for (const [description, bearer] of wrong) {
      const text = await bearer()
      const response = await handle(post(tool("write"), text))
      expect(response.status, description).toBe(401)
      expect(challengeOf(response)).toBe(invalidToken(description))
      expect(response.headers.get("cache-control")).toBe("no-store")
      expect(await response.json()).toEqual({ error: "invalid_token", error_description: description })
    }
    expect(passed).toEqual([])
  })

  it("is answered 401 when the token has expired and lacks a scope as well", async () => {
    const response = await guarded().handle(post(tool("purge"), await token({ exp: now - 60 })))
    expect(response.status).toBe(401)
    expect(challengeOf(response)).toBe(invalidToken("The access token has expired"))
  })

  it("[AUD-09] is judged by the configured resource, whatever the request says of its host", async () => {
    const { handle, passed } = guarded()
    const bearer = await token({ aud: "https://evil.com/mcp" })
    const headers = { host: "evil.com", "x-forwarded-host": "evil.com", forwarded: "host=evil.com" }
    for (const url of [R, "https://evil.com/mcp"]) {
      const request = post(call("ping"), bearer, headers, url)
      expect(request.headers.get("x-forwarded-host")).toBe("evil.com")
      const response = await handle(request)
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toBe(invalidToken("The access token is for another audience"))
    }
    expect(passed).toEqual([])
  })
})

describe("what a verifier does", () => {
  const over = (verify: TokenVerifier["verify"]) => guarded({ verifier: { verify } })

  it("[BRR-06] never puts its message into a header", async () => {
    class ClaimInvalid extends Rejection("ClaimInvalid", "a clause")<{ readonly claim: string }> {
      override get message() {
        return 'bad "x"\r\nSet-Cookie: a=1 é \u2028'
      }
    }
    const rejection: TokenRejection = new ClaimInvalid({ claim: 'bad "x"\r\nSet-Cookie: a=1 é \u2028' })
    const response = await over(() => Effect.fail(rejection)).handle(post(call("ping"), VT))
    expect(response.status).toBe(401)
    expect(response.headers.get("set-cookie")).toBeNull()
    expect(challengeOf(response)).toBe(invalidToken("The access token has a claim that is wrong"))
    expect(challengeOf(response)).toMatch(/error_description="[\x20-\x21\x23-\x5b\x5d-\x7e]*"/)
  })

  it("is answered 503 when it has no keys", async () => {
    const failure = new KeysUnavailable({ issuer: "https://as.example.com", reason: "timeout" })
    const response = await over(() => Effect.fail(failure)).handle(post(call("ping"), VT))
    expect(response.status).toBe(503)
    expect(response.headers.get("retry-after")).toBe("30")
    expect(challengeOf(response)).toBeNull()
    expect(await response.json()).toEqual({
      error: "temporarily_unavailable",
      error_description: "The access token cannot be checked at present"
    })
  })

  it("is answered 500 with nothing inside when it throws", async () => {
    const { handle, passed } = over(() => Effect.die(new Error("secret path /srv/keys")))
    const response = await handle(post(call("ping"), VT))
    expect(response.status).toBe(500)
    expect(await response.text()).toBe('{"error":"server_error"}')
    expect([...response.headers.values()].join()).not.toContain("secret")
    expect(passed).toEqual([])
  })
})

describe("every answer", () => {
  it("[RS9] is 401 where a token is needed or wrong, 403 where it is not enough, 400 where the request is malformed", async () => {
    const { handle } = guarded()
    const statusOf = async (request: Request) => (await handle(request)).status
    expect(await statusOf(post(call("ping")))).toBe(401)
    expect(await statusOf(post(call("ping"), "x"))).toBe(401)
    expect(await statusOf(post(tool("purge"), VT))).toBe(403)
    expect(await statusOf(post("{", VT))).toBe(400)
    expect(await statusOf(withHeaders({ authorization: "Bearer a, Bearer b" }))).toBe(400)
  })

  it("[BRR-09] to a refused request is not stored, none shows the token, and a good one varies by it", async () => {
    const { handle } = guarded()
    const expired = await token({ exp: now - 60 })
    const requests: ReadonlyArray<readonly [number, Request, string]> = [
      [401, post(call("ping")), VT],
      [401, post(call("ping"), expired), expired],
      [403, post(tool("purge"), VT), VT],
      [200, post(call("ping"), VT), VT]
    ]
    for (const [status, request, text] of requests) {
      const response = await handle(request)
      expect(response.status).toBe(status)
      expect(response.headers.get("vary")).toBe("Authorization")
      if (status !== 200) expect(response.headers.get("cache-control")).toBe("no-store")
      const shown = JSON.stringify([...response.headers]) + (await response.text())
      for (const part of text.split(".")) expect(shown).not.toContain(part)
    }
  })

  it("[BRR-10] can be read by a page of any origin, without credentials, and a preflight opens nothing", async () => {
    const { handle, passed } = guarded()
    for (const origin of ["https://app.example", "null"]) {
      const preflight = await handle(
        new Request(R, {
          method: "OPTIONS",
          headers: {
            origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization"
          }
        })
      )
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get("access-control-allow-headers")).toBe("Authorization, *")
      expect(preflight.headers.get("access-control-allow-methods")).toBe("GET, POST, DELETE, OPTIONS")
      expect(passed).toHaveLength(0)
      const responses = [
        preflight,
        await handle(post(call("ping"), undefined, { origin })),
        await handle(post(tool("purge"), VT, { origin })),
        await handle(post(call("ping"), VT, { origin }))
      ]
      expect(responses.map(({ status }) => status)).toEqual([204, 401, 403, 200])
      for (const { headers } of responses) {
        expect(headers.get("access-control-allow-origin")).toBe("*")
        expect(headers.get("access-control-expose-headers")).toContain("WWW-Authenticate")
        expect(headers.has("access-control-allow-credentials")).toBe(false)
      }
      passed.length = 0
    }
  })
})

import { encodeBase64Url } from "@postern/bytes"
import { makeNonces } from "@postern/dpop"
import type { PromiseVerifier } from "@postern/jwt-verify/promise"
import { createGuard } from "@postern/resource-server/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from "jose"
import { describe, expect, it } from "vitest"

const I = "https://as.example.com"
const R = "https://mcp.example.com/mcp"
const now = Math.floor(Date.now() / 1000)
const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}'

const post = (headers: Record<string, string>) =>
  new Request(R, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: PING })

/** How a guard answers, and how often its handler was asked. */
const answering = (changes: Partial<Parameters<typeof createGuard>[0]>) => {
  const guard = createGuard({ resource: R, authorizationServers: [I], operations: { default: [] }, ...changes })
  const passed: Array<string> = []
  const handle = (request: Request) =>
    guard.handle(request, async (_, access) => {
      passed.push(access._tag)
      return new Response("ok")
    })
  return { handle, passed }
}

describe("[DPO-05] a guard that asks for nonces", async () => {
  const server = await generateKeyPair("ES256")
  const holder = await generateKeyPair("ES256", { extractable: true })
  const jwk = await exportJWK(holder.publicKey)
  const keys = [{ ...(await exportJWK(server.publicKey)), kid: "k1", alg: "ES256", use: "sig" }]
  const token = await new SignJWT({ scope: "", client_id: "c1", cnf: { jkt: await calculateJwkThumbprint(jwk) } })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k1" })
    .setIssuer(I)
    .setAudience(R)
    .setSubject("u1")
    .setJti("j1")
    .setIssuedAt(now)
    .setExpirationTime(now + 300)
    .sign(server.privateKey)
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))
  const ath = encodeBase64Url(new Uint8Array(hash))
  const send = async (nonce?: string) => {
    const proof = new SignJWT({ htm: "POST", htu: R, ath, jti: crypto.randomUUID(), iat: now, ...(nonce && { nonce }) })
    const dpop = await proof.setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk }).sign(holder.privateKey)
    return post({ authorization: `DPoP ${token}`, dpop })
  }
  const nonces = Result.getOrThrow(makeNonces({ secret: crypto.getRandomValues(new Uint8Array(32)) }))
  const nonceAt = (seconds: number) =>
    Effect.runPromise(
      Effect.andThen(TestClock.setTime(seconds * 1000), nonces.current).pipe(Effect.provide(TestClock.layer()))
    )

  it("takes none that is old, of the future or guessed, and gives a new one with each refusal", async () => {
    const { handle, passed } = answering({ authorizationServers: [{ issuer: I, jwks: { keys } }], dpop: { nonces } })
    const wrong = [undefined, await nonceAt(now - 900), await nonceAt(now + 900), "A".repeat(43), String(now)]
    for (const nonce of wrong) {
      const response = await handle(await send(nonce))
      expect(response.status).toBe(401)
      expect(response.headers.get("www-authenticate")).toMatch(/^DPoP error="use_dpop_nonce"/)
      const next = response.headers.get("dpop-nonce") ?? ""
      expect(next).toMatch(/^[A-Za-z0-9_-]{43}$/)
      expect(wrong).not.toContain(next)
    }
    expect(passed).toEqual([])
    const fresh = (await handle(await send())).headers.get("dpop-nonce") ?? ""
    expect((await handle(await send(fresh))).status).toBe(200)
    expect(passed).toEqual(["Access"])
  })
})

describe("[JWT-35] a verifier of promises", () => {
  const saying = (verify: () => unknown) => answering({ verifier: { verify } as unknown as PromiseVerifier })
  const info = {
    issuer: I,
    subject: "u1",
    audience: [R],
    clientId: "c1",
    scope: new Set(["a"]),
    expiresAt: now + 300,
    actors: [],
    claims: {}
  }

  it.each<readonly [string, () => unknown]>([
    ["nothing", async () => undefined],
    ["null", async () => null],
    ["an empty object", async () => ({})],
    ["that it is not active", async () => ({ active: false })],
    ["yes", async () => true],
    ["the facts, and not that they are a success", async () => info],
    ["the facts at once, and no promise", () => info],
    ["a success without facts", async () => Result.succeed(undefined)],
    ["a success without an end", async () => Result.succeed({ ...info, expiresAt: undefined })],
    ["a success that ends nowhere", async () => Result.succeed({ ...info, expiresAt: Number.NaN })],
    ["a success that is over", async () => Result.succeed({ ...info, expiresAt: now - 120 })],
    ["a failure of no kind", async () => Result.fail(new Error("the secret of the database"))],
    ["that it is broken", () => Promise.reject(new Error("the secret of the database"))]
  ])("lets nobody in when it says %s", async (_, verify) => {
    const { handle, passed } = saying(verify)
    const response = await handle(post({ authorization: "Bearer x" }))
    expect([401, 500]).toContain(response.status)
    expect(`${JSON.stringify([...response.headers])}${await response.text()}`).not.toContain("secret")
    expect(passed).toEqual([])
  })

  it("lets somebody in when it says who they are", async () => {
    const { handle, passed } = saying(async () => Result.succeed(info))
    expect((await handle(post({ authorization: "Bearer x" }))).status).toBe(200)
    expect(passed).toEqual(["Access"])
  })
})

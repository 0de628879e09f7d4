import { encodeBase64Url } from "@postern/bytes"
import { makeNonces, makeProofMemory, type ProofMemory } from "@postern/dpop"
import type { DecisionEvent } from "@postern/resource-server"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { call, challengeOf, METADATA, now, opened, post, R, token, tool, VT } from "./fixture.ts"
import type { PromiseGuardOptions } from "@postern/resource-server/promise"

const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
const holder = await crypto.subtle.generateKey(ES256, true, ["sign", "verify"])
const other = await crypto.subtle.generateKey(ES256, true, ["sign", "verify"])

const utf8 = (text: string) => new Uint8Array(new TextEncoder().encode(text))
const base64url = (bytes: ArrayBuffer | string): string =>
  encodeBase64Url(typeof bytes === "string" ? utf8(bytes) : new Uint8Array(bytes))
const sha256 = async (text: string) => base64url(await crypto.subtle.digest("SHA-256", utf8(text)))

const publicOf = async ({ publicKey }: CryptoKeyPair) => {
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", publicKey)
  return { crv, kty, x, y }
}
const jkt = await sha256(JSON.stringify(await publicOf(holder)))
const bound = await token({ cnf: { jkt } })

interface ProofParts {
  readonly header?: object
  readonly claims?: object
  readonly key?: CryptoKeyPair
}

/** A proof for a POST to the resource with the bound token, right but for what is given. */
const prove = async ({ claims = {}, header = {}, key = holder }: ProofParts = {}): Promise<string> => {
  const head = { typ: "dpop+jwt", alg: "ES256", jwk: await publicOf(key), ...header }
  const body = {
    htm: "POST",
    htu: "https://mcp.example.com/mcp",
    iat: now,
    jti: crypto.randomUUID(),
    ath: await sha256(bound),
    ...claims
  }
  const input = `${base64url(JSON.stringify(head))}.${base64url(JSON.stringify(body))}`
  return `${input}.${base64url(await crypto.subtle.sign(ES256, key.privateKey, utf8(input)))}`
}

const send = (proof: string | undefined, bearer = bound, message: unknown = call("ping"), url = R) =>
  post(message, undefined, { authorization: `DPoP ${bearer}`, ...(proof && { dpop: proof }) }, url)

const withDpop = (dpop: PromiseGuardOptions["dpop"] = {}, changes: Partial<PromiseGuardOptions> = {}) =>
  opened({ dpop, ...changes })

const ALGS = (response: Response) => /DPoP [^=]*.*algs="([A-Za-z0-9 ]+)"/.exec(challengeOf(response) ?? "")?.[1]

const PLAIN = `scope="files:read", resource_metadata="${METADATA}"`
const challenged = (error: string, description: string, algs: string | undefined) =>
  `DPoP error="${error}", error_description="${description}", ${PLAIN}, algs="${algs}", Bearer ${PLAIN}`

describe("a guard that checks proofs", () => {
  it("takes a bound token with a proof of its key, and a token that is bound to none as Bearer", async () => {
    const { handle, passed } = withDpop()
    expect((await handle(send(await prove()))).status).toBe(200)
    expect((await handle(post(call("ping"), VT))).status).toBe(200)
    expect(passed.map(({ access }) => access._tag)).toEqual(["Access", "Access"])
    expect(passed[0]?.access).toMatchObject({ subject: "u1", token: { keyThumbprint: jkt } })
    const get = new Request(R, {
      headers: { authorization: `dpop ${bound}`, dpop: await prove({ claims: { htm: "GET" } }) }
    })
    expect((await handle(get)).status).toBe(200)
  })

  it("challenges with both schemes, or with DPoP alone where it is required", async () => {
    const none = await withDpop().handle(post(call("ping")))
    expect(none.status).toBe(401)
    expect(challengeOf(none)).toBe(`Bearer ${PLAIN}, DPoP ${PLAIN}, algs="${ALGS(none)}"`)
    expect(ALGS(none)).toMatch(/^(?:ES256|.* ES256)/)
    expect(none.headers.get("access-control-expose-headers")).toContain("DPoP-Nonce")
    expect(none.headers.get("vary")).toBe("Authorization, DPoP")

    const only = await withDpop({ required: true }).handle(post(call("ping")))
    expect(challengeOf(only)).toBe(`DPoP ${PLAIN}, algs="${ALGS(only)}"`)
  })

  it("says so in the metadata document", () => {
    const open = withDpop().guard.protectedResourceMetadata
    expect(open["dpop_signing_alg_values_supported"]).toContain("ES256")
    expect(open["dpop_bound_access_tokens_required"]).toBeUndefined()
    expect(withDpop({ required: true }).guard.protectedResourceMetadata).toMatchObject({
      dpop_bound_access_tokens_required: true
    })
    const without = opened().guard.protectedResourceMetadata
    expect(Object.keys(without).filter((name) => name.startsWith("dpop"))).toEqual([])
  })

  it("[DPO-01] refuses a proof that is not of this request, this token and this key, or was used before", async () => {
    const { handle, passed } = withDpop()
    expect((await handle(send(await prove()))).status).toBe(200)
    passed.length = 0
    const secret = { ...(await publicOf(holder)), d: (await crypto.subtle.exportKey("jwk", holder.privateKey)).d }
    const right = await prove()
    const wrong: ReadonlyArray<string | undefined> = [
      await prove({ claims: { htm: "GET" } }),
      await prove({ claims: { htm: "post" } }),
      await prove({ claims: { htu: "https://evil.example.com/mcp" } }),
      await prove({ claims: { htu: "https://mcp.example.com/other" } }),
      await prove({ claims: { htu: "http://mcp.example.com/mcp" } }),
      await prove({ claims: { htu: "https://mcp.example.com/mcp?x=1" } }),
      await prove({ claims: { iat: now - 600 } }),
      await prove({ claims: { iat: now + 600 } }),
      await prove({ claims: { jti: undefined } }),
      await prove({ header: { typ: "jwt" } }),
      await prove({ header: { alg: "none" } }),
      await prove({ header: { alg: "HS256" } }),
      await prove({ header: { jwk: secret } }),
      await prove({ claims: { ath: undefined } }),
      await prove({ claims: { ath: await sha256("another token") } }),
      await prove({ key: other }),
      `${right}, ${right}`,
      "x",
      undefined
    ]
    for (const proof of wrong) {
      const response = await handle(send(proof))
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toMatch(/^DPoP error="invalid_dpop_proof", error_description="[A-Za-z ]+"/)
      expect(await response.json()).toMatchObject({ error: "invalid_dpop_proof" })
    }
    expect((await handle(send(right))).status).toBe(200)
    const again = await handle(send(right))
    expect(again.status).toBe(401)
    expect(challengeOf(again)).toBe(challenged("invalid_dpop_proof", "The DPoP proof was used before", ALGS(again)))
    expect(passed).toHaveLength(1)
  })

  it("compares the URL with the configured one, whatever the request says of its host", async () => {
    const { handle } = withDpop()
    const behindProxy = async (proof: Promise<string>) => {
      const request = send(await proof, bound, call("ping"), "http://10.0.0.5:8080/mcp?x=1")
      request.headers.set("host", "evil.example.com")
      request.headers.set("x-forwarded-host", "evil.example.com")
      return (await handle(request)).status
    }
    expect(await behindProxy(prove())).toBe(200)
    expect(await behindProxy(prove({ claims: { htu: "http://10.0.0.5:8080/mcp" } }))).toBe(401)
    expect(await behindProxy(prove({ claims: { htu: "https://evil.example.com/mcp" } }))).toBe(401)

    const raw = async (target: string, htu: string) => {
      const { guard } = withDpop()
      const headers = new Headers({
        authorization: `DPoP ${bound}`,
        dpop: await prove({ claims: { htm: "GET", htu } })
      })
      return (await guard.wait({ method: "GET", target, header: (name) => headers.get(name) }))._tag
    }
    expect(await raw("/mcp?x=1#y", R)).toBe("Pending")
    expect(await raw("/mcp/other", "https://mcp.example.com/mcp/other")).toBe("Pending")
    expect(await raw("/mcp/other", R)).toBe("Finished")
    expect(await raw("http://evil.example.com/mcp", R)).toBe("Pending")
    expect(await raw("http://evil.example.com/mcp", "http://evil.example.com/mcp")).toBe("Finished")
    expect(await raw("//evil.example.com/mcp", "https://evil.example.com/mcp")).toBe("Finished")
  })

  it("[DPO-06] refuses a bound token as Bearer and an unbound one as DPoP", async () => {
    const { handle, passed } = withDpop()
    for (const request of [post(call("ping"), bound), post(call("ping"), bound, { dpop: await prove() })]) {
      const response = await handle(request)
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toBe(
        `Bearer error="invalid_token", error_description="The access token is bound to a key and came without a proof", ${PLAIN}, DPoP ${PLAIN}, algs="${ALGS(response)}"`
      )
    }
    const unbound = await handle(send(await prove({ claims: { ath: await sha256(VT) } }), VT))
    expect(unbound.status).toBe(401)
    expect(challengeOf(unbound)).toBe(
      challenged("invalid_token", "The access token is not bound to a key", ALGS(unbound))
    )
    expect(passed).toEqual([])

    // Remembered by the one way, it is still refused by the other.
    expect((await handle(send(await prove()))).status).toBe(200)
    expect((await handle(post(call("ping"), bound))).status).toBe(401)
    expect(passed).toHaveLength(1)
  })

  it("refuses a token that is bound to none where proofs are required", async () => {
    const { handle, passed } = withDpop({ required: true })
    for (const attempt of [1, 2]) {
      const response = await handle(post(call("ping"), VT))
      expect(response.status, String(attempt)).toBe(401)
      expect(challengeOf(response)).toBe(
        `DPoP error="invalid_token", error_description="The access token is not bound to a key", ${PLAIN}, algs="${ALGS(response)}"`
      )
    }
    expect(passed).toEqual([])
    expect((await handle(send(await prove()))).status).toBe(200)
  })

  it("remembers no proof of somebody without a good token", async () => {
    const ids: Array<string> = []
    const memory: ProofMemory = { remember: (id) => Effect.sync(() => (ids.push(id), "new" as const)) }
    const { handle } = withDpop({ memory })
    const expired = await token({ exp: now - 60, cnf: { jkt } })
    const proof = await prove({ claims: { ath: await sha256(expired) } })
    expect((await handle(send(proof, expired))).status).toBe(401)
    expect(ids).toEqual([])
    expect((await handle(send(await prove()))).status).toBe(200)
    expect(ids).toHaveLength(1)
  })

  it("[DPO-05] asks for a nonce, gives the next one with each answer, and takes no old or guessed one", async () => {
    const secret = new Uint8Array(32).fill(7)
    const nonces = Result.getOrThrow(makeNonces({ secret }))
    const { handle, passed } = withDpop({ nonces })
    const first = await handle(send(await prove()))
    expect(first.status).toBe(401)
    expect(challengeOf(first)).toBe(
      challenged("use_dpop_nonce", "The DPoP proof needs the nonce of this answer", ALGS(first))
    )
    const nonce = first.headers.get("dpop-nonce")
    if (nonce === null) throw new Error("no nonce")
    expect(nonce.length).toBeGreaterThanOrEqual(22)
    const good = await handle(send(await prove({ claims: { nonce } })))
    expect(good.status).toBe(200)
    expect(good.headers.get("dpop-nonce")).toBe(nonce)
    expect(passed).toHaveLength(1)

    const changed = `${nonce.slice(0, -2)}${nonce.endsWith("A") ? "BB" : "AA"}`
    const foreign = Result.getOrThrow(makeNonces({ secret: new Uint8Array(32).fill(8) }))
    const old = await Effect.runPromise(foreign.current)
    for (const guess of ["", "1", changed, old]) {
      const response = await handle(send(await prove({ claims: { nonce: guess } })))
      expect(response.status).toBe(401)
      expect([...response.headers.keys()].includes("dpop-nonce") || guess === "").toBe(true)
    }
    expect(passed).toHaveLength(1)
  })

  it("answers 503 when it cannot know whether a proof was used before", async () => {
    const down: ProofMemory = { remember: () => Effect.fail("down") }
    const unavailable = await withDpop({ memory: down }).handle(send(await prove()))
    expect(unavailable.status).toBe(503)
    expect(unavailable.headers.get("retry-after")).toBe("30")
    expect(challengeOf(unavailable)).toBeNull()
    expect(await unavailable.json()).toEqual({
      error: "temporarily_unavailable",
      error_description: "The DPoP proof cannot be checked at present"
    })
    const { handle } = withDpop({ memory: makeProofMemory({ maximumEntries: 1 }) })
    expect((await handle(send(await prove()))).status).toBe(200)
    const full = await handle(send(await prove()))
    expect(full.status).toBe(503)
    expect(full.headers.get("retry-after")).toBe("30")
    expect(await full.json()).toEqual({
      error: "temporarily_unavailable",
      error_description: "Too many DPoP proofs came in a short time"
    })
  })

  it("[LOG-06] tells whose token came with a proof that was used before, and no token", async () => {
    const events: Array<DecisionEvent> = []
    const { handle } = withDpop({}, { onDecision: (event) => void events.push(event) })
    const proof = await prove()
    for (const _ of [1, 2]) await handle(send(proof))
    expect(events.map(({ outcome, rejection, status }) => [outcome, rejection, status])).toEqual([
      ["accepted", undefined, undefined],
      ["refused", "ProofReplayed", 401]
    ])
    expect(events[1]).toMatchObject({ issuer: "https://as.example.com", clientId: "c1", subject: "u1" })
    for (const part of [...bound.split("."), ...proof.split(".")]) expect(JSON.stringify(events)).not.toContain(part)
  })

  it("judges scopes after the proof, and names them in the challenge of the scheme", async () => {
    const response = await withDpop().handle(send(await prove(), bound, tool("purge")))
    expect(response.status).toBe(403)
    expect(challengeOf(response)).toMatch(
      /^DPoP error="insufficient_scope", error_description="The access token lacks scopes that the operation needs", scope="files:read admin", /
    )
  })
})

describe("a guard that checks no proofs", () => {
  it("takes the scheme DPoP for no token, and a bound token for a wrong one", async () => {
    const { handle, passed } = opened()
    const scheme = await handle(send(await prove()))
    expect(scheme.status).toBe(401)
    expect(challengeOf(scheme)).toBe(`Bearer ${PLAIN}`)
    const bearer = await handle(post(call("ping"), bound))
    expect(challengeOf(bearer)).toContain('error="invalid_token"')
    expect(passed).toEqual([])
  })

  it("refuses options of proofs that are wrong or not known", () => {
    const make = (dpop: object) => () => opened({ dpop })
    expect(make({ algorithm: "ES256" })).toThrow(expect.objectContaining({ key: "dpop.algorithm" }))
    expect(make({ required: "yes" })).toThrow(expect.objectContaining({ key: "dpop.required" }))
    expect(make([])).toThrow(expect.objectContaining({ key: "dpop" }))
  })
})

import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import { StoreFailed } from "@postern/as-core"
import { ec, publicJwk } from "../assertion/signing.ts"
import {
  basic,
  C2_SECRET,
  CALLBACK,
  claimsOf,
  errorOf,
  type Fields,
  ISSUER,
  makeWorld,
  obtainCode,
  post,
  refreshRequest,
  start,
  tokenRequest,
  type Tokens,
  VERIFIER,
  type World
} from "../fixture.ts"
import { type Holder, makeHolder, prove, withProof } from "./proof.ts"

let world: World
let key: Holder
let other: Holder
beforeEach(async () => {
  world = await makeWorld({ dpop: {} })
  key = makeHolder()
  other = makeHolder()
})

const answerTo = (request: Request) => errorOf(world.handle(request))

const tokensFrom = async (request: Request): Promise<Tokens> => {
  const response = await world.handle(request)
  if (response.status !== 200) throw new Error(await response.text())
  return (await response.json()) as Tokens
}

/** Tokens bound to the key. */
const boundTokens = async (fields: Fields = {}): Promise<Tokens> =>
  tokensFrom(withProof(tokenRequest({ code: await obtainCode(world, fields) }), prove(key)))

describe("a token request with a proof", () => {
  it("[XD3] is answered by tokens that are bound to its key, and one without by tokens that are not", async () => {
    const bound = await boundTokens()
    expect(bound.token_type).toBe("DPoP")
    expect(claimsOf(bound.access_token)["cnf"]).toEqual({ jkt: key.jkt })
    const free = await tokensFrom(tokenRequest({ code: await obtainCode(world) }))
    expect(free.token_type).toBe("Bearer")
    expect(claimsOf(free.access_token)).not.toHaveProperty("cnf")
  })

  it("[DPO-01] is refused with 400 for whatever is wrong with it, and uses nothing up", async () => {
    const code = await obtainCode(world)
    const at = (htu: string) => prove(key, { htu })
    const privateJwk = key.pair.privateKey.export({ format: "jwk" })
    const secret = ec()
    for (const [what, proof] of [
      ["method", prove(key, { htm: "GET" })],
      ["method in small letters", prove(key, { htm: "post" })],
      ["host", at("https://evil.example.com/tenant/token")],
      ["path", at(`${ISSUER}/token2`)],
      ["issuer", at(ISSUER)],
      ["query", at(`${ISSUER}/token?x=y`)],
      ["fragment", at(`${ISSUER}/token#x`)],
      ["too old", prove(key, { iat: start - 600 })],
      ["too far ahead", prove(key, { iat: start + 600 })],
      ["no identifier", prove(key, { jti: undefined })],
      ["type", prove(key, {}, { typ: "jwt" })],
      ["no signature", prove(key, {}, { alg: "none" }, "none")],
      ["key of another", prove(key, {}, { jwk: publicJwk(secret) })],
      ["private key", prove(key, {}, { jwk: privateJwk })],
      ["not a proof", "x"],
      ["empty", ""]
    ] as const) {
      expect([what, ...(await answerTo(withProof(tokenRequest({ code }), proof)))]).toEqual([
        what,
        400,
        "invalid_dpop_proof"
      ])
    }
    const twice = withProof(withProof(tokenRequest({ code }), prove(key)), prove(key))
    expect(await answerTo(twice)).toEqual([400, "invalid_dpop_proof"])
    const hmac = prove({ ...key, pair: { ...key.pair, privateKey: key.pair.publicKey } }, {}, { alg: "HS256" }, "HS256")
    expect(await answerTo(withProof(tokenRequest({ code }), hmac))).toEqual([400, "invalid_dpop_proof"])
    expect((await answerTo(withProof(tokenRequest({ code }), prove(key))))[0]).toBe(200)
  })

  it("[DPO-01] is refused for a proof that was used, also by another instance on the same store", async () => {
    const proof = prove(key)
    const code = await obtainCode(world)
    const { refresh_token } = await tokensFrom(withProof(tokenRequest({ code }), proof))
    expect(await answerTo(withProof(refreshRequest(refresh_token), proof))).toEqual([400, "invalid_dpop_proof"])
    const second = await makeWorld({ dpop: {}, store: world.store })
    const again = withProof(refreshRequest(refresh_token), proof)
    expect(await errorOf(second.handle(again))).toEqual([400, "invalid_dpop_proof"])
    const fresh = withProof(refreshRequest(refresh_token), prove(key))
    expect((await errorOf(second.handle(fresh)))[0]).toBe(200)
  })

  it("is refused for one proof that 20 bring at once, but for one of them", async () => {
    const proof = prove(key)
    const codes = await Promise.all(Array.from({ length: 20 }, () => obtainCode(world)))
    const answers = await Promise.all(codes.map((code) => answerTo(withProof(tokenRequest({ code }), proof))))
    expect(answers.filter(([status]) => status === 200)).toHaveLength(1)
    expect(answers.filter(([, error]) => error === "invalid_dpop_proof")).toHaveLength(19)
  })

  it("is not remembered for whoever brings no code and no refresh token that is known", async () => {
    const before = world.store.dump()
    const proof = prove(key)
    const unknown = "n".repeat(22) + "s".repeat(43)
    expect(await answerTo(withProof(tokenRequest({ code: "guessed" }), proof))).toEqual([400, "invalid_grant"])
    expect(await answerTo(withProof(refreshRequest(unknown), proof))).toEqual([400, "invalid_grant"])
    expect(world.store.dump()).toBe(before)
    expect((await answerTo(withProof(tokenRequest({ code: await obtainCode(world) }), proof)))[0]).toBe(200)
  })

  it("is compared with the configured URL, whatever the request's host and query", async () => {
    const { body, headers } = withProof(tokenRequest({ code: await obtainCode(world) }), prove(key))
    const text = await new Response(body).text()
    const elsewhere = new Request("http://10.0.0.1:8080/tenant/token?x=y", { method: "POST", headers, body: text })
    expect((await answerTo(elsewhere))[0]).toBe(200)
  })

  it("is answered with 503 where it cannot be remembered, and uses nothing up", async () => {
    const code = await obtainCode(world)
    const remember = () => Effect.fail(new StoreFailed({ operation: "remember" }))
    const failing = await makeWorld({ dpop: {}, store: { ...world.store, remember } })
    const response = await failing.handle(withProof(tokenRequest({ code }), prove(key)))
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"])
    expect((await answerTo(withProof(tokenRequest({ code }), prove(key))))[0]).toBe(200)
  })
})

describe("a code", () => {
  it("[DPO-03] that was asked for with dpop_jkt is worth nothing with another key or none, and is not used up by it", async () => {
    const code = await obtainCode(world, { dpop_jkt: key.jkt })
    expect(await answerTo(withProof(tokenRequest({ code }), prove(other)))).toEqual([400, "invalid_grant"])
    expect(await answerTo(tokenRequest({ code }))).toEqual([400, "invalid_dpop_proof"])
    const tokens = await tokensFrom(withProof(tokenRequest({ code }), prove(key)))
    expect(claimsOf(tokens.access_token)["cnf"]).toEqual({ jkt: key.jkt })
  })

  it("that was used does not end its grant for somebody without the key", async () => {
    const code = await obtainCode(world, { dpop_jkt: key.jkt })
    const { refresh_token } = await tokensFrom(withProof(tokenRequest({ code }), prove(key)))
    expect(await answerTo(withProof(tokenRequest({ code }), prove(other)))).toEqual([400, "invalid_grant"])
    expect(world.events).toEqual([])
    expect((await answerTo(withProof(refreshRequest(refresh_token), prove(key))))[0]).toBe(200)
  })
})

describe("a refresh token of a public client", () => {
  it("[DPO-04] is bound to the key: with another one, or with none, nothing changes", async () => {
    const { refresh_token } = await boundTokens()
    const before = JSON.parse(world.store.dump()) as unknown[]
    expect(await answerTo(withProof(refreshRequest(refresh_token), prove(other)))).toEqual([400, "invalid_grant"])
    expect(await answerTo(refreshRequest(refresh_token))).toEqual([400, "invalid_dpop_proof"])
    const after = JSON.parse(world.store.dump()) as unknown[]
    // All but the proof that was remembered.
    expect(after.filter((table, at) => JSON.stringify(table) !== JSON.stringify(before[at]))).toHaveLength(1)
    const next = await tokensFrom(withProof(refreshRequest(refresh_token), prove(key)))
    expect(claimsOf(next.access_token)["cnf"]).toEqual({ jkt: key.jkt })
    expect(await answerTo(withProof(refreshRequest(next.refresh_token), prove(other)))).toEqual([400, "invalid_grant"])
    expect(world.events).toEqual([])
  })

  it.each([
    ["another key", true],
    ["none", false]
  ])(
    "that is old ends its grant with %s too: whoever stole it may have bound its chain to theirs",
    async (_, proves) => {
      const free = await tokensFrom(tokenRequest({ code: await obtainCode(world) }))
      const stolen = await tokensFrom(withProof(refreshRequest(free.refresh_token), prove(other)))
      const old = refreshRequest(free.refresh_token)
      expect(await answerTo(proves ? withProof(old, prove(key)) : old)).toEqual([400, "invalid_grant"])
      expect(world.events).toEqual([expect.objectContaining({ event: "refresh-token-replayed", clientId: "c1" })])
      const next = withProof(refreshRequest(stolen.refresh_token), prove(other))
      expect(await answerTo(next)).toEqual([400, "invalid_grant"])
    }
  )

  it("that was not bound is bound to the key of its first proof from then on", async () => {
    const free = await tokensFrom(tokenRequest({ code: await obtainCode(world) }))
    const bound = await tokensFrom(withProof(refreshRequest(free.refresh_token), prove(key)))
    expect(bound.token_type).toBe("DPoP")
    expect(await answerTo(refreshRequest(bound.refresh_token))).toEqual([400, "invalid_dpop_proof"])
    expect(await answerTo(withProof(refreshRequest(bound.refresh_token), prove(other)))).toEqual([400, "invalid_grant"])
    expect((await answerTo(withProof(refreshRequest(bound.refresh_token), prove(key))))[0]).toBe(200)
  })
})

describe("a refresh token of a client that authenticates", () => {
  it("goes with any key, since the authentication binds it", async () => {
    const asC2 = (fields: Fields) => post("token", fields, { authorization: basic("c2", C2_SECRET) })
    const code = await obtainCode(world, { client_id: "c2", redirect_uri: CALLBACK })
    const redemption = asC2({ grant_type: "authorization_code", code, code_verifier: VERIFIER })
    const first = await tokensFrom(withProof(redemption, prove(key)))
    const request = asC2({ grant_type: "refresh_token", refresh_token: first.refresh_token })
    const second = await tokensFrom(withProof(request, prove(other)))
    expect(claimsOf(second.access_token)["cnf"]).toEqual({ jkt: other.jkt })
  })
})

describe("a client with dpop_bound_access_tokens", () => {
  it("[XD3] gets no token without a proof", async () => {
    world = await makeWorld({
      dpop: {},
      clients: [
        {
          clientId: "c1",
          name: "Bound",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "none",
          dpopBoundAccessTokens: true
        }
      ]
    })
    const code = await obtainCode(world)
    expect(await answerTo(tokenRequest({ code }))).toEqual([400, "invalid_dpop_proof"])
    const { refresh_token } = await tokensFrom(withProof(tokenRequest({ code }), prove(key)))
    expect(await answerTo(refreshRequest(refresh_token))).toEqual([400, "invalid_dpop_proof"])
    expect((await answerTo(withProof(refreshRequest(refresh_token), prove(key))))[0]).toBe(200)
  })

  it("gets none where its record says so and DPoP is not served", async () => {
    world = await makeWorld()
    const code = await obtainCode(world)
    const client = {
      clientId: "old",
      origin: "registered" as const,
      name: "Old",
      redirectUris: [CALLBACK],
      tokenEndpointAuthMethod: "none" as const,
      grantTypes: ["authorization_code" as const],
      dpopBoundAccessTokens: true,
      applicationType: "native" as const,
      createdAt: 0
    }
    await Effect.runPromise(world.store.addClient({ client }, { maximum: 10 }))
    const request = tokenRequest({ code, client_id: "old" })
    expect(await answerTo(withProof(request, prove(key)))).toEqual([400, "invalid_dpop_proof"])
  })
})

describe("a nonce", () => {
  const secret = new Uint8Array(32).fill(7)

  it("[DPO-05] is needed in every proof where it is configured, comes with every answer, and does not last", async () => {
    world = await makeWorld({ dpop: { nonces: { secret, lifetimeSeconds: 60 } } })
    const code = await obtainCode(world)
    const refused = await world.handle(withProof(tokenRequest({ code }), prove(key)))
    const nonce = refused.headers.get("dpop-nonce") ?? ""
    expect(nonce).toMatch(/^[\w-]{43}$/)
    expect(refused.headers.get("cache-control")).toBe("no-store")
    expect(await errorOf(refused)).toEqual([400, "use_dpop_nonce"])
    const guessed = prove(key, { nonce: "A".repeat(43) })
    expect(await answerTo(withProof(tokenRequest({ code }), guessed))).toEqual([400, "use_dpop_nonce"])
    const response = await world.handle(withProof(tokenRequest({ code }), prove(key, { nonce })))
    expect(response.status).toBe(200)
    expect(response.headers.get("dpop-nonce")).toBe(nonce)
    const { refresh_token } = (await response.json()) as Tokens
    world.now += 121
    const old = prove(key, { nonce, iat: world.now })
    const stale = await world.handle(withProof(refreshRequest(refresh_token), old))
    const next = stale.headers.get("dpop-nonce") ?? ""
    expect(next).not.toBe(nonce)
    expect(await errorOf(stale)).toEqual([400, "use_dpop_nonce"])
    const good = prove(key, { nonce: next, iat: world.now })
    expect((await answerTo(withProof(refreshRequest(refresh_token), good)))[0]).toBe(200)
  })

  it("is not asked of a client without a proof, and is told to it all the same", async () => {
    world = await makeWorld({ dpop: { nonces: { secret } } })
    const response = await world.handle(tokenRequest({ code: await obtainCode(world) }))
    expect(response.status).toBe(200)
    expect(response.headers.get("dpop-nonce")).toMatch(/^[\w-]{43}$/)
  })

  it("can be read by a web page, which can send a proof", async () => {
    const preflight = await world.handle(new Request(`${ISSUER}/token`, { method: "OPTIONS" }))
    expect(preflight.headers.get("access-control-allow-headers")?.split(", ")).toContain("DPoP")
    expect(preflight.headers.get("access-control-expose-headers")?.split(", ")).toContain("DPoP-Nonce")
  })
})

describe("a server without DPoP", () => {
  it("looks at no proof, says so in the token type, and promises none", async () => {
    world = await makeWorld()
    const code = await obtainCode(world, { dpop_jkt: key.jkt })
    const response = await world.handle(withProof(tokenRequest({ code }), "x"))
    expect(response.headers.has("dpop-nonce")).toBe(false)
    expect(await response.json()).toMatchObject({ token_type: "Bearer" })
    const metadata = await world.handle(
      new Request(`https://as.example.com/.well-known/oauth-authorization-server/tenant`)
    )
    expect(await metadata.json()).not.toHaveProperty("dpop_signing_alg_values_supported")
  })

  it("and one with it differ in their metadata", async () => {
    world = await makeWorld({ dpop: { algorithms: ["ES256", "EdDSA"] } })
    const metadata = await world.handle(
      new Request(`https://as.example.com/.well-known/oauth-authorization-server/tenant`)
    )
    expect(await metadata.json()).toMatchObject({ dpop_signing_alg_values_supported: ["ES256", "EdDSA"] })
  })
})

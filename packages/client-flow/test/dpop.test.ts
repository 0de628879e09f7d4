import { type ClientOptions, memoryStore } from "@postern/client-flow"
import { makeDpop } from "@postern/client-flow/dpop"
import { makeClientKey } from "@postern/client-flow/private-key-jwt"
import { generateKeyPair } from "@postern/bytes"
import { thumbprint } from "@postern/dpop"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { dpop, dpopChallenge, makeDpopWorld } from "./dpop-world.ts"
import { readJwt } from "./read-jwt.ts"
import {
  ASM_URL,
  call,
  failure,
  insufficientScope,
  ISSUER,
  json,
  makeWorld,
  PRM_URL,
  REGISTER_URL,
  RESOURCE,
  resourceMetadata,
  run,
  type Seen,
  serverMetadata,
  TOKEN_URL,
  unauthorized
} from "./world.ts"

const required = Result.getOrThrow(makeDpop({ required: true }))

const proofOf = ({ headers }: Seen) => readJwt(headers.get("dpop"))

describe("a client with dpop", () => {
  it("[XD1] [DPO-03] binds the code and the token to a key, and proves it with every request", async () => {
    const world = makeDpopWorld()
    const client = world.client({ dpop })
    for (const expected of [200, 200]) {
      expect((await Effect.runPromise(client.fetch(RESOURCE, call()))).status).toBe(expected)
    }
    const [held] = await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))
    const jkt = await Effect.runPromise(thumbprint(held?.proofKey?.publicJwk ?? {}))
    expect(world.visits.map(({ parameters }) => parameters.getAll("dpop_jkt"))).toEqual([[jkt]])
    expect(world.proofs.map(({ thumbprint: key, url }) => [key, url])).toEqual([
      [jkt, TOKEN_URL],
      [jkt, RESOURCE],
      [jkt, RESOURCE]
    ])
    expect(new Set(world.proofs.map(({ id }) => id)).size).toBe(3)
    expect(world.requestsTo(RESOURCE).map(({ headers }) => headers.get("authorization"))).toEqual([
      null,
      "DPoP bound-1",
      "DPoP bound-1"
    ])
    expect(world.requestsTo(RESOURCE)[0]?.headers.has("dpop")).toBe(false)
    expect(proofOf(world.requestsTo(TOKEN_URL)[0] ?? fail()).claims).not.toHaveProperty("ath")
    expect(world.events.find(({ _tag }) => _tag === "CredentialsSaved")).toMatchObject({ bound: true })
  })

  it("[DPO-04] refreshes with the key of the credentials, which a store can write down", async () => {
    const world = makeDpopWorld()
    await Effect.runPromise(world.client({ dpop }).fetch(RESOURCE, call()))
    const [held] = await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))
    const written = JSON.stringify(held)
    await Effect.runPromise(world.store.saveCredentials({ ...JSON.parse(written), expiresAt: 0 }))
    // Another process, with the same store.
    await Effect.runPromise(world.client({ dpop }).fetch(RESOURCE, call()))
    expect(world.forms(TOKEN_URL).map((form) => form.get("grant_type"))).toEqual([
      "authorization_code",
      "refresh_token"
    ])
    expect(new Set(world.proofs.map((proof) => proof.thumbprint)).size).toBe(1)
    const [after] = await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))
    expect(after).toMatchObject({ accessToken: "bound-2", proofKey: held?.proofKey })
  })

  it("[XD4] keeps a key that cannot be read, where it is told", async () => {
    const world = makeDpopWorld()
    const unreadable = Result.getOrThrow(makeDpop({ extractable: false }))
    await Effect.runPromise(world.client({ dpop: unreadable }).fetch(RESOURCE, call()))
    const [held] = await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))
    expect(held?.proofKey?.privateKey).toBeInstanceOf(CryptoKey)
    expect(held?.proofKey?.privateKey).toMatchObject({ extractable: false })
  })

  it("has another key for each server, resource and authorization", async () => {
    const world = makeDpopWorld()
    const issuer = "https://other.example"
    const resource = "https://other.example/mcp"
    const document = "https://other.example/.well-known/oauth-protected-resource/mcp"
    world.routes.set(document, () => json(resourceMetadata({ resource, authorization_servers: [issuer] })))
    world.routes.set(`${issuer}/.well-known/oauth-authorization-server`, () =>
      json(serverMetadata({ dpop_signing_alg_values_supported: ["ES256"] }, issuer))
    )
    world.routes.set(`${issuer}/register`, ({ body }) => json({ ...JSON.parse(body), client_id: "other" }, 201))
    const token = world.routes.get(TOKEN_URL)
    if (token) world.routes.set(`${issuer}/token`, token)
    const client = world.client({ dpop })
    await Effect.runPromise(client.authorize({ resource: RESOURCE }))
    await Effect.runPromise(client.authorize({ resource: RESOURCE }))
    const { answer } = world
    world.answer = (visit) => answer(visit).replace(encodeURIComponent(ISSUER), encodeURIComponent(issuer))
    await Effect.runPromise(client.authorize({ resource }))
    expect(new Set(world.proofs.map((proof) => proof.thumbprint)).size).toBe(3)
    expect(new Set(world.visits.map(({ parameters }) => parameters.get("dpop_jkt"))).size).toBe(3)
  })

  it("[XD3] registers as one that wants its tokens bound, where it does", async () => {
    for (const [options, expected] of [
      [{ dpop }, undefined],
      [{ dpop: required }, true]
    ] as const) {
      const world = makeDpopWorld()
      await Effect.runPromise(world.client(options).fetch(RESOURCE, call()))
      const [registration] = world.requestsTo(REGISTER_URL)
      expect(JSON.parse(registration?.body ?? "{}").dpop_bound_access_tokens).toBe(expected)
    }
  })

  it("reads the challenge of the scheme that it used: a step-up over DPoP", async () => {
    const world = makeDpopWorld()
    const resource = world.routes.get(RESOURCE)
    world.routes.set(RESOURCE, async (request) => {
      const response = (await resource?.(request)) ?? fail()
      if (response.status !== 200 || world.bound.size > 1) return response
      const challenges = `Bearer scope="ignored", error="insufficient_scope", DPoP error="insufficient_scope", scope="write", resource_metadata="${PRM_URL}"`
      return new Response("", { status: 403, headers: { "www-authenticate": challenges } })
    })
    expect((await Effect.runPromise(world.client({ dpop }).fetch(RESOURCE, call()))).status).toBe(200)
    expect(world.visits.map(({ parameters }) => parameters.get("scope"))).toEqual([null, "write"])
  })

  it("sends no proof and no scheme of the caller's beside its own", async () => {
    const world = makeDpopWorld()
    const request = call()
    request.headers.set("dpop", "a.b.c")
    request.headers.set("authorization", "Bearer stale")
    await Effect.runPromise(world.client({ dpop }).fetch(RESOURCE, request))
    const [first, second] = world.requestsTo(RESOURCE)
    expect(first?.headers.has("dpop")).toBe(false)
    expect(second?.headers.get("dpop")).not.toContain("a.b.c")
    expect(second?.headers.get("authorization")).toBe("DPoP bound-1")
  })
})

describe("nonces", () => {
  it("[XD1] [DPO-05] are fetched from both servers by one refusal each, and asked of nobody again", async () => {
    const world = makeDpopWorld()
    Object.assign(world.wanted, { server: "as-nonce", resource: "rs-nonce" })
    const client = world.client({ dpop })
    for (const _ of [1, 2]) {
      expect((await Effect.runPromise(client.fetch(RESOURCE, call()))).status).toBe(200)
    }
    const noncesAt = (url: string) =>
      world
        .requestsTo(url)
        .flatMap((request) => (request.headers.has("dpop") ? [proofOf(request).claims["nonce"]] : []))
    expect(noncesAt(TOKEN_URL)).toEqual([undefined, "as-nonce"])
    expect(noncesAt(RESOURCE)).toEqual([undefined, "rs-nonce", "rs-nonce"])
    // A body is sent again as it was.
    expect(new Set(world.requestsTo(RESOURCE).map(({ body }) => body)).size).toBe(1)
    expect(world.visits).toHaveLength(1)
    expect(world.bound.size).toBe(1)
  })

  it("go back to the server that gave them, and to no other", async () => {
    const world = makeDpopWorld()
    world.wanted.server = "as-nonce"
    const second = "https://mcp.example.com/second"
    const document = "https://mcp.example.com/.well-known/oauth-protected-resource/second"
    world.routes.set(document, () => json(resourceMetadata({ resource: second })))
    world.routes.set(second, () => json({ ok: true }, 200, { "dpop-nonce": "of-second" }))
    const client = world.client({ dpop })
    await Effect.runPromise(client.authorize({ resource: second }))
    await Effect.runPromise(client.fetch(second, call("read", second)))
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    const sent = world.seen.flatMap((request) =>
      request.headers.has("dpop") ? [[request.url, proofOf(request).claims["nonce"]]] : []
    )
    expect(sent).toEqual([
      [TOKEN_URL, undefined],
      [TOKEN_URL, "as-nonce"],
      [second, undefined],
      [TOKEN_URL, "as-nonce"],
      [RESOURCE, undefined]
    ])
  })

  it("are taken from any answer, the newest one counts", async () => {
    const world = makeDpopWorld()
    const resource = world.routes.get(RESOURCE)
    let given = 0
    world.routes.set(RESOURCE, async (request) => {
      const response = (await resource?.(request)) ?? fail()
      response.headers.set("dpop-nonce", `n-${++given}`)
      return response
    })
    const client = world.client({ dpop })
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    expect(
      world
        .requestsTo(RESOURCE)
        .slice(1)
        .map((request) => proofOf(request).claims["nonce"])
    ).toEqual(["n-1", "n-2"])
  })

  it("that are none are not used: no retry, and the refusal stands", async () => {
    for (const nonce of ["a b", 'a"b', "x".repeat(513)]) {
      const world = makeDpopWorld()
      world.routes.set(TOKEN_URL, () => json({ error: "use_dpop_nonce" }, 400, { "dpop-nonce": nonce }))
      expect(await failure(world.client({ dpop }).fetch(RESOURCE, call()))).toMatchObject({
        _tag: "TokenRequestRejected",
        error: "use_dpop_nonce"
      })
      expect(world.requestsTo(TOKEN_URL)).toHaveLength(1)
    }
  })

  it("are tried once: a server that refuses the one that it gave ends the flow", async () => {
    const world = makeDpopWorld()
    let given = 0
    const another = () => ({ "dpop-nonce": `n-${++given}` })
    world.routes.set(TOKEN_URL, () => json({ error: "use_dpop_nonce" }, 400, another()))
    expect(await failure(world.client({ dpop }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "TokenRequestRejected",
      grant: "authorization_code",
      error: "use_dpop_nonce"
    })
    expect(world.requestsTo(TOKEN_URL)).toHaveLength(2)

    const strict = makeDpopWorld()
    strict.routes.set(RESOURCE, ({ headers }) =>
      headers.has("dpop") ? dpopChallenge(`, error="use_dpop_nonce"`, another()) : dpopChallenge("")
    )
    expect(await failure(strict.client({ dpop }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ProofRefused",
      error: "use_dpop_nonce"
    })
    expect(strict.requestsTo(RESOURCE)).toHaveLength(3)
    expect(strict.visits).toHaveLength(1)
  })

  it("come with another assertion of the client: neither is used twice", async () => {
    const { privateJwk } = await Effect.runPromise(generateKeyPair("ES256"))
    const clientKey = Result.getOrThrow(makeClientKey({ algorithm: "ES256", privateJwk }))
    const world = makeDpopWorld()
    world.wanted.server = "as-nonce"
    world.routes.set(ASM_URL, () =>
      json(
        serverMetadata({
          dpop_signing_alg_values_supported: ["ES256"],
          token_endpoint_auth_methods_supported: ["private_key_jwt"]
        })
      )
    )
    const registrations = [{ issuer: ISSUER, clientId: "mine", clientKey }]
    await Effect.runPromise(world.client({ dpop, registrations }).fetch(RESOURCE, call()))
    const assertions = world.forms(TOKEN_URL).map((form) => readJwt(form.get("client_assertion")).claims["jti"])
    expect(new Set(assertions).size).toBe(2)
  })
})

describe("where a proof does not help", () => {
  it("a resource that refuses it is not answered with another login", async () => {
    const world = makeDpopWorld()
    world.routes.set(RESOURCE, ({ headers }) =>
      headers.has("dpop") ? dpopChallenge(`, error="invalid_dpop_proof"`) : dpopChallenge("")
    )
    const error = await failure(world.client({ dpop }).fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "ProofRefused", resource: RESOURCE, error: "invalid_dpop_proof" })
    expect(world.visits).toHaveLength(1)
  })

  it.each([undefined, [], ["RS256"]])(
    "a server that does not list the algorithm (%o) gives Bearer tokens",
    async (listed) => {
      const world = makeWorld()
      world.routes.set(ASM_URL, () => json(serverMetadata({ dpop_signing_alg_values_supported: listed })))
      await Effect.runPromise(world.client({ dpop }).fetch(RESOURCE, call()))
      expect(world.visits[0]?.parameters.has("dpop_jkt")).toBe(false)
      expect(world.seen.filter(({ headers }) => headers.has("dpop"))).toEqual([])
      expect(world.requestsTo(RESOURCE)[1]?.headers.get("authorization")).toBe("Bearer access-1")

      const strict = makeWorld()
      strict.routes.set(ASM_URL, () => json(serverMetadata({ dpop_signing_alg_values_supported: listed })))
      expect(await failure(strict.client({ dpop: required }).fetch(RESOURCE, call()))).toMatchObject({
        _tag: "DpopUnsupported",
        issuer: ISSUER,
        algorithm: "ES256"
      })
      expect(strict.visits).toEqual([])
    }
  )

  it("[XD3] [RFT-19] a token of another type than the one that was asked for is not kept", async () => {
    const cases: ReadonlyArray<readonly [Partial<ClientOptions>, string]> = [
      [{ dpop }, "Bearer"],
      [{}, "DPoP"]
    ]
    for (const [options, token_type] of cases) {
      const world = makeDpopWorld()
      world.routes.set(TOKEN_URL, () => json({ access_token: "t", token_type }))
      expect(await failure(world.client(options).fetch(RESOURCE, call()))).toMatchObject({
        _tag: "TokenResponseMalformed",
        issues: [{ path: "token_type" }]
      })
      expect(await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))).toEqual([])
    }
  })

  it("held tokens are used by who can prove them, and unbound ones not by who wants them bound", async () => {
    const bound = makeDpopWorld()
    await Effect.runPromise(bound.client({ dpop }).fetch(RESOURCE, call()))
    bound.seen.length = 0
    bound.routes.set(TOKEN_URL, () => json({ access_token: "plain", token_type: "Bearer" }))
    bound.routes.set(RESOURCE, ({ headers }) => (headers.has("authorization") ? json({}) : unauthorized()))
    await Effect.runPromise(bound.client().fetch(RESOURCE, call()))
    expect(bound.requestsTo(RESOURCE).map(({ headers }) => headers.get("authorization"))).toEqual([
      null,
      "Bearer plain"
    ])

    const plain = makeDpopWorld()
    await Effect.runPromise(
      plain.store.saveCredentials({
        issuer: ISSUER,
        resource: RESOURCE,
        account: "default",
        clientId: "registered-client",
        accessToken: "plain",
        refreshToken: "plain-refresh",
        requestedScope: [],
        grantedScope: []
      })
    )
    await Effect.runPromise(
      plain.store.saveRegistration({
        issuer: ISSUER,
        clientId: "registered-client",
        tokenEndpointAuthMethod: "none",
        redirectUris: ["http://127.0.0.1:3999/callback"]
      })
    )
    await Effect.runPromise(plain.client({ dpop: required }).fetch(RESOURCE, call()))
    expect(plain.seen.filter(({ body, headers }) => `${body}${[...headers].join()}`.includes("plain"))).toEqual([])
  })

  it("a key that is none any more is a failure", async () => {
    const world = makeDpopWorld()
    await Effect.runPromise(world.client({ dpop }).fetch(RESOURCE, call()))
    const [held] = await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))
    if (!held?.proofKey) throw new Error("not bound")
    const store = memoryStore()
    const proofKey = { ...held.proofKey, privateKey: { kty: "EC", crv: "P-256", x: "", y: "", d: "" } }
    await Effect.runPromise(store.saveCredentials({ ...held, proofKey }))
    const registration = await Effect.runPromise(world.store.findRegistration(ISSUER))
    if (registration) await Effect.runPromise(store.saveRegistration(registration))
    expect(await failure(world.client({ dpop, store }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ProofKeyUnusable",
      kind: "failure"
    })
  })

  it("a client without dpop reads what a DPoP challenge says, where there is no other", async () => {
    const world = makeWorld()
    const elsewhere = "https://mcp.example.com/metadata"
    world.routes.set(elsewhere, () => json(resourceMetadata()))
    world.routes.set(RESOURCE, ({ headers }) =>
      headers.has("authorization")
        ? json({})
        : new Response("", { status: 401, headers: { "www-authenticate": `DPoP resource_metadata="${elsewhere}"` } })
    )
    await Effect.runPromise(world.client().fetch(RESOURCE, call()))
    expect(world.urls()).toContain(elsewhere)
  })

  it("a Bearer challenge counts before a DPoP challenge for who sends Bearer tokens", async () => {
    const world = makeWorld()
    let asked = 0
    world.routes.set(RESOURCE, ({ headers }) => {
      if (!headers.has("authorization")) return unauthorized()
      if (++asked > 1) return json({})
      const response = insufficientScope("read")
      response.headers.append("www-authenticate", `DPoP error="insufficient_scope", scope="everything"`)
      return response
    })
    await run(world.client().fetch(RESOURCE, call()))
    expect(world.visits.at(-1)?.parameters.get("scope")).toBe("read")
  })
})

describe("the options of DPoP", () => {
  it.each<readonly [string, object]>([
    ["algorithm", { algorithm: "HS256" }],
    ["require", { require: true }]
  ])("are refused by name: %s", (key, options) => {
    expect(makeDpop(Object.assign({}, options))).toMatchObject({ failure: { _tag: "ConfigurationInvalid", key } })
  })
})

const fail = (): never => {
  throw new Error("this request was not sent")
}

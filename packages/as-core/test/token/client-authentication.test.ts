import { createHash } from "node:crypto"
import { ClientUnknown } from "@postern/as-core"
import type { Parameters } from "@postern/messages"
import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import { makeAttempts } from "../../src/attempts.ts"
import type { Engine } from "../../src/engine.ts"
import { authenticateClient } from "../../src/token/authenticate-client.ts"
import { checkClient } from "../../src/token/client-authentication.ts"
import type { Client } from "../../src/store.ts"
import { asserted, claims, ec, jws, publicJwk } from "../assertion/signing.ts"
import {
  authorizeUrl,
  basic,
  Browser,
  C2_SECRET,
  C2_SECRET_HASH,
  CALLBACK,
  errorOf,
  ISSUER,
  makeWorld,
  tokenRequest,
  type World
} from "../fixture.ts"

const pair = ec()
const METADATA = "https://as.example.com/.well-known/oauth-authorization-server/tenant"
const secret = { redirectUris: [CALLBACK], secretHash: C2_SECRET_HASH }
const clients = [
  { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" as const },
  { clientId: "basic", name: "Basic", tokenEndpointAuthMethod: "client_secret_basic" as const, ...secret },
  { clientId: "post", name: "Post", tokenEndpointAuthMethod: "client_secret_post" as const, ...secret },
  ...["key", "other-key"].map((clientId) => ({
    clientId,
    name: "Key",
    redirectUris: [CALLBACK],
    tokenEndpointAuthMethod: "private_key_jwt" as const,
    jwks: { keys: [publicJwk(pair)] }
  }))
]

let world: World
beforeEach(async () => {
  world = await makeWorld({ clients })
})

const codeOf = async (client_id: string) =>
  (await new Browser(world).approve(authorizeUrl({ client_id }))).searchParams.get("code") ?? ""
const byBasic = (code: string, password = C2_SECRET, id = "basic", headers: object = {}) =>
  tokenRequest({ client_id: undefined, code }, { authorization: basic(id, password), ...headers })
const byPost = (code: string, password = C2_SECRET, headers: Record<string, string> = {}) =>
  tokenRequest({ client_id: "post", client_secret: password, code }, headers)
const byKey = (code: string, changes: object, id = "key", headers: Record<string, string> = {}) =>
  tokenRequest({ ...asserted(jws({ alg: "ES256" }, claims(id, changes), pair.privateKey)), code }, headers)
const send = (request: Request) => errorOf(world.handle(request))

describe("a request from a web page", () => {
  it("proves nothing by a shared secret, which in a page is everybody's", async () => {
    for (const origin of ["https://app.example", "null", ISSUER]) {
      expect(await send(byBasic(await codeOf("basic"), C2_SECRET, "basic", { origin }))).toEqual([
        401,
        "invalid_client"
      ])
      expect(await send(byPost(await codeOf("post"), C2_SECRET, { origin }))).toEqual([401, "invalid_client"])
    }
    expect((await send(byBasic(await codeOf("basic"))))[0]).toBe(200)
    expect((await send(byPost(await codeOf("post"))))[0]).toBe(200)
  })

  it("may be a public client's, or signed", async () => {
    const origin = "https://app.example"
    expect((await send(tokenRequest({ code: await codeOf("c1") }, { origin })))[0]).toBe(200)
    expect((await send(byKey(await codeOf("key"), {}, "key", { origin })))[0]).toBe(200)
  })
})

describe("wrong secrets", () => {
  it("[CAU-16] are 20 in a minute for one client, whether it exists or not; no other client is touched", async () => {
    const code = await codeOf("basic")
    for (const id of ["basic", "unknown"]) {
      const statuses: Array<unknown> = []
      for (let index = 0; index < 22; index++) {
        const answer = await world.handle(byBasic(code, `guess-${index}`, id))
        statuses.push([answer.status, answer.headers.get("retry-after")].join(" "))
      }
      expect(statuses).toEqual([...Array.from({ length: 20 }, () => "401 "), "429 60", "429 60"])
    }
    // The right one passes, so that nobody locks the client out.
    expect((await send(byBasic(await codeOf("basic"))))[0]).toBe(200)
    expect(await send(byBasic("x", "guess"))).toEqual([429, "temporarily_unavailable"])
    expect(await send(byPost("x", "guess"))).toEqual([401, "invalid_client"])
    expect((await send(tokenRequest({ code: await codeOf("c1") })))[0]).toBe(200)
    world.now += 60
    expect(await send(byBasic(await codeOf("basic"), "guess"))).toEqual([401, "invalid_client"])
    expect((await send(byBasic(await codeOf("basic"))))[0]).toBe(200)
  })

  it("[CAU-16] sent at once count as well", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => send(byBasic("x", `guess-${index}`))))
    expect(await send(byBasic("x", "guess"))).toEqual([429, "temporarily_unavailable"])
  })

  it("[CAU-16] for names that nobody has push no client out of the count, which is bounded", async () => {
    const count = () => makeAttempts({ limit: 1, windowSeconds: 60, maximum: 3 })
    const known = { tokenEndpointAuthMethod: "client_secret_basic", secretHash: C2_SECRET_HASH }
    const engine = {
      clients: (id: string) =>
        id === "known" ? Effect.succeed(known) : Effect.fail(new ClientUnknown({ reason: "unknown" })),
      guesses: { known: count(), unknown: count() }
    } as unknown as Engine
    const guess = (id: string) => {
      const header = (name: string) => (name === "authorization" ? basic(id, "guess") : null)
      const attempt = authenticateClient(engine, { header, parameters: new Map() as unknown as Parameters })
      return Effect.runPromise(Effect.map(Effect.flip(attempt), ({ _tag }) => _tag))
    }
    expect(await guess("known")).toBe("ClientAuthenticationFailed")
    for (const id of ["a", "b", "c", "d", "e"]) expect(await guess(id)).toBe("ClientAuthenticationFailed")
    expect(await guess("known")).toBe("ClientThrottled")
  })

  it("[TIM-02] are answered like a client that nobody knows, to the byte", async () => {
    const answers = await Promise.all(
      [
        byBasic("x", "wrong"),
        byBasic("x", "wrong", "unknown"),
        byBasic("x", "", "unknown"),
        byBasic("x", "w", "key")
      ].map(async (request) => {
        const answer = await world.handle(request)
        return [answer.status, [...answer.headers], await answer.text()]
      })
    )
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  it("[TIM-01] [TIM-03] are compared as hashes of one length: no part of a secret, nor its hash, is worth anything", async () => {
    const hash = createHash("sha256").update(C2_SECRET).digest()
    const client = { tokenEndpointAuthMethod: "client_secret_basic", secretHash: C2_SECRET_HASH } as unknown as Client
    const presented = { method: "client_secret_basic" } as const
    const check = (secretHash: Uint8Array | undefined) => checkClient({ client, presented, secretHash })._tag
    expect(check(hash)).toBe("Success")
    for (let at = 0; at < hash.length; at++) {
      const near = Uint8Array.from(hash)
      near[at] = (near[at] ?? 0) ^ 1
      expect([check(near), check(hash.subarray(0, at))]).toEqual(["Failure", "Failure"])
    }
    expect(check(undefined)).toBe("Failure")
    for (const guess of [C2_SECRET.slice(0, -1), `${C2_SECRET}x`, C2_SECRET.toUpperCase(), C2_SECRET_HASH]) {
      expect(await send(byBasic("x", guess))).toEqual([401, "invalid_client"])
    }
  })
})

describe("an assertion for the token endpoint", () => {
  const relax = [{ client: "key", allow: "token-endpoint-as-audience" as const, reason: "its library is from 2015" }]
  const aud = `${ISSUER}/token`

  it("[CAU-12] is refused, unless the client is named with a reason, which is told at start", async () => {
    expect(await send(byKey(await codeOf("key"), { aud }))).toEqual([401, "invalid_client"])
    world = await makeWorld({ clients, relax })
    expect(world.events).toEqual([
      {
        event: "exception-in-use",
        clientId: "key",
        detail: "token-endpoint-as-audience: its library is from 2015"
      }
    ])
    expect((await send(byKey(await codeOf("key"), { aud })))[0]).toBe(200)
    expect((await send(byKey(await codeOf("key"), { aud: [aud] })))[0]).toBe(200)
    expect((await send(byKey(await codeOf("key"), {})))[0]).toBe(200)
  })

  it("[CAU-12] stays the sole audience there, of that client alone", async () => {
    world = await makeWorld({ clients, relax })
    for (const wrong of [[aud, ISSUER], [aud, "https://evil.example"], `${aud}/`, "https://evil.example/token"]) {
      expect(await send(byKey(await codeOf("key"), { aud: wrong }))).toEqual([401, "invalid_client"])
    }
    expect(await send(byKey(await codeOf("other-key"), { aud }, "other-key"))).toEqual([401, "invalid_client"])
  })
})

describe("the methods that are offered", () => {
  const metadataOf = async (one: World) =>
    (await (await one.handle(new Request(METADATA))).json()) as Record<string, unknown>

  it("are all four, and as configured in step with the metadata", async () => {
    expect(await metadataOf(world)).toMatchObject({
      token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
      token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining(["ES256", "RS256"])
    })
    const few = await makeWorld({
      clients: clients.slice(1, 2),
      tokenEndpointAuthMethods: ["client_secret_basic"],
      registration: {}
    })
    const metadata = await metadataOf(few)
    expect(metadata["token_endpoint_auth_methods_supported"]).toEqual(["client_secret_basic"])
    expect(metadata).not.toHaveProperty("token_endpoint_auth_signing_alg_values_supported")
  })

  it("are all that a client can be given: without none nobody registers as a public client", async () => {
    world = await makeWorld({
      clients: [],
      tokenEndpointAuthMethods: ["client_secret_basic", "private_key_jwt"],
      registration: { dynamic: {} }
    })
    const register = async (body: object) => {
      const answer = await world.handle(
        new Request(`${ISSUER}/register`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ redirect_uris: [CALLBACK], ...body })
        })
      )
      return [answer.status, await answer.json()] as const
    }
    for (const body of [
      {},
      { token_endpoint_auth_method: "none" },
      { token_endpoint_auth_method: "client_secret_basic" },
      { token_endpoint_auth_method: "client_secret_post" }
    ]) {
      expect(await register(body)).toEqual([
        400,
        {
          error: "invalid_client_metadata",
          error_description: "token_endpoint_auth_method: must be one of private_key_jwt"
        }
      ])
    }
    expect(await register({ jwks: { keys: [publicJwk(pair)] } })).toMatchObject([
      201,
      { token_endpoint_auth_method: "private_key_jwt" }
    ])
  })
})

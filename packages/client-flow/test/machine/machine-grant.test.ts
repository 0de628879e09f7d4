import { generateKeyPair } from "@postern/bytes"
import { CredentialStoreFailed, explain } from "@postern/client-flow"
import { type AssertionFacts, AssertionUnavailable, type MachineGrant } from "@postern/client-flow/machine"
import { makeClientKey } from "@postern/client-flow/private-key-jwt"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import { dpop, makeDpopWorld } from "../dpop-world.ts"
import { readJwt } from "../read-jwt.ts"
import {
  ASM_URL,
  call,
  failure,
  insufficientScope,
  ISSUER,
  json,
  makeWorld,
  PRM_URL,
  RESOURCE,
  resourceMetadata,
  serverMetadata,
  TOKEN_URL,
  unauthorized,
  type World
} from "../world.ts"

const grant = { type: "client_credentials" } as const
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

const machineWorld = (members: Readonly<Record<string, unknown>> = {}): World => {
  const world = makeWorld()
  world.routes.set(ASM_URL, () =>
    json(
      serverMetadata({
        authorization_endpoint: undefined,
        registration_endpoint: undefined,
        response_types_supported: [],
        code_challenge_methods_supported: undefined,
        grant_types_supported: ["client_credentials", JWT_BEARER],
        token_endpoint_auth_methods_supported: ["client_secret_basic", "private_key_jwt"],
        ...members
      })
    )
  )
  return world
}

describe("client credentials", () => {
  it("[XC2] [AUD-16] get a token for the resource from a server that serves machines alone, without a browser", async () => {
    const world = machineWorld()
    const response = await Effect.runPromise(world.machine({ grant }).fetch(RESOURCE, call()))
    expect(response.status).toBe(200)
    expect(world.urls()).toEqual([RESOURCE, PRM_URL, ASM_URL, TOKEN_URL, RESOURCE])
    expect([...(world.forms(TOKEN_URL)[0] ?? [])]).toEqual([
      ["grant_type", "client_credentials"],
      ["resource", "https://mcp.example.com/mcp"]
    ])
    expect(world.visits).toEqual([])
  })

  it("[CAU-17] [XC3] send the secret once: by Basic, form-encoded, in no URL", async () => {
    const world = machineWorld()
    await Effect.runPromise(world.machine({ grant }).fetch(RESOURCE, call()))
    const [request] = world.requestsTo(TOKEN_URL)
    expect(request?.headers.get("authorization")).toBe(`Basic ${btoa("machine:s3cret%3A+%2B%2F%25")}`)
    expect(request?.body).not.toContain("s3cret")
    expect(world.urls().join()).not.toContain("s3cret")
    expect(JSON.stringify(world.events)).not.toContain("s3cret")
  })

  it("[CAU-17] send it in the form where the server lists nothing else, and then nowhere else", async () => {
    const world = machineWorld({ token_endpoint_auth_methods_supported: ["client_secret_post"] })
    await Effect.runPromise(world.machine({ grant }).fetch(RESOURCE, call()))
    const [request] = world.requestsTo(TOKEN_URL)
    expect(new URLSearchParams(request?.body).getAll("client_secret")).toEqual(["s3cret: +/%"])
    expect(request?.headers.has("authorization")).toBe(false)
  })

  it("[XC3] [XC4] authenticate by a key, by nothing but the assertion", async () => {
    const { privateJwk } = await Effect.runPromise(generateKeyPair("ES256"))
    const clientKey = Result.getOrThrow(makeClientKey({ algorithm: "ES256", privateJwk }))
    const world = machineWorld({ token_endpoint_auth_signing_alg_values_supported: ["ES256"] })
    const registrations = [{ issuer: ISSUER, clientId: "machine", clientKey }]
    await Effect.runPromise(world.machine({ grant, registrations }).fetch(RESOURCE, call()))
    const [request] = world.requestsTo(TOKEN_URL)
    const { claims } = readJwt(new URLSearchParams(request?.body).get("client_assertion"))
    expect(claims).toMatchObject({ iss: "machine", sub: "machine", aud: ISSUER })
    expect(request?.headers.has("authorization")).toBe(false)
  })

  it("ask for the scope of the challenge, and are asked for again as they were when the token ends", async () => {
    const world = machineWorld()
    world.routes.set(PRM_URL, () => json(resourceMetadata({ scopes_supported: ["read", "write", "admin"] })))
    world.routes.set(RESOURCE, ({ headers }) =>
      headers.has("authorization") ? json({}) : unauthorized(`resource_metadata="${PRM_URL}", scope="read"`)
    )
    const client = world.machine({ grant, scope: { extra: ["log"] } })
    const program = Effect.gen(function* () {
      yield* client.fetch(RESOURCE, call())
      yield* TestClock.adjust("59 minutes")
      yield* client.fetch(RESOURCE, call())
      // Within the last thirty seconds of it.
      yield* TestClock.adjust("35 seconds")
      yield* Effect.all([client.fetch(RESOURCE, call()), client.fetch(RESOURCE, call())], { concurrency: 2 })
      yield* TestClock.adjust("2 hours")
      yield* client.fetch(RESOURCE, call())
    })
    await Effect.runPromise(Effect.provide(program, TestClock.layer()))
    expect(world.forms(TOKEN_URL).map((form) => form.get("scope"))).toEqual(["read log", "read log", "read log"])
    expect(world.requestsTo(RESOURCE).map(({ headers }) => headers.get("authorization"))).toEqual([
      null,
      "Bearer access-1",
      "Bearer access-1",
      "Bearer access-2",
      "Bearer access-2",
      "Bearer access-3"
    ])
  })

  it("use a token that lives a moment longer while the server is down", async () => {
    const world = machineWorld()
    const client = world.machine({ grant })
    const program = Effect.gen(function* () {
      yield* client.fetch(RESOURCE, call())
      world.routes.set(TOKEN_URL, () => new Response("", { status: 503 }))
      yield* TestClock.adjust("3590 seconds")
      return yield* client.fetch(RESOURCE, call())
    })
    expect((await Effect.runPromise(Effect.provide(program, TestClock.layer()))).status).toBe(200)
  })

  it("keep no refresh token", async () => {
    const world = machineWorld()
    await Effect.runPromise(world.machine({ grant }).fetch(RESOURCE, call()))
    const [held] = await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))
    expect(held).toMatchObject({ accessToken: "access-1", clientId: "machine" })
    expect(held?.refreshToken).toBeUndefined()
  })

  it("[WWA-13] end after one token for a resource that refuses what was issued for it", async () => {
    const world = machineWorld()
    world.routes.set(RESOURCE, () => unauthorized())
    expect(await failure(world.machine({ grant }).fetch(RESOURCE, call()))).toMatchObject({ _tag: "TokenRefused" })
    expect(world.requestsTo(TOKEN_URL)).toHaveLength(1)
  })

  it("[CL31] ask once for the scope that is missing, and give up where it is not granted", async () => {
    const world = machineWorld()
    world.routes.set(TOKEN_URL, () => json({ access_token: "t", token_type: "Bearer", scope: "read" }))
    world.routes.set(RESOURCE, ({ headers }) =>
      headers.has("authorization") ? insufficientScope("write") : unauthorized()
    )
    expect(await failure(world.machine({ grant }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ScopeNotGranted",
      missing: ["write"]
    })
    expect(world.forms(TOKEN_URL).map((form) => form.get("scope"))).toEqual([null, "read write"])
  })

  it("bind the token to a key, where there is dpop", async () => {
    const world = makeDpopWorld()
    world.routes.set(ASM_URL, () =>
      json(
        serverMetadata({
          grant_types_supported: ["client_credentials"],
          token_endpoint_auth_methods_supported: ["client_secret_basic"],
          dpop_signing_alg_values_supported: ["ES256"]
        })
      )
    )
    Object.assign(world.wanted, { server: "as-nonce", resource: "rs-nonce" })
    const response = await Effect.runPromise(world.machine({ grant, dpop }).fetch(RESOURCE, call()))
    expect(response.status).toBe(200)
    expect(world.requestsTo(RESOURCE).at(-1)?.headers.get("authorization")).toBe("DPoP bound-1")
  })
})

describe("a server that is not one of ours", () => {
  const assertion = () => Effect.succeed("workload.jwt.text")
  const grants: ReadonlyArray<MachineGrant> = [grant, { type: "workload", assertion }]

  it.each(grants)("[CL15] [MIX-13] [PRM-10] gets nothing of the client, whoever names it: $type", async (each) => {
    const world = machineWorld()
    const evil = "https://evil.example"
    const metadata = (issuer: string) => json(serverMetadata({ grant_types_supported: undefined }, issuer))
    world.routes.set(`${evil}/.well-known/oauth-authorization-server`, () => metadata(evil))
    const client = world.machine({ grant: each })
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    world.seen.length = 0
    world.issued.length = 0
    world.routes.set(PRM_URL, () => json(resourceMetadata({ authorization_servers: [evil] })))
    expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({
      _tag: "RegistrationUnavailable",
      issuer: evil
    })
    const there = world.seen.filter(({ url }) => url.startsWith(evil))
    expect(there.map(({ url }) => url)).toEqual([`${evil}/.well-known/oauth-authorization-server`])
    expect(JSON.stringify(there.map(({ body, headers }) => [body, [...headers]]))).not.toMatch(
      /s3cret|workload|machine/
    )
  })

  it("nor does one that leaves the grant out of its list, or sends a token's request elsewhere", async () => {
    const world = machineWorld({ grant_types_supported: ["authorization_code"] })
    const error = await failure(world.machine({ grant }).fetch(RESOURCE, call()))
    expect(error).toMatchObject({
      _tag: "GrantUnsupported",
      grant: "client_credentials",
      member: "grant_types_supported"
    })
    expect(explain(error)).toMatchObject({ expected: "client_credentials", received: "authorization_code" })
    const elsewhere = machineWorld({ token_endpoint: "https://evil.example/token" })
    expect(await failure(elsewhere.machine({ grant }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "EndpointForbidden"
    })
    expect([...world.requestsTo(TOKEN_URL), ...elsewhere.seen.filter(({ url }) => url.includes("evil"))]).toEqual([])
  })

  it("one that has no list is asked", async () => {
    const world = machineWorld({ grant_types_supported: undefined })
    expect((await Effect.runPromise(world.machine({ grant }).fetch(RESOURCE, call()))).status).toBe(200)
  })
})

describe("a workload", () => {
  const registrations = [{ issuer: ISSUER, clientId: "workload-client" }]
  const publicWorld = () => machineWorld({ token_endpoint_auth_methods_supported: ["none"] })

  it("[XW1] gives its own token for one of the resource, and is told for whom", async () => {
    const world = publicWorld()
    const asked: Array<AssertionFacts> = []
    const assertion = (facts: AssertionFacts) => Effect.sync(() => (asked.push(facts), `jwt-${asked.length}.a.b`))
    const client = world.machine({ grant: { type: "workload", assertion }, registrations, scope: { extra: ["read"] } })
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    world.issued.length = 0
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    expect(asked).toEqual([
      { issuer: ISSUER, resource: RESOURCE },
      { issuer: ISSUER, resource: RESOURCE }
    ])
    expect([...(world.forms(TOKEN_URL)[0] ?? [])]).toEqual([
      ["grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
      ["assertion", "jwt-1.a.b"],
      ["scope", "read"],
      ["client_id", "workload-client"],
      ["resource", RESOURCE]
    ])
    expect(world.forms(TOKEN_URL)[1]?.get("assertion")).toBe("jwt-2.a.b")
    expect(JSON.stringify(world.events)).not.toContain("jwt-1")
  })

  it.each(["invalid_grant", "invalid_scope", "unauthorized_client"])(
    "[XW2] [XW3] is told of a refusal (%s), and neither asks again nor in another way",
    async (error) => {
      const world = publicWorld()
      world.routes.set(TOKEN_URL, () => json({ error }, 400))
      const assertion = () => Effect.succeed("a.b.c")
      const refused = await failure(
        world.machine({ grant: { type: "workload", assertion }, registrations }).fetch(RESOURCE, call())
      )
      expect(refused).toMatchObject({ _tag: "TokenRequestRejected", grant: JWT_BEARER, issuer: ISSUER, error })
      expect(world.requestsTo(TOKEN_URL)).toHaveLength(1)
    }
  )

  it("says why it has no token to show, by the tag of that", async () => {
    const reasons = [
      [new CredentialStoreFailed({ operation: "read", cause: new Error("gone") }), "CredentialStoreFailed"],
      [new AssertionUnavailable({ reason: "expired", cause: undefined }), "expired"]
    ] as const
    for (const [error, reason] of reasons) {
      const world = publicWorld()
      const grants = { type: "workload", assertion: () => Effect.fail(error) } as const
      expect(await failure(world.machine({ grant: grants, registrations }).fetch(RESOURCE, call()))).toMatchObject({
        _tag: "AssertionUnavailable",
        kind: "failure",
        reason
      })
      expect(world.requestsTo(TOKEN_URL)).toEqual([])
    }
  })
})

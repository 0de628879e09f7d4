import { Failure } from "@postern/rejection"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import {
  ASM_URL,
  call,
  callback,
  CALLBACK,
  failure,
  ISSUER,
  json,
  makeWorld,
  PRM_URL,
  RESOURCE,
  resourceMetadata,
  serverMetadata,
  TOKEN_URL,
  type Visit,
  type World
} from "./world.ts"

class UserGone extends Failure("UserGone") {}

/** A world whose server has this metadata, and whose callback is this. */
const worldWith = (promised: unknown, answer: (visit: Visit) => string): World => {
  const world = makeWorld()
  world.routes.set(ASM_URL, () => json(serverMetadata({ authorization_response_iss_parameter_supported: promised })))
  world.answer = answer
  return world
}

const stateOf = ({ parameters }: Visit) => parameters.get("state") ?? ""

/** Nothing was redeemed, nothing was kept. */
const expectNothingHappened = async (world: World) => {
  expect(world.requestsTo(TOKEN_URL)).toEqual([])
  expect(await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))).toEqual([])
}

describe("the issuer of the response", () => {
  it("[MIX-01] [CL22] redeems the code where iss is promised and the recorded issuer", async () => {
    const world = worldWith(true, (visit) => callback(visit, { code: "c", state: stateOf(visit), iss: ISSUER }))
    expect((await Effect.runPromise(world.client().fetch(RESOURCE, call()))).status).toBe(200)
    expect(world.forms(TOKEN_URL)[0]?.get("code")).toBe("c")
  })

  it("[MIX-02] [CL22] refuses a response without iss where one is promised", async () => {
    const world = worldWith(true, (visit) => callback(visit, { code: "c", state: stateOf(visit) }))
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "AuthorizationIssuerMismatch", expected: ISSUER, received: undefined })
    await expectNothingHappened(world)
  })

  it("[MIX-03] [CL22] refuses another iss where none is promised", async () => {
    for (const promised of [false, undefined]) {
      const world = worldWith(promised, (visit) =>
        callback(visit, { code: "c", state: stateOf(visit), iss: "https://attacker.example" })
      )
      const error = await failure(world.client().fetch(RESOURCE, call()))
      expect(error).toMatchObject({ _tag: "AuthorizationIssuerMismatch", received: "https://attacker.example" })
      await expectNothingHappened(world)
    }
    // The string "true" is no promise but a malformed document, which is not used at all.
    const string = worldWith("true", (visit) =>
      callback(visit, { code: "c", state: stateOf(visit), iss: "https://attacker.example" })
    )
    expect(await failure(string.client().fetch(RESOURCE, call()))).toMatchObject({ _tag: "MetadataMalformed" })
    await expectNothingHappened(string)
  })

  it("[MIX-04] [CL22] goes on without iss where none is promised", async () => {
    const world = worldWith(undefined, (visit) => callback(visit, { code: "c", state: stateOf(visit) }))
    expect((await Effect.runPromise(world.client().fetch(RESOURCE, call()))).status).toBe(200)
  })

  it.each([
    "https://as.example.com/",
    "HTTPS://as.example.com",
    "https://AS.example.com",
    "https://as.example.com:443",
    "https://as%2Eexample.com"
  ])("[CL23] does not take %s for the issuer", async (iss) => {
    const world = worldWith(true, (visit) => callback(visit, { code: "c", state: stateOf(visit), iss }))
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({ _tag: "AuthorizationIssuerMismatch" })
    await expectNothingHappened(world)
  })

  it("[MIX-07] [CL24] neither shows nor acts on the error of a response from somebody else", async () => {
    const world = worldWith(true, (visit) =>
      callback(visit, {
        error: "access_denied",
        error_description: "<script>alert(1)</script>",
        error_uri: "javascript:alert(1)",
        state: stateOf(visit),
        iss: "https://evil.example"
      })
    )
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "AuthorizationIssuerMismatch" })
    const shown = JSON.stringify([error, error.message, world.events])
    for (const text of ["access_denied", "<script", "alert", "javascript"]) expect(shown).not.toContain(text)
    await expectNothingHappened(world)
  })

  it("[MIX-08] sends the code of one open flow to neither server when the answer is the other's", async () => {
    const world = makeWorld()
    const other = { issuer: "https://b.example.com", resource: "https://b-mcp.example.com/mcp" }
    world.routes.set("https://b-mcp.example.com/.well-known/oauth-protected-resource/mcp", () =>
      json({ resource: other.resource, authorization_servers: [other.issuer] })
    )
    world.routes.set(`${other.issuer}/.well-known/oauth-authorization-server`, () =>
      json(serverMetadata({}, other.issuer))
    )
    world.routes.set(`${other.issuer}/register`, ({ body }) =>
      json({ ...JSON.parse(body), client_id: "b-client" }, 201)
    )
    world.routes.set(`${other.issuer}/token`, () => json({ access_token: "b-token", token_type: "Bearer" }))
    // Both users are on their way before either comes back.
    const visits = new Map<string, string>()
    const client = world.client({
      userAgent: ({ authorizationUrl, redirectUri, state }) =>
        Effect.gen(function* () {
          visits.set(new URL(authorizationUrl).origin, state)
          while (visits.size < 2) yield* Effect.sleep("5 millis")
          // A's flow gets B's code and issuer with A's state; B's flow is never answered.
          if (state !== visits.get(ISSUER)) return yield* Effect.fail(new UserGone({}))
          return `${redirectUri}?${new URLSearchParams({ code: "b-code", state, iss: other.issuer })}`
        })
    })
    const [mixed] = await Promise.all([
      failure(client.authorize({ resource: RESOURCE })),
      failure(client.authorize({ resource: other.resource }))
    ])
    expect(mixed).toMatchObject({ _tag: "AuthorizationIssuerMismatch", expected: ISSUER, received: other.issuer })
    await expectNothingHappened(world)
    expect(world.requestsTo(`${other.issuer}/token`)).toEqual([])
  })

  it("[MIX-12] refuses the answer of an honest server that an attacker's server redirected to with its own client id", async () => {
    const attacker = "https://attacker.example"
    const world = makeWorld()
    world.routes.set(PRM_URL, () => json(resourceMetadata({ authorization_servers: [attacker] })))
    world.routes.set(`${attacker}/.well-known/oauth-authorization-server`, () =>
      json(serverMetadata({ authorization_response_iss_parameter_supported: undefined }, attacker))
    )
    // Registered at the honest server too.
    world.routes.set(`${attacker}/register`, ({ body }) =>
      json({ ...JSON.parse(body), client_id: "registered-client" }, 201)
    )
    world.answer = (visit) => callback(visit, { code: "honest-code", state: stateOf(visit), iss: ISSUER })
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "AuthorizationIssuerMismatch",
      expected: attacker,
      received: ISSUER
    })
    expect(world.requestsTo(`${attacker}/token`)).toEqual([])
  })
})

describe("the state of the response", () => {
  it("[CBK-01] [CL20] refuses a callback with no state, an empty, a wrong, a longer or a shorter one, and one of an earlier flow", async () => {
    let earlier = ""
    const states: ReadonlyArray<(visit: Visit) => string | undefined> = [
      () => undefined,
      () => "",
      () => "wrong",
      (visit) => `${stateOf(visit)} `,
      (visit) => stateOf(visit).slice(0, -1),
      () => earlier
    ]
    for (const state of states) {
      const world = makeWorld()
      // A flow that ended in an error: its state is expired.
      world.answer = (visit) => {
        earlier = stateOf(visit)
        return callback(visit, { error: "access_denied", state: earlier, iss: ISSUER })
      }
      const client = world.client()
      await failure(client.fetch(RESOURCE, call()))
      world.answer = (visit) => {
        const value = state(visit)
        return callback(visit, { code: "c", iss: ISSUER, ...(value === undefined ? {} : { state: value }) })
      }
      const error = await failure(client.fetch(RESOURCE, call()))
      expect(error).toMatchObject({ _tag: "StateMismatch" })
      await expectNothingHappened(world)
    }
    // A state that was used: its flow succeeded.
    const used = makeWorld()
    const client = used.client()
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    used.answer = (visit) =>
      callback(visit, { code: "c", iss: ISSUER, state: used.visits[0]?.parameters.get("state") ?? "" })
    expect(await failure(client.authorize({ resource: RESOURCE }))).toMatchObject({ _tag: "StateMismatch" })
    expect(used.requestsTo(TOKEN_URL)).toHaveLength(1)
  })

  it("[CBK-01] [CL20] is compared first: of a response of an unknown flow no issuer is judged or shown", async () => {
    for (const iss of [{}, { iss: "https://attacker.example" }]) {
      const world = worldWith(true, (visit) => callback(visit, { code: "c", state: "unknown", ...iss }))
      const error = await failure(world.client().fetch(RESOURCE, call()))
      expect(error).toMatchObject({ _tag: "StateMismatch", received: "different" })
      expect(JSON.stringify([error, error.message, world.events])).not.toContain("attacker")
      await expectNothingHappened(world)
    }
  })

  it("[CBK-12] draws a new state and a new verifier of 256 bits for every flow", async () => {
    const world = makeWorld()
    const client = world.client()
    for (let flow = 0; flow < 1000; flow++) await Effect.runPromise(client.authorize({ resource: RESOURCE }))
    const states = world.visits.map(stateOf)
    const verifiers = world.forms(TOKEN_URL).map((form) => form.get("code_verifier") ?? "")
    expect(new Set(states).size).toBe(1000)
    expect(new Set(verifiers).size).toBe(1000)
    for (const value of [...states, ...verifiers]) expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(new Set([...states, ...verifiers]).size).toBe(2000)
  })
})

describe("the rest of the response", () => {
  it("[CBK-05] refuses repeated parameters, a code beside an error, and codes that are none", async () => {
    const queries = ["code=a&code=b", "code=a&error=x", `code=${"a".repeat(100_000)}`, "code=a%0D%0Ab", "code=a%00b"]
    for (const query of queries) {
      const world = worldWith(
        true,
        (visit) => `${CALLBACK}?${query}&state=${stateOf(visit)}&iss=${encodeURIComponent(ISSUER)}`
      )
      const error = await failure(world.client().fetch(RESOURCE, call()))
      expect(["ParameterRepeated", "ParameterInvalid", "ParametersTooLarge"]).toContain(error._tag)
      await expectNothingHappened(world)
    }
    const states = worldWith(
      true,
      (visit) => `${CALLBACK}?code=a&state=${stateOf(visit)}&state=t&iss=${encodeURIComponent(ISSUER)}`
    )
    expect(await failure(states.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ParameterRepeated",
      parameter: "state"
    })
    await expectNothingHappened(states)
  })

  it("refuses a response with neither a code nor an error", async () => {
    const world = worldWith(true, (visit) => callback(visit, { state: stateOf(visit), iss: ISSUER }))
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ParameterMissing",
      parameter: "code"
    })
  })

  it("[CBK-14] refuses a callback that arrived somewhere else", async () => {
    const places = [
      "http://127.0.0.1:4000/callback?",
      "http://localhost:3999/callback?",
      "https://127.0.0.1:3999/callback?",
      "http://127.0.0.1:3999/other?",
      `${CALLBACK}#`
    ]
    for (const place of places) {
      const world = worldWith(
        true,
        (visit) => `${place}code=c&state=${stateOf(visit)}&iss=${encodeURIComponent(ISSUER)}`
      )
      expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({
        _tag: "CallbackUrlMismatch",
        expected: CALLBACK
      })
      await expectNothingHappened(world)
    }
  })

  it("reports what the authorization server said, cleaned, when the response is its own", async () => {
    const world = worldWith(true, (visit) =>
      callback(visit, {
        error: "access_denied",
        error_description: "no\u001B[2J way",
        state: stateOf(visit),
        iss: ISSUER
      })
    )
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "AuthorizationRefused", error: "access_denied", issuer: ISSUER })
    expect(JSON.stringify(error)).not.toMatch(/\\u001b/i)
    await expectNothingHappened(world)
  })

  it("[CBK-03] stores nothing when the token endpoint refuses a code that was injected", async () => {
    const world = makeWorld()
    world.routes.set(TOKEN_URL, () => json({ error: "invalid_grant" }, 400))
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "TokenRequestRejected", grant: "authorization_code", error: "invalid_grant" })
    expect(await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))).toEqual([])
  })

  it("[PKC-14] uses a new verifier for the flow after an error, and always S256", async () => {
    const world = makeWorld()
    world.routes.set(TOKEN_URL, () => json({ error: "invalid_grant" }, 400))
    const client = world.client()
    for (let flow = 0; flow < 3; flow++) await failure(client.fetch(RESOURCE, call()))
    const verifiers = world.forms(TOKEN_URL).map((form) => form.get("code_verifier"))
    expect(new Set(verifiers).size).toBe(3)
    expect(new Set(world.visits.map(({ parameters }) => parameters.get("code_challenge"))).size).toBe(3)
    for (const { parameters } of world.visits) expect(parameters.get("code_challenge_method")).toBe("S256")
    for (const verifier of verifiers) expect(verifier).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it("passes on that the user agent brought nothing", async () => {
    const world = makeWorld()
    const client = world.client({ userAgent: () => Effect.fail(new UserGone({})) })
    expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({ _tag: "UserAgentFailed", reason: "UserGone" })
  })
})

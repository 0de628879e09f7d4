import type { Adjustment, FlowEvent, Relaxation } from "@postern/client-flow"
import {
  audienceParameter,
  callbackIssuer,
  errorsWith200,
  metadataIssuer,
  offlineByParameter,
  omitResource,
  registerWithSecret,
  scopePrefix,
  scopeRequired,
  scopeWithCommas,
  tokenOfUser
} from "@postern/client-flow/exceptions"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import {
  ASM_URL,
  call,
  callback,
  failure,
  insufficientScope,
  ISSUER,
  json,
  makeWorld,
  REGISTER_URL,
  RESOURCE,
  serverMetadata,
  TOKEN_URL,
  unauthorized,
  type World
} from "./world.ts"

const named = (...allowed: ReadonlyArray<Relaxation["allow"]>): ReadonlyArray<Relaxation> =>
  allowed.map((allow) => ({ issuer: ISSUER, allow, reason: "a reason" }))

const enter = (world: World, ...relax: ReadonlyArray<Relaxation>) =>
  Effect.runPromise(world.client({ relax }).fetch(RESOURCE, call()))

const uses = (events: ReadonlyArray<FlowEvent>) =>
  events.flatMap((event) => (event._tag === "ExceptionUsed" ? [event] : []))

const ALL = [
  audienceParameter(),
  callbackIssuer("https://other.example"),
  errorsWith200(),
  metadataIssuer("https://other.example"),
  offlineByParameter,
  omitResource,
  scopePrefix(),
  scopeRequired("all"),
  scopeWithCommas,
  tokenOfUser
]

describe("an exception that takes part in the exchanges", () => {
  it("has no part in those of another issuer, however alike", async () => {
    const plain = makeWorld()
    await enter(plain)
    for (const issuer of [`${ISSUER}/`, "https://as.example.com.example", `${ISSUER}/path`]) {
      const world = makeWorld()
      await enter(world, ...ALL.map((allow) => ({ issuer, allow, reason: "r" })))
      expect(uses(world.events)).toEqual([])
      expect([...(world.visits[0]?.parameters.keys() ?? [])]).toEqual([...(plain.visits[0]?.parameters.keys() ?? [])])
      expect([...(world.forms(TOKEN_URL)[0]?.keys() ?? [])]).toEqual([...(plain.forms(TOKEN_URL)[0]?.keys() ?? [])])
    }
  })

  it("is told at each use, with its issuer and reason", async () => {
    const world = makeWorld()
    await enter(world, ...named(omitResource))
    const use = { _tag: "ExceptionUsed", issuer: ISSUER, allow: "resource-omitted", reason: "a reason" }
    // The authorization request, and the token request.
    expect(uses(world.events)).toEqual([use, use])
  })

  it("is not told where it changed nothing", async () => {
    const world = makeWorld()
    await enter(world, ...named(scopePrefix(), errorsWith200(), scopeWithCommas, tokenOfUser, metadataIssuer("x")))
    expect(uses(world.events)).toEqual([])
  })

  it("leaves state, PKCE, redirect URI and client as they are, whatever all of them do together", async () => {
    const world = makeWorld()
    world.answer = (visit) =>
      callback(visit, { code: "c", state: visit.parameters.get("state") ?? "", iss: "https://other.example" })
    await enter(world, ...named(...ALL))
    const parameters = world.visits[0]?.parameters
    expect(parameters?.get("state")).toMatch(/^[\w-]{43}$/)
    expect(parameters?.get("code_challenge")).toMatch(/^[\w-]{43}$/)
    expect(parameters?.get("code_challenge_method")).toBe("S256")
    expect(parameters?.get("redirect_uri")).toBe("http://127.0.0.1:3999/callback")
    expect(parameters?.get("response_type")).toBe("code")
    expect(world.forms(TOKEN_URL)[0]?.get("code_verifier")).toMatch(/^[\w-]{43}$/)

    world.answer = (visit) => callback(visit, { code: "c", state: "guessed", iss: "https://other.example" })
    const client = world.client({ relax: named(...ALL) })
    expect(await failure(client.authorize({ resource: RESOURCE }))).toMatchObject({ _tag: "StateMismatch" })
    world.answer = (visit) => callback({ ...visit, redirectUri: "http://127.0.0.1:3999/other" }, { code: "c" })
    expect(await failure(client.authorize({ resource: RESOURCE }))).toMatchObject({ _tag: "CallbackUrlMismatch" })
  })

  it("is one that a function of the package made: an object that looks like one is refused", () => {
    const allow: Adjustment = { name: "resource-omitted", seams: {} }
    expect(() => makeWorld().client({ relax: named(allow) })).toThrow("relax[0].allow: is not a named exception")
  })
})

describe("metadataIssuer", () => {
  const other = "https://{tenant}.example.com"

  it("[ASM-01] takes the other issuer, character for character, and compares iss with it", async () => {
    const world = makeWorld()
    world.routes.set(ASM_URL, () => json({ ...serverMetadata(), issuer: other }))
    world.answer = (visit) => callback(visit, { code: "c", state: visit.parameters.get("state") ?? "", iss: other })
    expect((await enter(world, ...named(metadataIssuer(other)))).status).toBe(200)
    expect(uses(world.events)).toMatchObject([{ allow: "issuer-of-metadata" }])

    const client = world.client({ relax: named(metadataIssuer(other)) })
    world.answer = (visit) => callback(visit, { code: "c", state: visit.parameters.get("state") ?? "", iss: ISSUER })
    expect(await failure(client.authorize({ resource: RESOURCE }))).toMatchObject({
      _tag: "AuthorizationIssuerMismatch",
      expected: other
    })
  })

  it("[ASM-01] refuses a third one", async () => {
    for (const third of ["https://third.example", `${other}/`, "https://a.example.com"]) {
      const world = makeWorld()
      world.routes.set(ASM_URL, () => json({ ...serverMetadata(), issuer: third }))
      const client = world.client({ relax: named(metadataIssuer(other)) })
      expect(["IssuerMismatch", "MetadataMalformed"]).toContain((await failure(client.fetch(RESOURCE, call())))._tag)
    }
  })
})

describe("callbackIssuer", () => {
  it("[MIX-02] compares iss with the other issuer alone, and still wants it where it is promised", async () => {
    const other = "https://front.example"
    const world = makeWorld()
    const answer = (iss?: string) => {
      world.answer = (visit) =>
        callback(visit, {
          code: "c",
          state: visit.parameters.get("state") ?? "",
          ...(iss === undefined ? {} : { iss })
        })
    }
    answer(other)
    expect((await enter(world, ...named(callbackIssuer(other)))).status).toBe(200)
    expect(uses(world.events)).toMatchObject([{ allow: "issuer-of-callback" }])
    const client = world.client({ relax: named(callbackIssuer(other)) })
    for (const iss of [ISSUER, `${other}/`, undefined]) {
      answer(iss)
      expect(await failure(client.authorize({ resource: RESOURCE }))).toMatchObject({
        _tag: "AuthorizationIssuerMismatch",
        expected: other
      })
    }
  })
})

describe("registerWithSecret", () => {
  it("asks for a secret in the registration, where none would be, and obeys the answer", async () => {
    for (const answered of ["client_secret_post", "client_secret_basic"] as const) {
      const world = makeWorld()
      world.routes.set(REGISTER_URL, ({ body }) =>
        json({ ...JSON.parse(body), client_id: "c", client_secret: "s", token_endpoint_auth_method: answered }, 201)
      )
      await enter(world, ...named(registerWithSecret("client_secret_post")))
      const [registration] = world.requestsTo(REGISTER_URL)
      expect(JSON.parse(registration?.body ?? "")).toMatchObject({ token_endpoint_auth_method: "client_secret_post" })
      expect(world.forms(TOKEN_URL)[0]?.has("client_secret")).toBe(answered === "client_secret_post")
      expect(uses(world.events)).toMatchObject([{ allow: "registered-with-secret" }])
    }
  })
})

describe("what is asked", () => {
  it("omitResource: no resource in any request, the refresh included", async () => {
    const world = makeWorld()
    const client = world.client({ relax: named(omitResource) })
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    world.issued.length = 0
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    expect(world.visits[0]?.parameters.has("resource")).toBe(false)
    expect(world.forms(TOKEN_URL).map((form) => [form.get("grant_type"), form.has("resource")])).toEqual([
      ["authorization_code", false],
      ["refresh_token", false]
    ])
  })

  it("scopePrefix: the scopes of the server alone, once, and taken off what is granted", async () => {
    const world = makeWorld()
    world.routes.set(RESOURCE, ({ headers }) =>
      headers.has("authorization") ? json({}) : unauthorized(`scope="notes:read openid https://x.example/all"`)
    )
    const client = world.client({ relax: named(scopePrefix("api://notes")) })
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    expect(world.visits[0]?.parameters.get("scope")).toBe("api://notes/notes:read openid https://x.example/all")
    const { grantedScope, requestedScope } = await Effect.runPromise(client.authorize({ resource: RESOURCE }))
    expect(grantedScope).toEqual(["notes:read", "openid", "https://x.example/all"])
    expect(requestedScope).toEqual(["notes:read", "openid", "https://x.example/all"])
  })

  it("scopePrefix: not taken off what was asked for with it, at a login, a refresh and a step-up to the short name", async () => {
    const world = makeWorld()
    let demanded = "api://notes/read write"
    world.routes.set(RESOURCE, ({ headers }) => {
      if (!world.issued.includes(headers.get("authorization")?.replace("Bearer ", "") ?? ""))
        return unauthorized(`scope="${demanded}"`)
      return demanded === "read" && world.visits.length < 2 ? insufficientScope(demanded) : json({})
    })
    const client = world.client({ relax: named(scopePrefix("api://notes")) })
    const granted = async () => {
      expect((await Effect.runPromise(client.fetch(RESOURCE, call()))).status).toBe(200)
      return (await Effect.runPromise(world.store.findCredentials(RESOURCE, "default")))[0]?.grantedScope
    }
    expect(await granted()).toEqual(["api://notes/read", "write"])
    world.issued.length = 0
    const token = world.routes.get(TOKEN_URL)
    world.routes.set(TOKEN_URL, async (request) => {
      const answer = await token?.(request)
      return json({ ...(await answer?.json()), scope: "api://notes/read api://notes/write" })
    })
    expect(await granted()).toEqual(["api://notes/read", "write"])
    demanded = "read"
    expect(await granted()).toEqual(["api://notes/read", "read", "write"])
    expect(world.visits.map(({ parameters }) => parameters.get("scope"))).toEqual([
      "api://notes/read api://notes/write",
      "api://notes/read api://notes/write"
    ])
  })

  it("scopePrefix: the resource, where none is given, whether it is sent or not", async () => {
    for (const relax of [named(scopePrefix()), named(omitResource, scopePrefix())]) {
      const world = makeWorld()
      world.routes.set(RESOURCE, ({ headers }) => (headers.has("authorization") ? json({}) : unauthorized(`scope="a"`)))
      await enter(world, ...relax)
      expect(world.visits[0]?.parameters.get("scope")).toBe("https://mcp.example.com/mcp/a")
    }
  })

  it("scopeRequired: where nobody names a scope, and not in a refresh", async () => {
    const world = makeWorld()
    const client = world.client({ relax: named(scopeRequired("a", "b")) })
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    world.issued.length = 0
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    expect(world.visits[0]?.parameters.get("scope")).toBe("a b")
    expect(world.forms(TOKEN_URL).map((form) => form.has("scope"))).toEqual([false, false])
    const asked = makeWorld()
    asked.routes.set(RESOURCE, ({ headers }) => (headers.has("authorization") ? json({}) : unauthorized(`scope="x"`)))
    await enter(asked, ...named(scopeRequired("a")))
    expect(asked.visits[0]?.parameters.get("scope")).toBe("x")
  })

  it("audienceParameter: beside resource, its own or the given one, where a new token is asked for", async () => {
    for (const [allow, audience] of [
      [audienceParameter(), "https://mcp.example.com/mcp"],
      [audienceParameter("urn:notes"), "urn:notes"]
    ] as const) {
      const world = makeWorld()
      await enter(world, ...named(allow))
      expect(world.visits[0]?.parameters.get("audience")).toBe(audience)
      expect(world.visits[0]?.parameters.get("resource")).toBe("https://mcp.example.com/mcp")
      expect(world.forms(TOKEN_URL)[0]?.has("audience")).toBe(false)
      const machine = makeWorld()
      machine.routes.set(ASM_URL, () =>
        json(
          serverMetadata({
            grant_types_supported: ["client_credentials"],
            token_endpoint_auth_methods_supported: ["client_secret_basic"]
          })
        )
      )
      const asking = machine.machine({ grant: { type: "client_credentials" }, relax: named(allow) })
      await Effect.runPromise(asking.authorize({ resource: RESOURCE }))
      expect(machine.forms(TOKEN_URL)[0]?.get("audience")).toBe(audience)
    }
  })

  it("offlineByParameter: the parameters for the scope, at the authorization endpoint", async () => {
    const world = makeWorld()
    world.routes.set(ASM_URL, () => json(serverMetadata({ scopes_supported: ["offline_access"] })))
    world.routes.set(RESOURCE, ({ headers }) => (headers.has("authorization") ? json({}) : unauthorized(`scope="a"`)))
    await enter(world, ...named(offlineByParameter))
    const parameters = world.visits[0]?.parameters
    expect(parameters?.get("scope")).toBe("a")
    expect(parameters?.get("access_type")).toBe("offline")
    expect(parameters?.get("prompt")).toBe("consent")
    const started = world.events.find(({ _tag }) => _tag === "AuthorizationStarted")
    expect(started).toMatchObject({ url: expect.stringContaining("access_type=offline") })
  })
})

describe("how an answer is read", () => {
  const answered = (body: object) => {
    const world = makeWorld()
    world.routes.set(TOKEN_URL, () => json(body))
    world.routes.set(RESOURCE, ({ headers }) => (headers.has("authorization") ? json({}) : unauthorized()))
    return world
  }
  const TOKEN = { access_token: "t", token_type: "Bearer" }

  it("errorsWith200: an error of success is one, by its own name or a known one", async () => {
    const world = answered({ ok: false, error: "bad_code" })
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({ _tag: "TokenResponseMalformed" })
    for (const [allow, error] of [
      [errorsWith200(), "bad_code"],
      [errorsWith200({ bad_code: "invalid_grant" }), "invalid_grant"]
    ] as const) {
      const client = world.client({ relax: named(allow) })
      expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({
        _tag: "TokenRequestRejected",
        status: 200,
        error
      })
    }
    expect(uses(world.events)).toMatchObject([{ allow: "errors-with-200" }, { allow: "errors-with-200" }])
  })

  it("errorsWith200: not a warning beside a token, and nothing that is no error", async () => {
    expect((await enter(answered({ ...TOKEN, error: "x" }), ...named(errorsWith200()))).status).toBe(200)
    for (const body of [{}, { error: 5 }, { error: "" }, []]) {
      const client = answered(body).client({ relax: named(errorsWith200({ constructor: "x" })) })
      expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({ _tag: "TokenResponseMalformed" })
    }
  })

  it("scopeWithCommas: scopes are taken apart, so that a step-up is known to have brought what was demanded", async () => {
    const make = () => {
      const world = makeWorld()
      let scope = ""
      world.routes.set(TOKEN_URL, () => json({ ...TOKEN, scope }))
      world.routes.set(RESOURCE, ({ headers }) => {
        if (!headers.has("authorization")) return unauthorized(`scope="a"`)
        return scope === "a" ? insufficientScope("a b") : json({})
      })
      const answer = world.answer
      world.answer = (visit) => {
        scope = (visit.parameters.get("scope") ?? "").replaceAll(" ", ",")
        return answer(visit)
      }
      return world
    }
    expect(await failure(make().client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ScopeNotGranted",
      missing: ["a", "b"]
    })
    expect((await enter(make(), ...named(scopeWithCommas))).status).toBe(200)
  })

  it("tokenOfUser: the type user is used as Bearer, and a token in authed_user is the one", async () => {
    const user = { access_token: "of-the-user", token_type: "user", scope: "a,b" }
    for (const body of [user, { access_token: "of-the-app", token_type: "bot", authed_user: user }]) {
      const world = answered(body)
      expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({ _tag: "TokenResponseMalformed" })
      const client = world.client({ relax: named(tokenOfUser) })
      await Effect.runPromise(client.fetch(RESOURCE, call()))
      expect(world.seen.at(-1)?.headers.get("authorization")).toBe("Bearer of-the-user")
      const { grantedScope } = await Effect.runPromise(client.authorize({ resource: RESOURCE }))
      expect(grantedScope).toEqual(["a", "b"])
    }
  })

  it("tokenOfUser: never the token of the app, and no other type", async () => {
    for (const body of [
      { access_token: "of-the-app", token_type: "bot" },
      { access_token: "of-the-app", token_type: "bot", authed_user: { id: "U1" } },
      { access_token: "t", token_type: "User" },
      { access_token: "t", token_type: "mac" },
      { access_token: "t", token_type: "user", authed_user: { access_token: "x", token_type: "bot" } }
    ]) {
      const client = answered(body).client({ relax: named(tokenOfUser) })
      expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({ _tag: "TokenResponseMalformed" })
    }
  })
})

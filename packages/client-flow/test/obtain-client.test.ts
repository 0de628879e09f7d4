import type { ClientRequest } from "@postern/client-flow"
import { createClient } from "@postern/client-flow/promise"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import {
  ASM_URL,
  call,
  CALLBACK,
  failure,
  ISSUER,
  json,
  makeWorld,
  REGISTER_URL,
  RESOURCE,
  serverMetadata,
  TOKEN_URL,
  type World
} from "./world.ts"

const go = (world: World, options: Parameters<World["client"]>[0] = {}) =>
  Effect.runPromise(world.client(options).fetch(RESOURCE, call()))

/** A server that numbers the clients that it registers, and knows those of `known` alone. */
const registering = (known: (clientId: string) => boolean): World => {
  const world = makeWorld()
  let registered = 0
  world.routes.set(REGISTER_URL, ({ body }) => json({ ...JSON.parse(body), client_id: `client-${++registered}` }, 201))
  const works = world.routes.get(TOKEN_URL)
  world.routes.set(TOKEN_URL, (request) =>
    known(new URLSearchParams(request.body).get("client_id") ?? "")
      ? (works?.(request) ?? json({}, 500))
      : json({ error: "invalid_client" }, 401)
  )
  return world
}
const clientIds = (world: World) => world.visits.map(({ parameters }) => parameters.get("client_id"))
const withError =
  (error: string): World["answer"] =>
  ({ parameters, redirectUri }) =>
    `${redirectUri}?error=${error}&state=${parameters.get("state")}&iss=${encodeURIComponent(ISSUER)}`

describe("a registration that the server has forgotten", () => {
  it("is made again within the same authorization, with a state and a verifier of its own", async () => {
    const world = registering((id) => id === "client-2")
    expect((await go(world)).status).toBe(200)
    expect(clientIds(world)).toEqual(["client-1", "client-2"])
    expect(new Set(world.visits.map(({ parameters }) => parameters.get("state"))).size).toBe(2)
    expect(new Set(world.visits.map(({ parameters }) => parameters.get("code_challenge"))).size).toBe(2)
    expect(await Effect.runPromise(world.store.findRegistration(ISSUER))).toMatchObject({ clientId: "client-2" })
    expect(world.events).toContainEqual({ _tag: "RegistrationForgotten", issuer: ISSUER, clientId: "client-1" })
  })

  it("is made again where the authorization endpoint answers invalid_client", async () => {
    const world = registering(() => true)
    const { answer } = world
    world.answer = (visit) =>
      visit.parameters.get("client_id") === "client-1" ? withError("invalid_client")(visit) : answer(visit)
    expect((await go(world)).status).toBe(200)
    expect(clientIds(world)).toEqual(["client-1", "client-2"])
  })

  it("is not what unauthorized_client says: the registration, which every account uses, stays", async () => {
    const world = registering(() => true)
    world.answer = withError("unauthorized_client")
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "AuthorizationRefused",
      error: "unauthorized_client"
    })
    expect(await Effect.runPromise(world.store.findRegistration(ISSUER))).toMatchObject({ clientId: "client-1" })
    expect(clientIds(world)).toEqual(["client-1"])
    expect(world.events).not.toContainEqual(expect.objectContaining({ _tag: "RegistrationForgotten" }))
  })

  it("is made again once, and then the flow ends by name", async () => {
    const atToken = registering(() => false)
    expect(await failure(atToken.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "RegistrationNotRecognized",
      issuer: ISSUER,
      endpoint: "token",
      error: "invalid_client"
    })
    expect(clientIds(atToken)).toEqual(["client-1", "client-2"])
    expect(await Effect.runPromise(atToken.store.findRegistration(ISSUER))).toBeUndefined()

    const atAuthorization = registering(() => true)
    atAuthorization.answer = withError("invalid_client")
    expect(await failure(atAuthorization.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "RegistrationNotRecognized",
      endpoint: "authorization",
      error: "invalid_client"
    })
    expect(atAuthorization.visits).toHaveLength(2)
  })

  it("stays where a stranger says so: without the state of the flow nothing is believed", async () => {
    const world = registering(() => true)
    world.answer = ({ redirectUri }) =>
      `${redirectUri}?error=invalid_client&state=guessed&iss=${encodeURIComponent(ISSUER)}`
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({ _tag: "StateMismatch" })
    expect(await Effect.runPromise(world.store.findRegistration(ISSUER))).toMatchObject({ clientId: "client-1" })
    expect(world.visits).toHaveLength(1)
  })

  it("cannot be made again where the client id was configured or is our document's", async () => {
    const configured = registering(() => false)
    const registrations = [{ issuer: ISSUER, clientId: "configured" }]
    expect(await failure(configured.client({ registrations }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "TokenRequestRejected",
      error: "invalid_client"
    })
    const document = registering(() => true)
    document.routes.set(ASM_URL, () => json(serverMetadata({ client_id_metadata_document_supported: true })))
    document.answer = withError("invalid_client")
    const clientIdMetadataUrl = "https://client.example/oauth/client.json"
    expect(await failure(document.client({ clientIdMetadataUrl }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "AuthorizationRefused",
      error: "invalid_client"
    })
    for (const world of [configured, document]) {
      expect(world.visits).toHaveLength(1)
      expect(world.requestsTo(REGISTER_URL)).toEqual([])
    }
  })
})

describe("a registration endpoint that is gated", () => {
  it.each([
    [401, { error: "invalid_token" }, {}],
    [403, "members only", {}],
    [404, "", {}],
    [405, "", {}],
    [400, { error: "invalid_token" }, {}],
    [400, { error: "access_denied" }, {}],
    [400, { error: "unapproved_software_statement" }, {}],
    [400, { error: "invalid_client_metadata", error_description: "An initial access token is required" }, {}],
    [400, { error: "invalid_client_metadata" }, { "www-authenticate": "Bearer" }]
  ])("is told from one that refuses the request: %i %j", async (status, body, headers) => {
    const world = makeWorld()
    world.routes.set(REGISTER_URL, () => json(body, status, headers))
    const error = typeof body === "string" ? undefined : body.error
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "RegistrationGated",
      issuer: ISSUER,
      status,
      error
    })
    expect(world.visits).toEqual([])
  })

  it.each(["invalid_redirect_uri", "invalid_client_metadata", "invalid_software_statement"])(
    "is not one that answers %s",
    async (error) => {
      const world = makeWorld()
      world.routes.set(REGISTER_URL, () => json({ error, error_description: "no" }, 400))
      expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({
        _tag: "RegistrationRejected",
        status: 400,
        error
      })
    }
  )
})

describe("askForClient", () => {
  const closed = (members: Readonly<Record<string, unknown>> = {}): World => {
    const world = makeWorld()
    world.routes.set(ASM_URL, () => json(serverMetadata({ registration_endpoint: undefined, ...members })))
    return world
  }

  it("brings a client where there is no other way, which is kept for this issuer and used again", async () => {
    const world = closed({ token_endpoint_auth_methods_supported: ["client_secret_post"] })
    const asked: Array<ClientRequest> = []
    const askForClient = (request: ClientRequest) =>
      Effect.sync(() => (asked.push(request), { clientId: "by-hand", clientSecret: "s3cret" }))
    const client = world.client({ askForClient })
    expect((await Effect.runPromise(client.fetch(RESOURCE, call()))).status).toBe(200)
    expect(asked).toEqual([
      { issuer: ISSUER, resource: RESOURCE, redirectUri: CALLBACK, reason: "RegistrationUnavailable" }
    ])
    expect(world.forms(TOKEN_URL)[0]?.get("client_secret")).toBe("s3cret")
    expect(await Effect.runPromise(world.store.findRegistration(ISSUER))).toEqual({
      issuer: ISSUER,
      clientId: "by-hand",
      clientSecret: "s3cret",
      tokenEndpointAuthMethod: "client_secret_post",
      redirectUris: [CALLBACK]
    })
    await Effect.runPromise(client.authorize({ resource: RESOURCE }))
    expect(asked).toHaveLength(1)
    expect(world.events.flatMap((event) => (event._tag === "RegistrationChosen" ? [event.way] : []))).toEqual([
      "asked",
      "stored"
    ])
    expect(JSON.stringify(world.events)).not.toContain("s3cret")
  })

  it("is asked after a gated registration, and not where one works or where a client is configured", async () => {
    const gated = makeWorld()
    gated.routes.set(REGISTER_URL, () => new Response("", { status: 403 }))
    const asked: Array<string> = []
    const askForClient = ({ reason }: ClientRequest) => Effect.sync(() => (asked.push(reason), { clientId: "by-hand" }))
    await go(gated, { askForClient })
    expect(clientIds(gated)).toEqual(["by-hand"])
    expect(asked).toEqual(["RegistrationGated"])
    await go(makeWorld(), { askForClient })
    await go(closed(), { askForClient, registrations: [{ issuer: ISSUER, clientId: "configured" }] })
    expect(asked).toHaveLength(1)

    const unable = makeWorld()
    unable.routes.set(ASM_URL, () =>
      json(serverMetadata({ token_endpoint_auth_methods_supported: ["private_key_jwt"] }))
    )
    expect(await failure(unable.client({ askForClient }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ClientAuthenticationUnsupported"
    })
    expect(asked).toHaveLength(1)
  })

  it("ends with what was wrong before it where nobody knows a client, and uses none that cannot be sent", async () => {
    const gated = makeWorld()
    gated.routes.set(REGISTER_URL, () => new Response("", { status: 403 }))
    const nobody = () => Effect.succeed(undefined)
    expect(await failure(gated.client({ askForClient: nobody }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "RegistrationGated",
      status: 403
    })
    expect(await failure(closed().client({ askForClient: nobody }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "RegistrationUnavailable"
    })
    const wrong = [
      ["client_id", { clientId: "" }],
      ["client_id", { clientId: "a\r\nb" }],
      ["client_secret", { clientId: "a", clientSecret: "b\r\nx: y" }]
    ] as const
    for (const [parameter, answer] of wrong) {
      const world = closed()
      const askForClient = () => Effect.succeed(answer)
      expect(await failure(world.client({ askForClient }).fetch(RESOURCE, call()))).toMatchObject({
        _tag: "RegistrationUnusable",
        parameter
      })
      expect(world.visits).toEqual([])
      expect(await Effect.runPromise(world.store.findRegistration(ISSUER))).toBeUndefined()
    }
    const askForClient = () => Effect.succeed({ clientId: "a", clientSecret: "b" })
    expect(await failure(closed().client({ askForClient }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ClientAuthenticationUnsupported"
    })
  })

  it("is asked once more where the client is unknown to the server, and then the flow ends", async () => {
    const world = closed()
    world.routes.set(TOKEN_URL, () => json({ error: "invalid_client" }, 401))
    let asked = 0
    const askForClient = () => Effect.sync(() => ({ clientId: `by-hand-${++asked}` }))
    expect(await failure(world.client({ askForClient }).fetch(RESOURCE, call()))).toMatchObject({
      _tag: "RegistrationNotRecognized"
    })
    expect(clientIds(world)).toEqual(["by-hand-1", "by-hand-2"])
  })

  it("is a Promise at the other face", async () => {
    const world = closed()
    const client = createClient({
      transport: makeTransport({ fetch: world.fetch }),
      resourceFetch: world.fetch,
      store: world.store,
      redirectUri: CALLBACK,
      clientMetadata: { client_name: "Test client" },
      userAgent: async ({ authorizationUrl, redirectUri }) =>
        world.answer({
          url: new URL(authorizationUrl),
          parameters: new URL(authorizationUrl).searchParams,
          redirectUri
        }),
      askForClient: async () => ({ clientId: "by-hand" })
    })
    expect(Result.getOrThrow(await client.authorize({ resource: RESOURCE })).clientId).toBe("by-hand")
  })
})

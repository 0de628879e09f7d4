import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import {
  ASM_URL,
  call,
  callback,
  CALLBACK,
  ISSUER,
  json,
  makeWorld,
  REGISTER_URL,
  RESOURCE,
  type Seen,
  serverMetadata,
  TOKEN_URL,
  until,
  type World
} from "./world.ts"

const REVOKE_URL = `${ISSUER}/revoke`
const OTHER_CALLBACK = `${CALLBACK}/other`
const run = Effect.runPromise

interface RegisteringWorld extends World {
  /** The clients that the server knows, with their secrets. */
  readonly clients: Map<string, string>
}

const authorizationOf = (id: string, secret: string) => `Basic ${btoa(`${id}:${secret}`)}`

/** A server that numbers the clients that it registers, gives each a secret, and takes a token from its own client alone. */
const registering = (): RegisteringWorld => {
  const world = makeWorld()
  const clients = new Map<string, string>()
  const owners = new Map<string, string>()
  world.routes.set(ASM_URL, () =>
    json(
      serverMetadata({
        revocation_endpoint: REVOKE_URL,
        token_endpoint_auth_methods_supported: ["client_secret_basic"]
      })
    )
  )
  world.routes.set(REGISTER_URL, ({ body }) => {
    const id = `client-${world.requestsTo(REGISTER_URL).length}`
    clients.set(id, `secret-of-${id}`)
    return json({ ...JSON.parse(body), client_id: id, client_secret: clients.get(id) }, 201)
  })
  const clientOf = ({ headers }: Seen) =>
    [...clients].find(([id, secret]) => headers.get("authorization") === authorizationOf(id, secret))?.[0]
  const issue = world.routes.get(TOKEN_URL)
  world.routes.set(TOKEN_URL, (request) => {
    const client = clientOf(request)
    if (client === undefined) return json({ error: "invalid_client" }, 401)
    const token = new URLSearchParams(request.body).get("refresh_token")
    if (token !== null && owners.get(token) !== client) return json({ error: "invalid_grant" }, 400)
    owners.set(`refresh-${world.issued.length + 1}`, client)
    return issue?.(request) ?? json({}, 500)
  })
  world.routes.set(REVOKE_URL, (request) =>
    clientOf(request) === undefined ? json({ error: "invalid_client" }, 401) : new Response("")
  )
  return { ...world, clients }
}

/** The tokens of every login have ended. */
const end = async ({ store }: World) => {
  for (const held of (await run(store.listCredentials)).toReversed()) {
    await run(store.saveCredentials({ ...held, expiresAt: 0 }))
  }
}

/** Two people, one after another; the second comes back at another redirect URI, for which the client registers again. */
const twoLogins = async () => {
  const world = registering()
  const ada = world.client({ account: "ada" })
  const bob = world.client({ account: "bob", redirectUri: OTHER_CALLBACK })
  await run(ada.fetch(RESOURCE, call()))
  await run(bob.fetch(RESOURCE, call()))
  return { world, ada, bob }
}

const tokenRequests = (world: World) =>
  world
    .requestsTo(TOKEN_URL)
    .map(({ body, headers }) => [headers.get("authorization"), new URLSearchParams(body).get("refresh_token")])

describe("a login of an earlier registration", () => {
  it("is refreshed with that one's client id and secret, in another process too, and so is one of the last", async () => {
    const { ada, bob, world } = await twoLogins()
    for (const [client, account] of [
      [ada, "ada"],
      [bob, "bob"],
      [world.client({ account: "ada" }), "ada"],
      [world.client({ account: "bob", redirectUri: OTHER_CALLBACK }), "bob"]
    ] as const) {
      await end(world)
      expect(await run(client.accessToken(RESOURCE))).toBe(`access-${world.issued.length}`)
      expect(await run(world.store.findCredentials(RESOURCE, account))).toHaveLength(1)
    }
    const [first, second] = ["client-1", "client-2"].map((id) => authorizationOf(id, `secret-of-${id}`))
    expect(tokenRequests(world).slice(2)).toEqual([
      [first, "refresh-1"],
      [second, "refresh-2"],
      [first, "refresh-3"],
      [second, "refresh-4"]
    ])
    expect(world.requestsTo(REGISTER_URL)).toHaveLength(2)
    expect(world.visits).toHaveLength(2)
  })

  it("is one that began before the last registration and ended after it", async () => {
    const world = registering()
    const { promise, resolve } = Promise.withResolvers<void>()
    const slow = world.client({
      account: "ada",
      userAgent: ({ authorizationUrl, redirectUri }) =>
        Effect.promise(async () => {
          const url = new URL(authorizationUrl)
          world.visits.push({ url, parameters: url.searchParams, redirectUri })
          await promise
          return callback(world.visits[0] ?? { url, parameters: url.searchParams, redirectUri }, {
            code: "the-code",
            state: url.searchParams.get("state") ?? "",
            iss: ISSUER
          })
        })
    })
    const waiting = Effect.runFork(slow.fetch(RESOURCE, call()))
    await run(until(() => world.visits.length === 1))
    await run(world.client({ account: "bob", redirectUri: OTHER_CALLBACK }).fetch(RESOURCE, call()))
    resolve()
    await run(Fiber.join(waiting))
    await end(world)
    expect(await run(world.client({ account: "ada" }).accessToken(RESOURCE))).toBe("access-3")
    expect(tokenRequests(world).at(-1)?.[0]).toBe(authorizationOf("client-1", "secret-of-client-1"))
    expect(await run(world.store.findRegistration(ISSUER))).toMatchObject({ clientId: "client-2" })
  })

  it("is signed out with that one's client id and secret", async () => {
    const { ada, world } = await twoLogins()
    const [outcome] = await run(ada.signOut(RESOURCE))
    expect(outcome).toMatchObject({ clientId: "client-1", tokens: [{ revoked: true }, { revoked: true }] })
    expect(world.requestsTo(REVOKE_URL).map(({ headers }) => headers.get("authorization"))).toEqual(
      Array(2).fill(authorizationOf("client-1", "secret-of-client-1"))
    )
    expect(await run(world.store.listCredentials)).toMatchObject([{ account: "bob", clientId: "client-2" }])
  })

  it("is signed out so as well, and not used, where another client is configured by now", async () => {
    const { world } = await twoLogins()
    const registrations = [{ issuer: ISSUER, clientId: "configured", clientSecret: "another" }]
    const client = world.client({ account: "ada", registrations })
    await end(world)
    expect(await run(client.accessToken(RESOURCE))).toBeUndefined()
    const [outcome] = await run(client.signOut(RESOURCE))
    expect(outcome).toMatchObject({ clientId: "client-1", tokens: [{ revoked: true }, { revoked: true }] })
    expect(world.requestsTo(REVOKE_URL)[0]?.headers.get("authorization")).toBe(
      authorizationOf("client-1", "secret-of-client-1")
    )
  })

  it("ends alone where the server has forgotten that registration: the last one and its logins stay", async () => {
    const { ada, bob, world } = await twoLogins()
    const [login] = await run(world.store.findCredentials(RESOURCE, "bob"))
    world.clients.delete("client-1")
    await end(world)
    expect(await run(ada.accessToken(RESOURCE))).toBeUndefined()
    expect((await run(world.store.findCredentials(RESOURCE, "ada")))[0]?.refreshToken).toBeUndefined()
    expect((await run(world.store.findCredentials(RESOURCE, "bob")))[0]?.refreshToken).toBe(login?.refreshToken)
    expect(await run(world.store.findRegistration(ISSUER))).toMatchObject({ clientId: "client-2" })
    expect(await run(bob.accessToken(RESOURCE))).toBe("access-3")
    expect(world.visits).toHaveLength(2)
  })

  it("stays where the server has forgotten the last registration, which alone is made anew", async () => {
    const { ada, bob, world } = await twoLogins()
    world.clients.delete("client-2")
    await end(world)
    expect((await run(bob.fetch(RESOURCE, call()))).status).toBe(200)
    expect(world.requestsTo(REGISTER_URL)).toHaveLength(3)
    expect(await run(world.store.findRegistration(ISSUER))).toMatchObject({ clientId: "client-3" })
    expect(await run(ada.accessToken(RESOURCE))).toBe("access-4")
    expect(world.visits).toHaveLength(3)
  })

  it("gives way to a new login of the same account at the same resource, and to no other", async () => {
    const { bob, world } = await twoLogins()
    const [login] = await run(world.store.findCredentials(RESOURCE, "bob"))
    if (login === undefined) throw new Error("nobody is logged in")
    const { clientAuthentication, ...configured } = login
    expect(clientAuthentication).toEqual({
      clientSecret: "secret-of-client-2",
      tokenEndpointAuthMethod: "client_secret_basic"
    })
    const others = [
      { ...login, issuer: "https://other.example.com" },
      { ...login, resource: `${RESOURCE}/` },
      { ...configured, clientId: "of-another-program" }
    ]
    for (const other of others) await run(world.store.saveCredentials(other))
    await run(world.store.forgetRegistration(ISSUER, "client-2"))
    for (const clientId of ["client-3", "client-4"]) {
      await run(bob.authorize({ resource: RESOURCE }))
      const held = await run(world.store.listCredentials)
      expect(held.map((found) => found.clientId)).toEqual([
        clientId,
        ...others.toReversed().map((other) => other.clientId),
        "client-1"
      ])
      await run(world.store.forgetRegistration(ISSUER, clientId))
    }
  })

  it("is refreshed with a secret that is newer than its own, where its client has one", async () => {
    const { bob, world } = await twoLogins()
    const kept = await run(world.store.findRegistration(ISSUER))
    if (kept) await run(world.store.saveRegistration({ ...kept, clientSecret: "newer" }))
    world.clients.set("client-2", "newer")
    for (let times = 0; times < 2; times++) {
      await end(world)
      expect(await run(bob.accessToken(RESOURCE))).toBe(`access-${world.issued.length}`)
      // What came was issued to the client as it is now.
      await run(world.store.forgetRegistration(ISSUER, "client-2"))
    }
    expect(world.visits).toHaveLength(2)
  })

  it("keeps nothing of how a client authenticates that was configured", async () => {
    const { world } = await twoLogins()
    const registrations = [{ issuer: ISSUER, clientId: "client-1", clientSecret: "secret-of-client-1" }]
    const client = world.client({ account: "carol", registrations })
    await run(client.fetch(RESOURCE, call()))
    await end(world)
    await run(client.accessToken(RESOURCE))
    const [held] = await run(world.store.findCredentials(RESOURCE, "carol"))
    expect(held).toMatchObject({ clientId: "client-1", accessToken: "access-4" })
    expect(held).not.toHaveProperty("clientAuthentication")
  })

  it("is refreshed where its store was written before credentials kept how their client authenticates", async () => {
    const { bob, world } = await twoLogins()
    for (const { clientAuthentication: _, ...held } of (await run(world.store.listCredentials)).toReversed()) {
      await run(world.store.saveCredentials({ ...held, expiresAt: 0 }))
    }
    expect(await run(bob.accessToken(RESOURCE))).toBe("access-3")
    await end(world)
    await run(world.store.forgetRegistration(ISSUER, "client-2"))
    expect(await run(bob.accessToken(RESOURCE))).toBe("access-4")
  })
})

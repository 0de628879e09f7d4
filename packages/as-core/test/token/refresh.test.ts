import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import {
  basic,
  C2_SECRET,
  C2_SECRET_HASH,
  CALLBACK,
  claimsOf,
  errorOf,
  MAIL,
  makeWorld,
  NOTES,
  obtainCode,
  obtainTokens,
  post,
  refreshRequest,
  start,
  tokenRequest,
  type Tokens,
  type World
} from "../fixture.ts"

let world: World
beforeEach(async () => {
  world = await makeWorld()
})

const DAY = 86_400

const refresh = (token: string | undefined, fields: Parameters<typeof refreshRequest>[1] = {}) =>
  errorOf(world.handle(refreshRequest(token, fields)))

const refreshed = async (
  token: string | undefined,
  fields: Parameters<typeof refreshRequest>[1] = {}
): Promise<Tokens> => {
  const answer = await world.handle(refreshRequest(token, fields))
  expect(answer.status).toBe(200)
  return (await answer.json()) as Tokens
}

const register = (world: World) => {
  const client = {
    clientId: "c3",
    origin: "registered" as const,
    name: "Registered",
    redirectUris: [CALLBACK],
    tokenEndpointAuthMethod: "none" as const,
    grantTypes: ["authorization_code" as const, "refresh_token" as const],
    applicationType: "native" as const,
    createdAt: 0
  }
  const registration = { client, registrationTokenHash: "registration-token" }
  return Effect.runPromise(world.store.addClient(registration, { maximum: 10 }))
}

describe("a refresh token", () => {
  it("[RFT-01] [AS6] is replaced by every use, and the old one is dead", async () => {
    const first = await obtainTokens(world)
    const second = await refreshed(first.refresh_token)
    // A name that stays, and a secret of 256 bits that does not.
    expect(second.refresh_token).toMatch(/^[\w-]{65}$/)
    expect(second.refresh_token?.slice(0, 22)).toBe(first.refresh_token?.slice(0, 22))
    expect(second.refresh_token?.slice(22)).not.toBe(first.refresh_token?.slice(22))
    expect(second.access_token).not.toBe(first.access_token)
    world.now += 10
    expect(await refresh(first.refresh_token)).toEqual([400, "invalid_grant"])
  })

  it("[RFT-02] that comes back two generations old ends the grant, and the operator is told once", async () => {
    const first = await obtainTokens(world)
    const second = await refreshed(first.refresh_token)
    const third = await refreshed(second.refresh_token)
    expect(await refresh(first.refresh_token)).toEqual([400, "invalid_grant"])
    expect(await refresh(third.refresh_token)).toEqual([400, "invalid_grant"])
    expect(await refresh(first.refresh_token)).toEqual([400, "invalid_grant"])
    for (const { access_token } of [first, second, third]) {
      expect(await Effect.runPromise(world.server.isRevoked(String(claimsOf(access_token)["jti"])))).toBe(true)
    }
    expect(world.events).toEqual([
      { event: "refresh-token-replayed", clientId: "c1", grantId: expect.stringMatching(/^[\w-]{22}$/) }
    ])
    expect(JSON.stringify(world.events)).not.toContain(first.refresh_token)
  })

  it("that comes back is a replay, whatever it asks for", async () => {
    const first = await obtainTokens(world)
    const second = await refreshed(first.refresh_token)
    expect(await refresh(first.refresh_token, { scope: "notes:admin", resource: MAIL })).toEqual([400, "invalid_grant"])
    expect(await refresh(second.refresh_token)).toEqual([400, "invalid_grant"])
  })

  it("[RFT-06] is its client's alone, and a stranger who presents it ends nothing", async () => {
    world = await makeWorld({
      clients: [
        { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
        { clientId: "public", name: "Public", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
        {
          clientId: "c2",
          name: "Two",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "client_secret_basic",
          secretHash: C2_SECRET_HASH
        }
      ]
    })
    const { refresh_token } = await obtainTokens(world)
    expect(await refresh(refresh_token, { client_id: "public" })).toEqual([400, "invalid_grant"])
    const confidential = post(
      "token",
      { grant_type: "refresh_token", refresh_token },
      { authorization: basic("c2", C2_SECRET) }
    )
    expect(await errorOf(world.handle(confidential))).toEqual([400, "invalid_grant"])
    expect(await refresh(refresh_token, { client_id: undefined })).toEqual([401, "invalid_client"])
    expect((await refresh(refresh_token))[0]).toBe(200)
  })

  it("[RFT-07] buys no more than was granted, and asking does not use it up", async () => {
    const { refresh_token } = await obtainTokens(world, { scope: "notes:read" })
    expect(await refresh(refresh_token, { scope: "notes:read notes:write" })).toEqual([400, "invalid_scope"])
    expect(await refresh(refresh_token, { scope: "notes:admin" })).toEqual([400, "invalid_scope"])
    expect(await refresh(refresh_token, { scope: 'a"' })).toEqual([400, "invalid_scope"])
    expect((await refresh(refresh_token))[0]).toBe(200)
  })

  it("[SCP-11] keeps its scope when one access token is narrowed", async () => {
    const first = await obtainTokens(world)
    const narrow = await refreshed(first.refresh_token, { scope: "notes:read" })
    expect([narrow.scope, claimsOf(narrow.access_token)["scope"]]).toEqual(["notes:read", "notes:read"])
    const whole = await refreshed(narrow.refresh_token)
    expect([whole.scope, claimsOf(whole.access_token)["scope"]]).toEqual([
      "notes:read notes:write",
      "notes:read notes:write"
    ])
  })

  it("[AUD-13] is for its resources alone, and asking for another does not use it up", async () => {
    const { refresh_token } = await obtainTokens(world)
    expect(await refresh(refresh_token, { resource: MAIL })).toEqual([400, "invalid_target"])
    const again = await refreshed(refresh_token, { resource: NOTES })
    expect(claimsOf(again.access_token)).toMatchObject({ aud: NOTES, scope: "notes:read notes:write" })
  })

  it("[RFT-08] dies when it is idle for 30 days, and no chain of them outlives 90 days", async () => {
    const idle = await obtainTokens(world)
    let current = (await obtainTokens(world)).refresh_token
    world.now = start + 30 * DAY
    expect(await refresh(idle.refresh_token)).toEqual([400, "invalid_grant"])
    for (const day of [29, 58, 87]) {
      world.now = start + day * DAY
      current = (await refreshed(current)).refresh_token
    }
    world.now = start + 90 * DAY - 1
    const last = await refreshed(current)
    expect(last.expires_in).toBe(1)
    expect(claimsOf(last.access_token)["exp"]).toBe(start + 90 * DAY)
    world.now = start + 90 * DAY
    expect(await refresh(last.refresh_token)).toEqual([400, "invalid_grant"])
  })

  it("[RFT-09] is no other kind of token, and no other kind is one", async () => {
    const code = await obtainCode(world)
    expect(await refresh(code)).toEqual([400, "invalid_grant"])
    const tokens = (await (await world.handle(tokenRequest({ code }))).json()) as Tokens
    expect(await refresh(tokens.access_token)).toEqual([400, "invalid_grant"])
    expect(await errorOf(world.handle(tokenRequest({ code: tokens.refresh_token })))).toEqual([400, "invalid_grant"])
    // What a resource server checks first: it is no JWT.
    expect(tokens.refresh_token?.split(".")).toHaveLength(1)
    expect((await refresh(tokens.refresh_token))[0]).toBe(200)
  })

  it("[RFT-10] buys nothing once its person is gone, or may grant nothing of it any more", async () => {
    const first = await obtainTokens(world)
    const admin = await obtainTokens(world, { scope: "notes:admin" }, "root")
    world.people.gone.add("u1")
    world.people.roles.set("u2", [])
    expect(await refresh(first.refresh_token)).toEqual([400, "invalid_grant"])
    expect(await refresh(admin.refresh_token)).toEqual([400, "invalid_grant"])
    world.people.gone.delete("u1")
    expect((await refresh(first.refresh_token))[0]).toBe(200)
  })

  it("[RFT-10] ends at once with the consent, and with its client", async () => {
    const { refresh_token } = await obtainTokens(world)
    await Effect.runPromise(world.store.endConsents({ subject: "u1", clientId: "c1", now: world.now }))
    expect(await refresh(refresh_token)).toEqual([400, "invalid_grant"])
    await register(world)
    const code = await obtainCode(world, { client_id: "c3" })
    const answer = await world.handle(tokenRequest({ code, client_id: "c3" }))
    const tokens = (await answer.json()) as Tokens
    const removal = { clientId: "c3", registrationTokenHash: "registration-token", now: world.now }
    expect(await Effect.runPromise(world.store.removeClient(removal))).toBe("Removed")
    expect(await refresh(tokens.refresh_token, { client_id: "c3" })).toEqual([401, "invalid_client"])
  })

  it("[RFT-12] just before its end buys no more than what is left, and a slow directory of people none", async () => {
    const slow = await obtainTokens(world)
    world.now = start + 30 * DAY - 1
    const { people } = world
    people.delay = () => {
      world.now += 90
    }
    expect(await refresh(slow.refresh_token)).toEqual([400, "invalid_grant"])
    people.delay = undefined
    world.now = start + 90 * DAY
    const last = await obtainTokens(world)
    world.now += 90 * DAY
    expect(await refresh(last.refresh_token)).toEqual([400, "invalid_grant"])
  })

  it("[CON-08] buys nothing when its grant ends while it is rotated", async () => {
    const { refresh_token } = await obtainTokens(world)
    world.people.delay = () => {
      Effect.runSync(world.store.endConsents({ subject: "u1", clientId: "c1", now: world.now }))
    }
    expect(await refresh(refresh_token)).toEqual([400, "invalid_grant"])
  })

  it("buys no scope that its client may no longer have", async () => {
    const { refresh_token } = await obtainTokens(world)
    const narrowed = await makeWorld({
      store: world.store,
      clients: [
        {
          clientId: "c1",
          name: "One",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "none",
          scope: ["notes:read"]
        }
      ]
    })
    const answer = await narrowed.handle(refreshRequest(refresh_token))
    expect(await answer.json()).toMatchObject({ scope: "notes:read" })
  })

  it("buys a scope that is kept for administrators as long as one of them allows it", async () => {
    const allowance = { resource: NOTES, scope: "notes:admin", by: "u2", createdAt: start }
    const to = { kind: "subject", id: "u2" } as const
    const { refresh_token } = await obtainTokens(world, { scope: "notes:read notes:admin" }, "root")
    world.people.roles.set("u2", [])
    await Effect.runPromise(world.store.addAllowance({ ...allowance, to }))
    const allowed = await refreshed(refresh_token)
    expect(allowed.scope).toBe("notes:read notes:admin")
    await Effect.runPromise(world.store.removeAllowance({ resource: NOTES, scope: "notes:admin", to }))
    expect((await refreshed(allowed.refresh_token)).scope).toBe("notes:read")
  })

  it("is for no resource that is not configured any more", async () => {
    const both = { resource: [NOTES, MAIL], scope: "notes:read mail:read" }
    const code = await obtainCode(world, both)
    const tokens = (await (await world.handle(tokenRequest({ code, resource: NOTES }))).json()) as Tokens
    const mailOnly = await makeWorld({
      store: world.store,
      resources: [{ resource: MAIL, scopes: { "mail:read": { description: "Read mail" } } }]
    })
    const asked = refreshRequest(tokens.refresh_token, { resource: NOTES })
    expect(await errorOf(mailOnly.handle(asked))).toEqual([400, "invalid_target"])
    const answer = await mailOnly.handle(refreshRequest(tokens.refresh_token))
    expect(claimsOf(((await answer.json()) as Tokens).access_token)).toMatchObject({ aud: MAIL, scope: "mail:read" })
  })

  it("[ISS-05] says nothing about whose it is", async () => {
    const code = await obtainCode(world)
    const tokens = (await (await world.handle(tokenRequest({ code }))).json()) as Tokens
    const { refresh_token = "", access_token } = tokens
    const [grantId = ""] = String(claimsOf(access_token)["jti"]).split(".")
    for (const secret of [code, refresh_token]) expect(secret).not.toContain(grantId)
    // Those of another grant of the same user and client have letters in common by chance alone.
    const other = await obtainTokens(world)
    const same = refresh_token.split("").filter((letter, at) => letter === other.refresh_token?.[at])
    expect(same.length).toBeLessThan(15)
  })

  it("shows in no rejection, event or header", async () => {
    const { refresh_token = "" } = await obtainTokens(world)
    await refreshed(refresh_token)
    world.now += 60
    const response = await world.handle(refreshRequest(refresh_token))
    const shown = `${await response.text()}${JSON.stringify([...response.headers])}${JSON.stringify(world.events)}`
    expect(shown).not.toContain(refresh_token.slice(0, 22))
    expect(shown).not.toContain(refresh_token.slice(22))
  })
})

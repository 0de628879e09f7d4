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

describe("a refresh token", () => {
  it("[RFT-01] [AS6] is replaced by every use, and the old one is dead", async () => {
    const first = await obtainTokens(world)
    const second = await refreshed(first.refresh_token)
    expect(second.refresh_token).toMatch(/^[\w-]{43}$/)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(second.access_token).not.toBe(first.access_token)
    expect(await refresh(first.refresh_token)).toEqual([400, "invalid_grant"])
  })

  it("[RFT-02] that comes back two generations old ends the grant, and the operator is told once", async () => {
    const first = await obtainTokens(world)
    const second = await refreshed(first.refresh_token)
    const third = await refreshed(second.refresh_token)
    expect(await refresh(first.refresh_token)).toEqual([400, "invalid_grant"])
    expect(await refresh(third.refresh_token)).toEqual([400, "invalid_grant"])
    expect(await refresh(first.refresh_token)).toEqual([400, "invalid_grant"])
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

  it("used by many at once is used by one, and the grant ends", async () => {
    const first = await obtainTokens(world)
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(first.refresh_token)))
    expect(answers.filter(([status]) => status === 200)).toHaveLength(1)
    expect(answers.filter(([, error]) => error === "invalid_grant")).toHaveLength(19)
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

  it("buys nothing once its person is gone, or may grant nothing of it any more", async () => {
    const first = await obtainTokens(world)
    const admin = await obtainTokens(world, { scope: "notes:admin" }, "root")
    world.people.gone.add("u1")
    world.people.roles.set("u2", [])
    expect(await refresh(first.refresh_token)).toEqual([400, "invalid_grant"])
    expect(await refresh(admin.refresh_token)).toEqual([400, "invalid_grant"])
    world.people.gone.delete("u1")
    expect((await refresh(first.refresh_token))[0]).toBe(200)
  })
})

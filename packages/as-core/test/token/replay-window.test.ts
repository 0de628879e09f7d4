import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import {
  basic,
  C2_SECRET,
  C2_SECRET_HASH,
  CALLBACK,
  claimsOf,
  errorOf,
  type Fields,
  MAIL,
  makeWorld,
  NOTES,
  obtainCode,
  obtainTokens,
  post,
  refreshRequest,
  tokenRequest,
  type Tokens,
  type World
} from "../fixture.ts"
import { makeHolder, prove, withProof } from "./proof.ts"

let world: World
beforeEach(async () => {
  world = await makeWorld()
})

/** Status and the very text of the answer. */
const textOf = async (request: Request): Promise<readonly [number, string]> => {
  const response = await world.handle(request)
  return [response.status, await response.text()]
}

const refresh = (token: string | undefined, fields: Fields = {}) => errorOf(world.handle(refreshRequest(token, fields)))

const refreshed = async (token: string | undefined, fields: Fields = {}): Promise<Tokens> => {
  const [status, text] = await textOf(refreshRequest(token, fields))
  expect(status).toBe(200)
  return JSON.parse(text) as Tokens
}

const replays = () => world.events.filter(({ event }) => event === "refresh-token-replayed").length

describe("a refresh that comes again", () => {
  it("[CON-05] within ten seconds is given the same answer, to the byte, and nothing new", async () => {
    const { refresh_token } = await obtainTokens(world)
    const first = await textOf(refreshRequest(refresh_token))
    const held = world.store.dump()
    world.now += 9
    const second = await textOf(refreshRequest(refresh_token))
    expect(first[0]).toBe(200)
    expect(second).toEqual(first)
    expect(world.store.dump()).toBe(held)
    expect(replays()).toBe(0)
    // The answer that came twice is good.
    const { refresh_token: next } = JSON.parse(second[1]) as Tokens
    expect((await refresh(next))[0]).toBe(200)
  })

  it("[RFT-02] after ten seconds ends the grant", async () => {
    const { refresh_token } = await obtainTokens(world)
    const next = await refreshed(refresh_token)
    world.now += 10
    expect(await refresh(refresh_token)).toEqual([400, "invalid_grant"])
    expect(await refresh(next.refresh_token)).toEqual([400, "invalid_grant"])
    expect(replays()).toBe(1)
  })

  it("[RFT-04] once the new token was used ends the grant, within ten seconds too", async () => {
    const { refresh_token } = await obtainTokens(world)
    const second = await refreshed(refresh_token)
    const third = await refreshed(second.refresh_token)
    expect(await refresh(refresh_token)).toEqual([400, "invalid_grant"])
    expect(await refresh(third.refresh_token)).toEqual([400, "invalid_grant"])
    expect(replays()).toBe(1)
  })

  it("for another scope or another resource ends the grant", async () => {
    for (const [first, second] of [
      [{}, { scope: "notes:read" }],
      [{ scope: "notes:read" }, {}],
      [{ scope: "notes:read" }, { scope: "notes:write" }],
      [{ scope: "notes:read" }, { scope: "notes:read notes:write" }],
      [{}, { scope: "notes:admin" }],
      [{}, { resource: NOTES }],
      [{ resource: NOTES }, { resource: MAIL }],
      [{ resource: NOTES, scope: "notes:read" }, { resource: NOTES }]
    ]) {
      const { refresh_token } = await obtainTokens(world)
      const next = await refreshed(refresh_token, first)
      expect(await refresh(refresh_token, second)).toEqual([400, "invalid_grant"])
      expect(await refresh(next.refresh_token)).toEqual([400, "invalid_grant"])
    }
    expect(replays()).toBe(8)
  })

  it("is the same in whatever order it names its scopes and resources", async () => {
    world = await makeWorld({ audienceGroups: [{ name: "office", resources: [NOTES, MAIL] }] })
    const { refresh_token } = await obtainTokens(world, { resource: [NOTES, MAIL], scope: "notes:read mail:read" })
    const one = { scope: "notes:read mail:read", resource: [NOTES, MAIL] }
    const other = { scope: "mail:read notes:read", resource: [MAIL, NOTES, MAIL] }
    const first = await textOf(refreshRequest(refresh_token, one))
    expect(first[0]).toBe(200)
    expect(await textOf(refreshRequest(refresh_token, other))).toEqual(first)
  })

  it("needs the client to authenticate again", async () => {
    const asC2 = (fields: Fields, secret = C2_SECRET) => post("token", fields, { authorization: basic("c2", secret) })
    const code = await obtainCode(world, { client_id: "c2", redirect_uri: CALLBACK })
    const redemption = tokenRequest({ code, client_id: undefined }, { authorization: basic("c2", C2_SECRET) })
    const { refresh_token } = (await (await world.handle(redemption)).json()) as Tokens
    const fields = { grant_type: "refresh_token", refresh_token }
    const first = await textOf(asC2(fields))
    expect((await textOf(asC2(fields, "wrong")))[0]).toBe(401)
    expect((await textOf(post("token", { ...fields, client_id: "c2" })))[0]).toBe(401)
    expect(await textOf(asC2(fields))).toEqual(first)
  })

  it("needs a proof of the same key where the first one had one, and none where it had none", async () => {
    world = await makeWorld({
      dpop: {},
      clients: [
        {
          clientId: "c1",
          name: "One",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "client_secret_post",
          secretHash: C2_SECRET_HASH
        }
      ]
    })
    const key = makeHolder()
    const secret = { client_secret: C2_SECRET }
    const tokens = async () =>
      (await (await world.handle(tokenRequest({ code: await obtainCode(world), ...secret }))).json()) as Tokens
    const { refresh_token } = await tokens()
    const first = await textOf(withProof(refreshRequest(refresh_token, secret), prove(key)))
    expect(await textOf(withProof(refreshRequest(refresh_token, secret), prove(key)))).toEqual(first)
    expect(await refresh(refresh_token, secret)).toEqual([400, "invalid_grant"])
    const other = await tokens()
    await refreshed(other.refresh_token, secret)
    const keyed = withProof(refreshRequest(other.refresh_token, secret), prove(key))
    expect(await errorOf(world.handle(keyed))).toEqual([400, "invalid_grant"])
    expect(replays()).toBe(2)
  })

  it("of another client changes nothing", async () => {
    const { refresh_token } = await obtainTokens(world)
    const first = await textOf(refreshRequest(refresh_token))
    const held = world.store.dump()
    const stranger = post(
      "token",
      { grant_type: "refresh_token", refresh_token },
      { authorization: basic("c2", C2_SECRET) }
    )
    expect(await errorOf(world.handle(stranger))).toEqual([400, "invalid_grant"])
    expect(world.store.dump()).toBe(held)
    expect(await textOf(refreshRequest(refresh_token))).toEqual(first)
  })

  it("buys nothing once its person is gone", async () => {
    const { refresh_token } = await obtainTokens(world)
    await refreshed(refresh_token)
    world.people.gone.add("u1")
    expect(await refresh(refresh_token)).toEqual([400, "invalid_grant"])
  })

  it("always ends the grant where the window is 0 seconds", async () => {
    world = await makeWorld({ lifetimes: { refreshReplay: 0 } })
    const { refresh_token } = await obtainTokens(world)
    const next = await refreshed(refresh_token)
    expect(await refresh(refresh_token)).toEqual([400, "invalid_grant"])
    expect(await refresh(next.refresh_token)).toEqual([400, "invalid_grant"])
    expect(replays()).toBe(1)
  })

  it("is refused under a known name with any other secret, and ends the grant", async () => {
    const { refresh_token = "" } = await obtainTokens(world)
    const forged = refresh_token.slice(0, 22) + "A".repeat(43)
    expect(await refresh(forged)).toEqual([400, "invalid_grant"])
    expect(await refresh(refresh_token)).toEqual([400, "invalid_grant"])
    expect(replays()).toBe(1)
  })

  it("is answered with 503 where the store gives back what was not sealed under the token", async () => {
    const { refresh_token } = await obtainTokens(world)
    await refreshed(refresh_token)
    const other = await makeWorld({
      store: {
        ...world.store,
        rotate: (change) =>
          Effect.map(world.store.rotate(change), (outcome) =>
            outcome._tag === "Repeated" ? { ...outcome, sealed: `${outcome.sealed.slice(0, -2)}AA` } : outcome
          )
      }
    })
    const response = await other.handle(refreshRequest(refresh_token))
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"])
  })
})

describe("the answer that is kept", () => {
  it("holds no token that can be read in the store", async () => {
    const { refresh_token = "" } = await obtainTokens(world)
    const next = await refreshed(refresh_token)
    const held = world.store.dump()
    for (const token of [refresh_token, next.refresh_token ?? "", next.access_token]) {
      expect(held).not.toContain(token)
      expect(held).not.toContain(token.slice(-43))
    }
    expect(held).not.toContain(refresh_token.slice(0, 22))
    expect(held).not.toContain("access_token")
  })
})

describe("64 refreshes at once", () => {
  it("[CON-01] give exactly one new refresh token, and all the same answer", async () => {
    const { refresh_token } = await obtainTokens(world)
    const answers = await Promise.all(Array.from({ length: 64 }, () => textOf(refreshRequest(refresh_token))))
    expect(new Set(answers.map(([status]) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map(([, text]) => text)).size).toBe(1)
    expect(replays()).toBe(0)
    const { refresh_token: next, access_token } = JSON.parse(answers[0]?.[1] ?? "") as Tokens
    expect(next).not.toBe(refresh_token)
    expect(claimsOf(access_token)).toMatchObject({ scope: "notes:read notes:write" })
    expect((await refresh(next))[0]).toBe(200)
  })

  it("of a key each with a proof of its own give the same answer", async () => {
    world = await makeWorld({ dpop: {} })
    const key = makeHolder()
    const code = await obtainCode(world)
    const { refresh_token } = (await (
      await world.handle(withProof(tokenRequest({ code }), prove(key)))
    ).json()) as Tokens
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => textOf(withProof(refreshRequest(refresh_token), prove(key))))
    )
    expect(new Set(answers.map(([status, text]) => `${status} ${text}`)).size).toBe(1)
    expect(answers[0]?.[0]).toBe(200)
  })

  it("without a window give one new refresh token, and the grant ends", async () => {
    world = await makeWorld({ lifetimes: { refreshReplay: 0 } })
    const { refresh_token } = await obtainTokens(world)
    const answers = await Promise.all(Array.from({ length: 64 }, () => textOf(refreshRequest(refresh_token))))
    const good = answers.filter(([status]) => status === 200)
    expect(good).toHaveLength(1)
    expect(answers.filter(([status, text]) => status === 400 && text.includes('"invalid_grant"'))).toHaveLength(63)
    const { refresh_token: next } = JSON.parse(good[0]?.[1] ?? "") as Tokens
    expect(await refresh(next)).toEqual([400, "invalid_grant"])
  })
})

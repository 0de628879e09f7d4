import { describe, expect, it } from "vitest"
import {
  authorizeUrl,
  basic,
  Browser,
  C2_SECRET,
  C2_SECRET_HASH,
  CALLBACK,
  errorOf,
  factsOf,
  makeWorld,
  NOTES,
  obtainCode,
  obtainTokens,
  post,
  refreshRequest,
  tokenRequest,
  type Tokens
} from "./fixture.ts"

/** Status, error code and when to come back. */
const answerOf = async (answer: Promise<Response>) => {
  const response = await answer
  return [...(await errorOf(response)), response.headers.get("retry-after")]
}

const THROTTLED = [429, "temporarily_unavailable", "60"]

describe("the rate of tokens", () => {
  it("[CAU-16] is of one client for one account: others of either are not touched, and nothing is used up", async () => {
    const world = await makeWorld({ rates: { tokens: 2 }, lifetimes: { refreshReplay: 0, code: 600 } })
    const { refresh_token: first } = await obtainTokens(world)
    const { refresh_token: second } = (await (await world.handle(refreshRequest(first))).json()) as Tokens
    const code = await obtainCode(world)
    expect(await answerOf(world.handle(refreshRequest(second)))).toEqual(THROTTLED)
    expect(await answerOf(world.handle(tokenRequest({ code })))).toEqual(THROTTLED)
    // Another account, and another client of the same account.
    await obtainTokens(world, {}, "root")
    const other = await obtainCode(world, { client_id: "c2" })
    const redeemed = await world.handle(
      tokenRequest({ code: other, client_id: undefined }, { authorization: basic("c2", C2_SECRET) })
    )
    expect(redeemed.status).toBe(200)
    world.now += 60
    expect((await world.handle(refreshRequest(second))).status).toBe(200)
    expect((await world.handle(tokenRequest({ code }))).status).toBe(200)
  })

  it("is not taken by what is refused: a stranger's guesses keep nobody out", async () => {
    const world = await makeWorld({ rates: { tokens: 1 } })
    const code = await obtainCode(world)
    for (let index = 0; index < 5; index++) {
      expect((await world.handle(tokenRequest({ code: `x${index}` }))).status).toBe(400)
      expect((await world.handle(refreshRequest("A".repeat(65)))).status).toBe(400)
      expect((await world.handle(tokenRequest({ code, code_verifier: "x".repeat(43) }))).status).toBe(400)
    }
    expect((await world.handle(tokenRequest({ code }))).status).toBe(200)
  })

  it("keeps no replay from ending its grant", async () => {
    const world = await makeWorld({ rates: { tokens: 2 } })
    const { refresh_token: first } = await obtainTokens(world)
    const { refresh_token: second } = (await (await world.handle(refreshRequest(first))).json()) as Tokens
    world.now += 30
    expect(await errorOf(world.handle(refreshRequest(first)))).toEqual([400, "invalid_grant"])
    world.now += 30
    expect(await errorOf(world.handle(refreshRequest(second)))).toEqual([400, "invalid_grant"])
  })

  it("counts what a client gets for itself as well", async () => {
    const world = await makeWorld({
      rates: { tokens: 2 },
      clients: [
        {
          clientId: "machine",
          name: "Machine",
          redirectUris: [],
          grantTypes: ["client_credentials"],
          tokenEndpointAuthMethod: "client_secret_basic",
          secretHash: C2_SECRET_HASH
        }
      ]
    })
    const ask = () =>
      world.handle(
        post(
          "token",
          { grant_type: "client_credentials", resource: NOTES },
          { authorization: basic("machine", C2_SECRET) }
        )
      )
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200])
    expect(await answerOf(ask())).toEqual(THROTTLED)
  })
})

describe("the rate of authorization requests", () => {
  it("is of one account in all its browsers, and ends on a page that says when to come back", async () => {
    const world = await makeWorld({ rates: { authorizations: 3 } })
    const [one, two] = [new Browser(world), new Browser(world)]
    for (const browser of [one, two]) await browser.openConsent(authorizeUrl())
    expect((await one.get(authorizeUrl())).status).toBe(200)
    expect((await two.get(authorizeUrl())).status).toBe(200)
    expect((await one.get(authorizeUrl())).status).toBe(200)
    const before = world.store.dump()
    const refused = await two.get(authorizeUrl())
    expect([refused.status, refused.headers.get("retry-after"), refused.headers.has("location")]).toEqual([
      429,
      "60",
      false
    ])
    expect(factsOf(await refused.text())).toMatchObject({ page: "error", title: "Too many requests" })
    expect(world.store.dump()).toBe(before)
    const somebody = new Browser(world)
    await somebody.openConsent(authorizeUrl(), "root")
    expect((await somebody.get(authorizeUrl())).status).toBe(200)
    world.now += 60
    expect((await two.get(authorizeUrl())).status).toBe(200)
  })

  it("is of one browser while nobody is signed in", async () => {
    const world = await makeWorld({ rates: { authorizations: 2 } })
    const browser = new Browser(world)
    const statuses: Array<number> = []
    for (let index = 0; index < 4; index++) statuses.push((await browser.get(authorizeUrl())).status)
    // The first one came from a browser that was not known yet.
    expect(statuses).toEqual([200, 200, 200, 429])
    expect((await new Browser(world).get(authorizeUrl())).status).toBe(200)
  })
})

describe("the rate of revocations", () => {
  it("is of one client, and only what there is to revoke counts", async () => {
    const world = await makeWorld({ rates: { revocations: 2 } })
    const revoke = (token: string | undefined, client_id = "c1") => world.handle(post("revoke", { client_id, token }))
    const tokens = await obtainTokens(world)
    const others = await obtainTokens(world)
    for (let index = 0; index < 5; index++) {
      expect((await revoke("unknown")).status).toBe(200)
      expect((await revoke("A".repeat(65))).status).toBe(200)
    }
    expect((await revoke(tokens.access_token)).status).toBe(200)
    expect((await revoke(tokens.refresh_token)).status).toBe(200)
    expect(await answerOf(revoke(others.refresh_token))).toEqual(THROTTLED)
    expect(await answerOf(revoke(others.access_token))).toEqual(THROTTLED)
    const foreign = world.handle(
      post("revoke", { token: others.refresh_token }, { authorization: basic("c2", C2_SECRET) })
    )
    expect((await foreign).status).toBe(200)
    world.now += 60
    expect((await revoke(others.refresh_token)).status).toBe(200)
    expect(await errorOf(world.handle(refreshRequest(others.refresh_token)))).toEqual([400, "invalid_grant"])
  })

  it("says when to come back after wrong secrets, too", async () => {
    const world = await makeWorld({
      clients: [
        {
          clientId: "c2",
          name: "Client Two",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "client_secret_basic",
          secretHash: C2_SECRET_HASH
        }
      ],
      introspection: [{ clientId: "c2", resources: [NOTES] }]
    })
    const wrong = { authorization: basic("c2", "wrong") }
    for (let index = 0; index < 20; index++) await world.handle(post("revoke", { token: "x" }, wrong))
    for (const path of ["revoke", "introspect"]) {
      expect(await answerOf(world.handle(post(path, { token: "x" }, wrong)))).toEqual(THROTTLED)
      const right = { authorization: basic("c2", C2_SECRET) }
      expect((await world.handle(post(path, { token: "x" }, right))).status).toBe(200)
    }
  })
})

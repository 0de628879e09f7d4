import { describe, expect, it } from "vitest"
import { makeSpentAssertions } from "../../src/assertion/spent-assertions.ts"
import { errorOf, makeWorld, NOTES, post, start } from "../fixture.ts"
import { asserted, claims, ec, jws, publicJwk } from "./signing.ts"

const pair = ec()
const machine = (clientId: string) => ({
  clientId,
  name: "By key",
  redirectUris: [],
  tokenEndpointAuthMethod: "private_key_jwt" as const,
  jwks: { keys: [publicJwk(pair)] },
  grantTypes: ["client_credentials" as const]
})

describe("assertions that are used up", () => {
  it("[DOS-05] take room for 3000 a minute of one client, and are refused beyond it: none is forgotten for a new one", async () => {
    const world = await makeWorld({
      clients: [machine("one"), machine("other")],
      rates: { tokens: 10_000 }
    })
    const assertion = (clientId: string) => jws({ alg: "ES256" }, claims(clientId, {}, world.now), pair.privateKey)
    const send = (text: string) =>
      world.handle(post("token", { grant_type: "client_credentials", resource: NOTES, ...asserted(text) }))
    const first = assertion("one")
    expect((await send(first)).status).toBe(200)
    // What was used already takes no room, whoever sends it how often.
    for (let again = 0; again < 10; again++) expect(await errorOf(send(first))).toEqual([401, "invalid_client"])
    for (let count = 1; count < 3000; count++) expect((await send(assertion("one"))).status).toBe(200)
    const held = world.store.dump().length
    world.now += 20
    const refused = await send(assertion("one"))
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "40"])
    expect(await errorOf(refused)).toEqual([429, "temporarily_unavailable"])
    expect(world.store.dump().length).toBe(held)
    expect((await send(assertion("other"))).status).toBe(200)
    world.now += 40
    // The first one is good for another five seconds, and is still known.
    expect(await errorOf(send(first))).toEqual([401, "invalid_client"])
    expect((await send(assertion("one"))).status).toBe(200)
  })

  it("[DOS-05] take room for 30000 a minute of all clients together that nobody configured", () => {
    const spent = makeSpentAssertions()
    const client = (index: number) => ({
      clientId: `client-${index}`,
      origin: index % 2 === 0 ? ("registered" as const) : ("document" as const)
    })
    for (let index = 0; index < 30_000; index++) expect(spent.take(client(index), start)).toBe(0)
    for (let index = 0; index < 10; index++) expect(spent.take(client(index), start + 1)).toBe(59)
    expect(spent.take({ clientId: "client-1", origin: "configured" }, start)).toBe(0)
    spent.giveBack(client(1), start)
    expect([spent.take(client(2), start), spent.take(client(3), start)]).toEqual([0, 60])
    expect(spent.take(client(3), start + 60)).toBe(0)
  })
})

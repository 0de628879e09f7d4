import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { Person } from "@postern/as-core"
import { authorizeUrl, Browser, CALLBACK, makeWorld, obtainTokens, refreshRequest, type World } from "./fixture.ts"

const worldOf = (subject: () => string): Promise<World> => {
  const person = (): Person => ({ subject: subject(), name: "Ada", roles: [] })
  return makeWorld({
    people: { authenticate: () => Effect.sync(person), find: () => Effect.sync(person) }
  })
}

const signInStatus = async (world: World): Promise<number> => {
  const browser = new Browser(world)
  const facts = await browser.facts(browser.get(authorizeUrl()))
  return (await browser.submit(facts, { username: "ada", password: "x" })).status
}

describe("a person whose subject is a client's identifier", () => {
  it("cannot sign in, and the operator is told: configured, registered, or the URL of a metadata document", async () => {
    const stored = {
      clientId: "registered-client-1234",
      origin: "registered" as const,
      name: "Registered",
      redirectUris: [CALLBACK],
      tokenEndpointAuthMethod: "none" as const,
      grantTypes: ["authorization_code" as const],
      applicationType: "native" as const,
      createdAt: 0
    }
    for (const subject of ["c1", "registered-client-1234", "https://app.example.com/client.json"]) {
      const world = await worldOf(() => subject)
      await Effect.runPromise(world.store.addClient({ client: stored }, { maximum: 10 }))
      expect(await signInStatus(world)).toBe(503)
      expect(world.events).toEqual([
        { event: "subject-is-client", clientId: subject },
        { event: "unavailable", detail: "the directory of people failed at authenticate" }
      ])
    }
  })

  it("gets no token either, as soon as it is so", async () => {
    let subject = "u1"
    const world = await worldOf(() => subject)
    const { refresh_token } = await obtainTokens(world)
    subject = "c2"
    const refused = await world.handle(refreshRequest(refresh_token))
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"])
    expect(world.events.map(({ event }) => event)).toEqual(["subject-is-client", "unavailable"])
    subject = "u1"
    expect((await world.handle(refreshRequest(refresh_token))).status).toBe(200)
  })

  it("is nobody whose subject only looks like one", async () => {
    for (const subject of ["c", "c11", "https", "u1"]) {
      expect(await signInStatus(await worldOf(() => subject))).toBe(303)
    }
  })
})

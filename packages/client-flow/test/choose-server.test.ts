import { createClient } from "@postern/client-flow/promise"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { call, CALLBACK, failure, ISSUER, json, makeWorld, PRM_URL, RESOURCE, resourceMetadata } from "./world.ts"

const OTHER = "https://other.example.com"

const naming = (...issuers: ReadonlyArray<string>) => {
  const world = makeWorld()
  world.routes.set(PRM_URL, () => json(resourceMetadata({ authorization_servers: issuers })))
  return world
}

describe("chooseAuthorizationServer", () => {
  it("chooses among several, told which there are, which are configured and which gave credentials", async () => {
    const world = naming(OTHER, ISSUER)
    const asked: Array<unknown> = []
    const chooseAuthorizationServer = (choice: unknown) => Effect.sync(() => (asked.push(choice), ISSUER))
    const registrations = [{ issuer: OTHER, clientId: "mine" }]
    const client = world.client({ chooseAuthorizationServer, registrations })
    expect((await Effect.runPromise(client.fetch(RESOURCE, call()))).status).toBe(200)
    expect(asked[0]).toEqual({ resource: RESOURCE, named: [OTHER, ISSUER], configured: [OTHER], held: [] })
    expect(world.urls().filter((url) => url.startsWith(OTHER))).toEqual([])

    await Effect.runPromise(client.authorize({ resource: RESOURCE }))
    expect(asked.at(-1)).toMatchObject({ held: [ISSUER] })
  })

  it("is not asked where there is one alone", async () => {
    const world = naming(ISSUER)
    const chooseAuthorizationServer = () => Effect.die(new Error("asked"))
    expect((await Effect.runPromise(world.client({ chooseAuthorizationServer }).fetch(RESOURCE, call()))).status).toBe(
      200
    )
  })

  it.each([undefined, "", "https://evil.example", `${ISSUER}/`, "https://AS.example.com"])(
    "ends the flow where %j is chosen, which is none of them: nothing is asked of it, or of the first",
    async (chosen) => {
      const world = naming(OTHER, ISSUER)
      const chooseAuthorizationServer = () => Effect.succeed(chosen)
      expect(await failure(world.client({ chooseAuthorizationServer }).fetch(RESOURCE, call()))).toMatchObject({
        _tag: "AuthorizationServerNotNamed",
        resource: RESOURCE,
        expected: [OTHER, ISSUER],
        received: chosen
      })
      expect(world.urls()).toEqual([RESOURCE, PRM_URL])
      expect(world.visits).toEqual([])
    }
  )

  it("is a Promise at the other face", async () => {
    const world = naming(OTHER, ISSUER)
    const client = createClient({
      transport: makeTransport({ fetch: world.fetch }),
      resourceFetch: world.fetch,
      store: world.store,
      redirectUri: CALLBACK,
      clientMetadata: { client_name: "Test client" },
      userAgent: () => Promise.reject(new Error("not reached")),
      chooseAuthorizationServer: async ({ named }) => named.find((issuer) => issuer !== OTHER && issuer !== ISSUER)
    })
    const outcome = await client.authorize({ resource: RESOURCE })
    expect(Result.isFailure(outcome) && outcome.failure._tag).toBe("AuthorizationServerNotNamed")
  })
})

import { it as effectIt } from "@effect/vitest"
import type { Client } from "@postern/client-flow"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect } from "vitest"
import {
  ASM_URL,
  call,
  insufficientScope,
  ISSUER,
  json,
  makeWorld,
  RESOURCE,
  serverMetadata,
  settled,
  TOKEN_URL,
  unauthorized,
  until
} from "../world.ts"

const grant = { type: "client_credentials" } as const

/** Two clients of one store, as two processes have them. */
const twoMachines = () => {
  const world = makeWorld()
  world.routes.set(ASM_URL, () =>
    json(
      serverMetadata({
        grant_types_supported: ["client_credentials"],
        token_endpoint_auth_methods_supported: ["client_secret_basic"]
      })
    )
  )
  return { world, clients: [world.machine({ grant }), world.machine({ grant })] as const }
}

const atOnce = <A, E>(clients: ReadonlyArray<Client>, use: (client: Client) => Effect.Effect<A, E>) =>
  Effect.all(clients.map(use), { concurrency: "unbounded" })

describe("two processes with one store that want a token without a person", () => {
  effectIt.effect("ask once for the first one", () =>
    Effect.gen(function* () {
      const { clients, world } = twoMachines()
      const responses = yield* atOnce(clients, (client) => client.fetch(RESOURCE, call()))
      expect(responses.map(({ status }) => status)).toEqual([200, 200])
      expect(world.requestsTo(TOKEN_URL)).toHaveLength(1)
    })
  )

  effectIt.effect("ask once where it has ended, or is about to", () =>
    Effect.gen(function* () {
      for (const seconds of [3590, 3600]) {
        const { clients, world } = twoMachines()
        for (const client of clients) yield* client.fetch(RESOURCE, call())
        yield* TestClock.adjust(`${seconds} seconds`)
        expect(yield* atOnce(clients, (client) => client.accessToken(RESOURCE))).toEqual(["access-2", "access-2"])
        expect(world.requestsTo(TOKEN_URL)).toHaveLength(2)
      }
    })
  )

  effectIt.effect("ask once where it was refused", () =>
    Effect.gen(function* () {
      const { clients, world } = twoMachines()
      for (const client of clients) yield* client.fetch(RESOURCE, call())
      world.issued.splice(0, 1, "refused")
      const responses = yield* atOnce(clients, (client) => client.fetch(RESOURCE, call()))
      expect(responses.map(({ status }) => status)).toEqual([200, 200])
      expect(world.requestsTo(TOKEN_URL)).toHaveLength(2)
    })
  )

  effectIt.effect("ask once for more scope", () =>
    Effect.gen(function* () {
      const { clients, world } = twoMachines()
      for (const client of clients) yield* client.fetch(RESOURCE, call())
      world.routes.set(RESOURCE, ({ headers }) => {
        const token = headers.get("authorization")
        return token === null ? unauthorized() : token === "Bearer access-1" ? insufficientScope("write") : json({})
      })
      const responses = yield* atOnce(clients, (client) => client.fetch(RESOURCE, call()))
      expect(responses.map(({ status }) => status)).toEqual([200, 200])
      expect(world.forms(TOKEN_URL).map((form) => form.get("scope"))).toEqual([null, "write"])
    })
  )

  effectIt.effect("wait for who works on that login, and for nobody else", () =>
    Effect.gen(function* () {
      const { clients, world } = twoMachines()
      const [client] = clients
      const { promise, resolve } = Promise.withResolvers<void>()
      const others = Effect.promise(() => promise)
      const hold = (account: string) => {
        const login = { issuer: ISSUER, resource: RESOURCE, account }
        return Effect.forkChild(world.store.exclusively?.(login, others) ?? others)
      }
      const elsewhere = yield* hold("other")
      expect((yield* client.fetch(RESOURCE, call())).status).toBe(200)
      const here = yield* hold("default")
      yield* settled
      yield* TestClock.adjust("3600 seconds")
      const waiting = yield* Effect.forkChild(client.accessToken(RESOURCE))
      for (let turn = 0; turn < 20; turn++) yield* settled
      expect(world.requestsTo(TOKEN_URL)).toHaveLength(1)
      resolve()
      yield* until(() => world.requestsTo(TOKEN_URL).length === 2)
      expect(yield* Fiber.join(waiting)).toBe("access-2")
      yield* Fiber.join(elsewhere)
      yield* Fiber.join(here)
    })
  )

  effectIt.effect("let the next one in where one leaves while it asks", () =>
    Effect.gen(function* () {
      const { clients, world } = twoMachines()
      const [leaver, next] = clients
      const issue = world.routes.get(TOKEN_URL)
      world.routes.set(TOKEN_URL, () => new Promise<Response>(() => undefined))
      const leaving = yield* Effect.forkChild(leaver.fetch(RESOURCE, call()))
      yield* until(() => world.requestsTo(TOKEN_URL).length === 1)
      yield* Fiber.interrupt(leaving)
      if (issue) world.routes.set(TOKEN_URL, issue)
      expect((yield* next.fetch(RESOURCE, call())).status).toBe(200)
    })
  )
})

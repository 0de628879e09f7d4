import type { CredentialStore } from "@postern/client-flow"
import { createClient } from "@postern/client-flow/promise"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { call, CALLBACK, json, makeWorld, RESOURCE, settled, TOKEN_URL, until } from "./world.ts"

const run = Effect.runPromise

const gate = () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { open: resolve, passed: Effect.promise(() => promise) }
}

/** A store that says when it was asked to save credentials, and does so when it is let. */
const slowStore = (store: CredentialStore) => {
  const { open, passed } = gate()
  let asked = 0
  const slow: CredentialStore = {
    ...store,
    saveCredentials: (credentials) =>
      Effect.suspend(() => {
        asked++
        return Effect.andThen(passed, store.saveCredentials(credentials))
      })
  }
  return { slow, open, asked: () => asked }
}

describe("a login that nobody waits for any more", () => {
  it("is written down where the answer with its tokens has come", async () => {
    const world = makeWorld()
    const { asked, open, slow } = slowStore(world.store)
    const waiting = Effect.runFork(world.client({ store: slow }).fetch(RESOURCE, call()))
    await run(until(() => asked() === 1))
    await run(Fiber.interrupt(waiting))
    expect(await run(world.store.listCredentials)).toEqual([])
    open()
    for (let turn = 0; turn < 20; turn++) await run(settled)
    expect(await run(world.store.listCredentials)).toMatchObject([
      { accessToken: "access-1", refreshToken: "refresh-1" }
    ])
    expect((await run(world.client().fetch(RESOURCE, call()))).status).toBe(200)
    expect(world.visits).toHaveLength(1)
  })

  it("is written down where its token request is out", async () => {
    const world = makeWorld()
    const { open, passed } = gate()
    const issue = world.routes.get(TOKEN_URL)
    world.routes.set(TOKEN_URL, async (request) => {
      await run(passed)
      return issue?.(request) ?? json({}, 500)
    })
    const waiting = Effect.runFork(world.client().fetch(RESOURCE, call()))
    await run(until(() => world.requestsTo(TOKEN_URL).length === 1))
    await run(Fiber.interrupt(waiting))
    open()
    for (let turn = 0; turn < 20; turn++) await run(settled)
    expect(await run(world.store.listCredentials)).toMatchObject([{ accessToken: "access-1" }])
  })

  it("is written down where the signal of its caller came in between, at the other face as well", async () => {
    const world = makeWorld()
    const { asked, open, slow } = slowStore(world.store)
    const client = createClient({
      transport: makeTransport({ fetch: world.fetch }),
      resourceFetch: world.fetch,
      store: slow,
      redirectUri: CALLBACK,
      clientMetadata: { client_name: "Test client" },
      userAgent: async ({ authorizationUrl, redirectUri }) => {
        const url = new URL(authorizationUrl)
        return world.answer({ url, parameters: url.searchParams, redirectUri })
      }
    })
    const controller = new AbortController()
    const login = client.authorize({ resource: RESOURCE, signal: controller.signal })
    await run(until(() => asked() === 1))
    controller.abort(new Error("the window was closed"))
    await expect(login).rejects.toThrow("the window was closed")
    open()
    for (let turn = 0; turn < 20; turn++) await run(settled)
    expect(await run(world.store.listCredentials)).toMatchObject([{ accessToken: "access-1" }])
  })

  it("sends nothing where it ends while the person decides", async () => {
    const world = makeWorld()
    const { open, passed } = gate()
    const client = world.client({
      userAgent: ({ authorizationUrl, redirectUri }) => {
        const url = new URL(authorizationUrl)
        const visit = { url, parameters: url.searchParams, redirectUri }
        world.visits.push(visit)
        return Effect.as(passed, world.answer(visit))
      }
    })
    const waiting = Effect.runFork(client.fetch(RESOURCE, call()))
    await run(until(() => world.visits.length === 1))
    await run(Fiber.interrupt(waiting))
    open()
    for (let turn = 0; turn < 20; turn++) await run(settled)
    expect(world.requestsTo(TOKEN_URL)).toEqual([])
  })
})

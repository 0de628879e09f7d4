import { EventEmitter } from "node:events"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it as effectIt } from "@effect/vitest"
import { makeFileStore, openBrowser, type Spawn } from "@postern/node"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { call, insufficientScope, json, makeWorld, REGISTER_URL, RESOURCE } from "../packages/client-flow/test/world.ts"

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-client-store-"))
  path = join(folder, "store", "credentials.json")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it("[STO-05] a damaged file ends the flow before anything is registered, asked or sent, each time", async () => {
  const file = join(folder, "credentials.json")
  writeFileSync(file, '{"version":1,"credentials":[{"accessToken":"cut of', { mode: 0o600 })
  const world = makeWorld()
  const client = world.client({ store: makeFileStore({ path: file }) })
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(await Effect.runPromise(Effect.flip(client.fetch(RESOURCE, call())))).toMatchObject({
      _tag: "CredentialStoreFailed",
      cause: { _tag: "CredentialFileDamaged" }
    })
  }
  expect(world.seen).toEqual([])
  expect(world.visits).toEqual([])
  expect(readFileSync(file, "utf8")).toBe('{"version":1,"credentials":[{"accessToken":"cut of')
})

it("[STO-08] the browser's process is told no token, verifier or secret, by its arguments or its environment", async () => {
  const world = makeWorld()
  const started: Array<string> = []
  const spawn: Spawn = (command, parameters, options) => {
    started.push(JSON.stringify([command, parameters, options]))
    const child = new EventEmitter()
    queueMicrotask(() => child.emit("spawn"))
    return Object.assign(child, { unref: () => undefined }) as ReturnType<Spawn>
  }
  const store = makeFileStore({ path })
  const client = world.client({
    store,
    userAgent: ({ authorizationUrl, redirectUri }) =>
      Effect.as(
        openBrowser(authorizationUrl, { spawn }),
        `${redirectUri}?code=the-code&iss=${encodeURIComponent("https://as.example.com")}&state=${new URL(authorizationUrl).searchParams.get("state")}`
      )
  })
  await Effect.runPromise(client.fetch(RESOURCE, call()))
  // The second login, for more scope, when there are tokens.
  world.routes.set(RESOURCE, ({ headers }) =>
    headers.get("authorization") === "Bearer access-2" ? json({}) : insufficientScope("write")
  )
  await Effect.runPromise(client.fetch(RESOURCE, call()))
  expect(started).toHaveLength(2)
  const verifiers = world.forms("https://as.example.com/token").map((form) => form.get("code_verifier") ?? "?")
  for (const secret of ["access-1", "refresh-1", "access-2", "refresh-2", ...verifiers]) {
    expect(started.join()).not.toContain(secret)
    expect(JSON.stringify([process.argv, process.env])).not.toContain(secret)
  }
})

it("[STO-10] nothing is put where a page's scripts could read it", async () => {
  const touched: Array<string> = []
  const trap = (name: string) =>
    new Proxy(
      {},
      {
        get: (_, member) => void touched.push(`${name}.${String(member)}`),
        set: (_, member) => touched.push(`${name}.${String(member)}`) > 0
      }
    )
  const places = ["localStorage", "sessionStorage", "indexedDB", "document", "cookieStore", "caches"]
  for (const name of places) vi.stubGlobal(name, trap(name))
  try {
    const world = makeWorld()
    const client = world.client()
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    await Effect.runPromise(client.signOut(RESOURCE))
  } finally {
    vi.unstubAllGlobals()
  }
  expect(touched).toEqual([])
})

effectIt.effect("[STO-11] a month of refreshes leaves one login and one registration", () =>
  Effect.gen(function* () {
    const world = makeWorld()
    const client = world.client()
    yield* client.fetch(RESOURCE, call())
    for (let day = 0; day < 30; day++) {
      yield* TestClock.adjust("1 day")
      expect((yield* client.fetch(RESOURCE, call())).status).toBe(200)
    }
    expect(yield* world.store.listCredentials).toMatchObject([{ refreshToken: "refresh-31" }])
    expect(world.requestsTo(REGISTER_URL)).toHaveLength(1)
    expect(world.visits).toHaveLength(1)
  })
)

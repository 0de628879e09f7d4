// Attacks on what is used once, where clocks differ, replies come late or twice, and the store does not say what is.
import { openSqliteStore } from "@postern/as-store-sql"
import type { Store } from "@postern/as-core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { asserted, claims, ec, jws, publicJwk } from "../packages/as-core/test/assertion/signing.ts"
import {
  authorizeUrl,
  basic,
  Browser,
  C2_SECRET,
  C2_SECRET_HASH,
  CALLBACK,
  errorOf,
  ISSUER,
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
} from "../packages/as-core/test/fixture.ts"
import { clockOf, reallySleep } from "../packages/as-core/test/clock.ts"

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A store over a file, as several processes have it. */
const openFile = async () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-clocks-"))
  const path = join(folder, "as.sqlite")
  const open = async (): Promise<Store> => {
    const store = await Effect.runPromise(openSqliteStore({ path, durability: "process" }))
    closers.push(() => Effect.runPromise(store.close))
    return store
  }
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  return { path, open }
}

/** What expired by this process's clock leaves. */
const removeExpired = ({ now, server }: World): Promise<number> => {
  const clock = clockOf(() => now * 1000, reallySleep)
  return Effect.runPromise(Effect.provideService(server.removeExpired, Clock.Clock, clock))
}

const pair = ec()
const clients = [
  { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
  {
    clientId: "key",
    name: "By key",
    redirectUris: [],
    tokenEndpointAuthMethod: "private_key_jwt",
    jwks: { keys: [publicJwk(pair)] },
    grantTypes: ["client_credentials"]
  }
] as const

const byKey = (assertion: string) =>
  post("token", { grant_type: "client_credentials", resource: NOTES, ...asserted(assertion) })
const assertionOf = (now: number, changes: object = {}) =>
  jws({ alg: "ES256" }, claims("key", changes, now), pair.privateKey)
const statusOf = async (world: World, request: Request) => (await world.handle(request)).status

describe("two processes over one store whose clocks differ by ten seconds", () => {
  const pairOf = async () => {
    const file = await openFile()
    const ahead = await makeWorld({ store: await file.open(), clients })
    const behind = await makeWorld({ store: await file.open(), clients })
    ahead.now = start + 5
    behind.now = start - 5
    return { ahead, behind }
  }

  it("[CON-06] take a code once, whichever of them comes first, and none that has expired for the one that is asked", async () => {
    const { ahead, behind } = await pairOf()
    for (const [first, second] of [
      [ahead, behind],
      [behind, ahead]
    ] as const) {
      const code = await obtainCode(first)
      expect(await statusOf(first, tokenRequest({ code }))).toBe(200)
      expect(await errorOf(second.handle(tokenRequest({ code })))).toEqual([400, "invalid_grant"])
      expect(await errorOf(first.handle(tokenRequest({ code })))).toEqual([400, "invalid_grant"])
    }
    const early = await obtainCode(behind)
    behind.now += 49
    ahead.now += 49
    expect(await statusOf(ahead, tokenRequest({ code: early }))).toBe(200)
    const late = await obtainCode(behind)
    behind.now += 59
    ahead.now += 59
    expect(await errorOf(ahead.handle(tokenRequest({ code: late })))).toEqual([400, "invalid_grant"])
  })

  it("[CON-06] rotate a refresh token once: the other clock opens no second window", async () => {
    const { ahead, behind } = await pairOf()
    const { refresh_token } = await obtainTokens(behind)
    const next = await behind.handle(refreshRequest(refresh_token))
    expect(next.status).toBe(200)
    // The window of ten seconds is over for this one.
    expect(await errorOf(ahead.handle(refreshRequest(refresh_token)))).toEqual([400, "invalid_grant"])
    const { refresh_token: successor } = (await next.json()) as Tokens
    for (const world of [ahead, behind]) {
      expect(await errorOf(world.handle(refreshRequest(successor)))).toEqual([400, "invalid_grant"])
    }
  })

  it("[CON-06] accept an assertion once, also when one of them has removed what expired by its clock", async () => {
    const { ahead, behind } = await pairOf()
    const used = assertionOf(start, { exp: start + 10, iat: start - 5 })
    expect(await statusOf(behind, byKey(used))).toBe(200)
    // For the one it has expired, for the other it has not.
    ahead.now = start + 20
    behind.now = start + 10
    await removeExpired(ahead)
    expect(await errorOf(behind.handle(byKey(used)))).toEqual([401, "invalid_client"])
    expect(await errorOf(ahead.handle(byKey(used)))).toEqual([401, "invalid_client"])
  })
})

describe("a clock that is set back by an hour", () => {
  it("[CON-06] revives nothing that was used up or ended", async () => {
    const { open } = await openFile()
    const rs = {
      clientId: "rs",
      name: "Notes",
      redirectUris: [],
      tokenEndpointAuthMethod: "client_secret_basic",
      secretHash: C2_SECRET_HASH,
      grantTypes: ["client_credentials"]
    } as const
    const world = await makeWorld({
      store: await open(),
      clients: [...clients, rs],
      introspection: [{ clientId: "rs", resources: [NOTES] }]
    })
    const introspect = async (token: string) =>
      (await world.handle(post("introspect", { token }, { authorization: basic("rs", C2_SECRET) }))).json()
    const code = await obtainCode(world)
    const { access_token, refresh_token } = (await (await world.handle(tokenRequest({ code }))).json()) as Tokens
    const next = (await (await world.handle(refreshRequest(refresh_token))).json()) as Tokens
    const used = assertionOf(start)
    expect(await statusOf(world, byKey(used))).toBe(200)
    await world.handle(post("revoke", { client_id: "c1", token: access_token }))
    const browser = new Browser(world)
    const facts = await browser.openConsent(authorizeUrl())
    await browser.submit(facts, { decision: "deny" })
    for (const removed of [false, true]) {
      // With and without the rows that have expired since.
      if (removed) {
        world.now = start + 1200
        await removeExpired(world)
      }
      world.now = start - 3600
      expect((await browser.submit(facts, { decision: "approve", scope: "notes:read" })).status).not.toBe(303)
      expect(await errorOf(world.handle(byKey(used)))).toEqual([401, "invalid_client"])
      expect(await introspect(access_token)).toEqual({ active: false })
      world.now = start
    }
    world.now = start - 3600
    expect(await errorOf(world.handle(tokenRequest({ code })))).toEqual([400, "invalid_grant"])
    expect(await errorOf(world.handle(refreshRequest(next.refresh_token)))).toEqual([400, "invalid_grant"])
  })
})

describe("a store whose reads are not up to date", () => {
  it("[CON-07] sells no code twice, and ends the grant all the same", async () => {
    const { open } = await openFile()
    const store = await open()
    const world = await makeWorld({ store })
    const code = await obtainCode(world)
    const stale = new Map<string, unknown>()
    /** The first answer, for ever. */
    const once =
      <A, E>(read: (key: string) => Effect.Effect<A, E>) =>
      (key: string): Effect.Effect<A, E> =>
        stale.has(key)
          ? Effect.succeed(stale.get(key) as A)
          : Effect.tap(read(key), (found) => Effect.sync(() => stale.set(key, found)))
    const late = await makeWorld({
      store: {
        ...store,
        findCode: once(store.findCode),
        findRefreshToken: once(store.findRefreshToken),
        findGrant: once(store.findGrant)
      }
    })
    const first = (await (await late.handle(tokenRequest({ code }))).json()) as Tokens
    expect(await errorOf(late.handle(tokenRequest({ code })))).toEqual([400, "invalid_grant"])
    expect(await errorOf(late.handle(refreshRequest(first.refresh_token)))).toEqual([400, "invalid_grant"])
    expect(late.events.map(({ event }) => event)).toEqual(["code-replayed"])
    const other = await obtainTokens(late)
    const second = (await (await late.handle(refreshRequest(other.refresh_token))).json()) as Tokens
    const third = await late.handle(refreshRequest(second.refresh_token))
    // What the stale read says of the token decides nothing that the transaction does not confirm.
    expect([200, 400]).toContain(third.status)
    expect(await errorOf(world.handle(refreshRequest(other.refresh_token)))).toEqual([400, "invalid_grant"])
    const last = third.status === 200 ? ((await third.json()) as Tokens).refresh_token : second.refresh_token
    expect(await errorOf(world.handle(refreshRequest(last)))).toEqual([400, "invalid_grant"])
  })

  it("[CON-07] that says twice that it is done has done it once", async () => {
    const { open } = await openFile()
    const store = await open()
    // Each change reaches the store twice, and the second reply comes back.
    const twice = await makeWorld({
      store: {
        ...store,
        redeem: (change) => Effect.andThen(store.redeem(change), store.redeem(change)),
        rotate: (change) => Effect.andThen(store.rotate(change), store.rotate(change)),
        remember: (id, now) => Effect.andThen(store.remember(id, now), store.remember(id, now))
      },
      clients
    })
    const code = await obtainCode(twice)
    expect(await errorOf(twice.handle(tokenRequest({ code })))).toEqual([400, "invalid_grant"])
    expect(await errorOf(twice.handle(byKey(assertionOf(start))))).toEqual([401, "invalid_client"])
    const fine = await makeWorld({ store, clients })
    const { refresh_token } = await obtainTokens(fine)
    const answer = (await (await twice.handle(refreshRequest(refresh_token))).json()) as Tokens
    // The sealed answer of the first one: one new token, which is good.
    expect(await statusOf(fine, refreshRequest(answer.refresh_token))).toBe(200)
  })
})

describe("requests that nobody finishes", () => {
  it(
    "[CNS-15] wait ten minutes at most, ten thousand at a time with a session each, and the oldest leaves for a new one",
    { timeout: 300_000 },
    async () => {
      const { open, path } = await openFile()
      const world = await makeWorld({ store: await open() })
      const browser = new Browser(world)
      const first = await browser.facts(browser.get(authorizeUrl()))
      const begin = async (count: number) => {
        for (let left = count; left > 0; left -= 50) {
          const answers = await Promise.all(Array.from({ length: 50 }, () => world.handle(new Request(authorizeUrl()))))
          expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
        }
      }
      const rows = () => {
        const database = new DatabaseSync(path, { readOnly: true })
        const count = (table: string) => database.prepare(`SELECT COUNT(*) AS rows FROM ${table}`).get()?.["rows"]
        const counted = [count("interactions"), count("sessions"), count("grants")]
        database.close()
        return counted
      }
      await begin(10_500)
      expect(rows()).toEqual([10_000, 10_000, 0])
      const signIn = { username: "ada", password: "ada's password" }
      const evicted = await browser.submit(first, signIn)
      expect([evicted.status, evicted.headers.has("location")]).toEqual([403, false])
      const last = new Browser(world)
      const facts = await last.facts(last.get(authorizeUrl()))
      expect((await last.submit(facts, signIn)).status).toBe(303)
      const late = new Browser(world)
      const open_page = await late.facts(late.get(authorizeUrl()))
      world.now += 600
      expect((await late.submit(open_page, signIn)).status).toBe(410)
      world.now += 1200
      await removeExpired(world)
      expect(rows()).toEqual([0, 1, 0])
    }
  )
})

describe("a registration whose store", () => {
  const registration = () =>
    new Request(`${ISSUER}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ redirect_uris: [CALLBACK] })
    })

  it("[DCR-17] throws, or tells what it should not, is answered without detail, and nothing is stored", async () => {
    const { open } = await openFile()
    const store = await open()
    for (const addClient of [
      () => {
        throw new Error("SELECT secret FROM clients at /srv/path")
      },
      () => Effect.die(new Error("SELECT secret FROM clients at /srv/path")),
      () => Effect.succeed(undefined as never)
    ]) {
      const world = await makeWorld({ store: { ...store, addClient } })
      const answer = await world.handle(registration())
      const text = await answer.text()
      expect([answer.status, text]).toEqual([500, '{"error":"server_error"}'])
      expect(world.events).toEqual([{ event: "defect", detail: "/tenant/register" }])
    }
  })
})

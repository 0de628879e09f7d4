import type { ChildProcess } from "node:child_process"
import * as Effect from "effect/Effect"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import type { PostgresStore } from "@postern/as-store-sql/postgres"
import { ended, message, start } from "./child.ts"
import { dropSchema, empty, newSchema, openPostgres, postgresUrl, sql } from "./postgres.ts"
import type { Order } from "./racer.ts"
import { approve, now, redeem, rotation } from "./samples.ts"

const schema = newSchema()
const CALLERS = 16
const rounds = Array.from({ length: 8 }, (_, round) => `grant-${round}`)
let children: ReadonlyArray<ChildProcess>
let store: PostgresStore
beforeAll(async () => {
  const url = await postgresUrl()
  // Both find no schema.
  children = [start("./racer.ts", [url, schema]), start("./racer.ts", [url, schema])]
  expect(await Promise.all(children.map(message))).toEqual(["ready", "ready"])
  store = await openPostgres({ schema })
})
afterEach(() => empty(schema))
afterAll(async () => {
  for (const child of children) child.disconnect()
  await Effect.runPromise(store.close)
  await dropSchema(schema)
})

const run = <A>(effect: Effect.Effect<A, unknown>): Promise<A> => Effect.runPromise(effect)

/** What both are told to do at the same time, and how often each outcome came. */
const race = async (order: Omit<Order, "racer" | "times">): Promise<Readonly<Record<string, number>>> => {
  const answers = children.map(message)
  for (const [index, child] of children.entries()) child.send({ ...order, racer: `racer-${index}`, times: CALLERS })
  const outcomes = (await Promise.all(answers)).flat().map(String)
  return Object.fromEntries(
    [...new Set(outcomes)].map((outcome) => [outcome, outcomes.filter((other) => other === outcome).length])
  )
}

const others = 2 * CALLERS - 1

describe("two processes over one schema that both have made", () => {
  it("have made it once", async () => {
    const rows = await sql(`SELECT count(*) = max(version) + 1 AS once FROM "${schema}".postern_schema`)
    expect(rows).toEqual([{ once: true }])
  })

  it("[CON-01] redeem a code once, and end its grant for the others", async () => {
    await run(Effect.forEach(rounds, (name) => approve(store, name)))
    for (const name of rounds) {
      expect(await race({ operation: "redeem", name, now })).toEqual({ Redeemed: 1, Replayed: others })
      expect((await run(store.findGrant(name)))?.ended).toBe(true)
    }
  })

  it("rotate a refresh token once in its window, and all others get that answer", async () => {
    await run(Effect.forEach(rounds, (name) => redeem(store, name)))
    for (const name of rounds) {
      const { Rotated, ...rest } = await race({ operation: "rotate", name, now, until: now + 10 })
      expect([Rotated, Object.values(rest)]).toEqual([1, [others]])
      const found = await run(store.findRefreshToken(`${name}-chain`))
      expect(Object.keys(rest)).toEqual([`Repeated: answer ${found?.value.tokenHash}`])
      expect(found?.ended).toBe(false)
    }
  })

  it("rotate a refresh token once where there is no window, and end its grant", async () => {
    await run(Effect.forEach(rounds, (name) => redeem(store, name)))
    for (const name of rounds) {
      const counts = await race({ operation: "rotate", name, now, until: now })
      expect(counts).toEqual({ Rotated: 1, Replayed: 1, Stale: others - 1 })
      expect((await run(store.findGrant(name)))?.ended).toBe(true)
    }
  })

  it("remember an identifier once, also one that has expired", async () => {
    for (let round = 0; round < 8; round++) {
      const counts = await race({ operation: "remember", name: `id-${Math.floor(round / 2)}`, now: now + 60 * round })
      expect(counts).toEqual({ Remembered: 1, Replayed: others })
    }
  })

  it("register the same public client once", async () => {
    for (let round = 0; round < 8; round++) {
      const { Added, ...rest } = await race({ operation: "register", name: `client-${round}`, now })
      expect([Added, Object.values(rest)]).toEqual([1, [others]])
    }
  })

  it("save one key ring as the next version", async () => {
    for (let expected = 0; expected < 8; expected++) {
      expect(await race({ operation: "save", name: "", now, expected })).toEqual({ Saved: 1, Stale: others })
    }
  })
})

describe("a process that is killed", () => {
  // BEGIN, the grant with its token, the answer, the next token, COMMIT, and the moment after it.
  it.each([
    [4, "in the middle of a rotation", "Rotated", "second"],
    [5, "before the COMMIT of a rotation", "Rotated", "second"],
    [6, "after the COMMIT of a rotation", "answer first", "first"]
  ] as const)(
    "[CON-05] before statement %i, %s, leaves the old state or the new one",
    async (point, _, again, live) => {
      await run(redeem(store, "grant"))
      const child = start("./postgres-crasher.ts", [await postgresUrl(), schema, "grant", String(point)])
      expect(await ended(child)).toBe("SIGKILL")
      const outcome = await run(store.rotate(rotation("grant", "grant-token", "second")))
      expect(outcome._tag === "Repeated" ? outcome.sealed : outcome._tag).toBe(again)
      const found = await run(store.findRefreshToken("grant-chain"))
      expect([found?.value.tokenHash, found?.ended]).toEqual([live, false])
    }
  )
})

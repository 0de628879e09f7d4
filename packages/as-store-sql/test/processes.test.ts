import type { ChildProcess } from "node:child_process"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { SqliteStore } from "@postern/as-store-sql"
import { ended, message, start } from "./child.ts"
import { open, temporaryFolder } from "./open.ts"
import type { Order } from "./racer.ts"
import { approve, now, redeem, rotation, token } from "./samples.ts"

let folder: ReturnType<typeof temporaryFolder>
let path: string
beforeEach(() => {
  folder = temporaryFolder()
  path = join(folder.path, "store.sqlite")
})
afterEach(() => folder.remove())

const withStore = async <A>(use: (store: SqliteStore) => Effect.Effect<A, unknown>): Promise<A> => {
  const store = await open({ path, durability: "process" })
  try {
    return await Effect.runPromise(use(store))
  } finally {
    await Effect.runPromise(store.close)
  }
}

describe("two processes over one file", () => {
  it("open a new store at the same time, and both get it", async () => {
    const children = [start("./racer.ts", [path]), start("./racer.ts", [path])]
    try {
      expect(await Promise.all(children.map(message))).toEqual(["ready", "ready"])
    } finally {
      for (const child of children) child.disconnect()
    }
  })
})

describe("two processes over one file, 32 callers in each at once,", { timeout: 120_000 }, () => {
  const rounds = Array.from({ length: 50 }, (_, round) => `grant-${round}`)
  let children: ReadonlyArray<ChildProcess>
  const startRacers = async (): Promise<void> => {
    children = [start("./racer.ts", [path]), start("./racer.ts", [path])]
    await Promise.all(children.map(message))
  }
  afterEach(() => {
    for (const child of children) child.disconnect()
  })

  /** What both are told to do at the same time, and how often each outcome came. */
  const race = async (order: Omit<Order, "racer" | "times">): Promise<Readonly<Record<string, number>>> => {
    const answers = children.map(message)
    for (const [index, child] of children.entries()) child.send({ ...order, racer: `racer-${index}`, times: 32 })
    const outcomes = (await Promise.all(answers)).flat().map(String)
    return Object.fromEntries(
      [...new Set(outcomes)].map((outcome) => [outcome, outcomes.filter((other) => other === outcome).length])
    )
  }

  it("redeem a code once, and end its grant for the others", async () => {
    await withStore((store) => Effect.forEach(rounds, (name) => approve(store, name)))
    await startRacers()
    for (const name of rounds) {
      expect(await race({ operation: "redeem", name, now })).toEqual({ Redeemed: 1, Replayed: 63 })
    }
    await withStore((store) =>
      Effect.forEach(rounds, (name) =>
        Effect.gen(function* () {
          const callers = [0, 1].flatMap((racer) =>
            Array.from({ length: 32 }, (_, index) => store.findRefreshToken(`${name}-racer-${racer}-${index}`))
          )
          const bought = (yield* Effect.all(callers)).filter((found) => found !== undefined)
          expect(bought.map((found) => found.ended)).toEqual([true])
        })
      )
    )
  })

  it("rotate a refresh token once in its window, and all others get that answer", async () => {
    await withStore((store) => Effect.forEach(rounds, (name) => redeem(store, name)))
    await startRacers()
    const winners: Array<string> = []
    for (const name of rounds) {
      const { Rotated, ...others } = await race({ operation: "rotate", name, now, until: now + 10 })
      expect([Rotated, Object.values(others)]).toEqual([1, [63]])
      const [answer = ""] = Object.keys(others)
      expect(answer).toMatch(/^Repeated: answer /)
      winners.push(answer.replace(/^Repeated: answer /, ""))
    }
    await withStore((store) =>
      Effect.forEach(rounds, (name, round) =>
        Effect.gen(function* () {
          const found = yield* store.findRefreshToken(`${name}-chain`)
          expect([found?.value.tokenHash, found?.ended]).toEqual([winners[round], false])
        })
      )
    )
  })

  it("rotate a refresh token once where there is no window, and end its grant", async () => {
    await withStore((store) => Effect.forEach(rounds, (name) => redeem(store, name)))
    await startRacers()
    for (const name of rounds) {
      expect(await race({ operation: "rotate", name, now, until: now })).toEqual({ Rotated: 1, Replayed: 1, Stale: 62 })
    }
    await withStore((store) =>
      Effect.forEach(rounds, (name) => Effect.map(store.findGrant(name), (found) => expect(found?.ended).toBe(true)))
    )
  })

  it("remember an identifier once, also one that has expired", async () => {
    await startRacers()
    for (let round = 0; round < 50; round++) {
      const name = `id-${Math.floor(round / 2)}`
      expect(await race({ operation: "remember", name, now: now + 60 * round })).toEqual({
        Remembered: 1,
        Replayed: 63
      })
    }
  })

  it("register the same public client once", async () => {
    await startRacers()
    for (let round = 0; round < 20; round++) {
      const { Added, ...others } = await race({ operation: "register", name: `client-${round}`, now })
      expect([Added, Object.values(others)]).toEqual([1, [63]])
    }
  })

  it("save one key ring as the next version", async () => {
    await startRacers()
    for (let expected = 0; expected < 20; expected++) {
      expect(await race({ operation: "save", name: "", now, expected })).toEqual({ Saved: 1, Stale: 63 })
    }
  })
})

describe("a process that is killed", () => {
  // BEGIN, a read, two writes, COMMIT, and the moment after it: six points.
  const points = Array.from({ length: 12 }, (_, index) => index + 1)

  it.for([
    { title: "[CON-04] before any statement of a redemption", operation: "redeem" },
    { title: "[CON-05] before any statement of a rotation", operation: "rotate" }
  ] as const)(
    "$title leaves the old state or the new one, and a retry never makes a second live token",
    { timeout: 120_000 },
    async ({ operation }) => {
      await withStore((store) =>
        Effect.forEach(points, (point) =>
          operation === "redeem" ? approve(store, `grant-${point}`) : redeem(store, `grant-${point}`)
        )
      )
      const retry = (store: SqliteStore, name: string): Effect.Effect<string, unknown> =>
        operation === "redeem"
          ? store.redeem({ codeHash: `${name}-code`, refreshToken: token(`${name}-chain`, "second", name), now })
          : Effect.map(store.rotate(rotation(name, `${name}-token`, "second")), (outcome) =>
              outcome._tag === "Repeated" ? outcome.sealed : outcome._tag
            )
      const endings: Array<string> = []
      for (const point of points) {
        const name = `grant-${point}`
        const child = start("./crasher.ts", [path, operation, name, "first", String(point)])
        const ending = await ended(child)
        if (ending !== "SIGKILL") break
        const { retried, live } = await withStore((store) =>
          Effect.gen(function* () {
            return { retried: yield* retry(store, name), live: yield* store.findRefreshToken(`${name}-chain`) }
          })
        )
        endings.push(retried)
        const state = [live?.value.tokenHash, live?.ended]
        // Not committed: the retry is the first use.
        if (retried === "Redeemed" || retried === "Rotated") expect(state).toEqual(["second", false])
        // Committed, and nobody was told: a code's retry is a replay, a refresh token's gets the answer of the first use.
        else expect(state).toEqual(["first", operation === "redeem"])
      }
      expect(endings.length).toBeGreaterThanOrEqual(6)
      expect(endings.at(0)).toBe(operation === "redeem" ? "Redeemed" : "Rotated")
      expect(endings.at(-1)).toBe(operation === "redeem" ? "Replayed" : "answer first")
    }
  )

  it.for(["process", "power"] as const)(
    "while it writes (durability: %s) leaves a whole database that holds everything it had answered",
    { timeout: 120_000 },
    async (durability) => {
      const steps = ["registered", "redeemed", "rotated", "remembered", "ended"]
      const answered = new Map<string, number>()
      for (let round = 0; round < 6; round++) {
        const child = start("./writer.ts", [path, `round-${round}`, durability])
        // Killed in the middle of its work: after so many reports, each round at another point.
        let left = 10 + 7 * round
        const enough = Promise.withResolvers<void>()
        child.on("message", (report: { readonly name: string; readonly step: string } | "ready") => {
          if (report === "ready") return
          answered.set(report.name, steps.indexOf(report.step))
          left -= 1
          if (left === 0) enough.resolve()
        })
        await message(child)
        await enough.promise
        child.kill("SIGKILL")
        expect(await ended(child)).toBe("SIGKILL")
      }
      expect(answered.size).toBeGreaterThanOrEqual(6 * 4)
      await withStore((store) => store.check)
      const database = new DatabaseSync(path)
      const rows = (sql: string) => database.prepare(sql).all()
      expect(rows("PRAGMA integrity_check").map((row) => row["integrity_check"])).toEqual(["ok"])
      expect(rows("PRAGMA foreign_key_check")).toEqual([])
      // A code is used when and only when its refresh token is there, and no grant is without its code.
      expect(
        rows(
          `SELECT codes.grant_id FROM codes LEFT JOIN refresh_tokens ON refresh_tokens.grant_id = codes.grant_id
           WHERE (codes.used_at IS NULL) <> (refresh_tokens.chain_hash IS NULL)`
        )
      ).toEqual([])
      expect(rows("SELECT grant_id FROM grants LEFT JOIN codes USING (grant_id) WHERE code_hash IS NULL")).toEqual([])
      database.close()
      await withStore((store) =>
        Effect.forEach([...answered], ([name, step]) =>
          Effect.gen(function* () {
            const facts = [
              (yield* store.findClient(name)) !== undefined,
              (yield* store.findCode(`${name}-code`))?.used === true,
              (yield* store.findRefreshToken(`${name}-chain`))?.value.tokenHash === `${name}-token-1`,
              yield* store.isRemembered(name, now),
              (yield* store.findGrant(name))?.ended === true
            ]
            expect(facts.slice(0, step + 1)).toEqual(steps.slice(0, step + 1).map(() => true))
          })
        )
      )
    }
  )
})

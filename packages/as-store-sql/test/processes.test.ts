import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { SqliteStore } from "@postern/as-store-sql"
import { ended, message, start } from "./child.ts"
import { open, temporaryFolder } from "./open.ts"
import type { Order } from "./racer.ts"
import { approve, now, token } from "./samples.ts"

let folder: ReturnType<typeof temporaryFolder>
let path: string
beforeEach(() => {
  folder = temporaryFolder()
  path = join(folder.path, "store.sqlite")
})
afterEach(() => folder.remove())

/** Refresh tokens of a grant that could still be used. */
const liveTokens = (grantId: string): number => {
  const database = new DatabaseSync(path)
  try {
    const row = database
      .prepare(
        `SELECT COUNT(*) AS live FROM refresh_tokens JOIN grants ON grants.grant_id = refresh_tokens.grant_id
         WHERE grants.grant_id = ? AND used_at IS NULL AND ended_at IS NULL`
      )
      .get(grantId)
    return Number(row?.["live"])
  } finally {
    database.close()
  }
}

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

  it.for(["redeem", "rotate"] as const)(
    "that %s the same 200 things: one of them does, each time, and the other one ends the grant",
    { timeout: 120_000 },
    async (operation) => {
      const rounds = 200
      const names = Array.from({ length: rounds }, (_, round) => `grant-${round}`)
      await withStore((store) =>
        Effect.forEach(names, (name) =>
          approve(store, name).pipe(
            Effect.andThen(
              operation === "redeem"
                ? Effect.void
                : store.redeem({ codeHash: `${name}-code`, refreshToken: token(`${name}-token`, name), now })
            )
          )
        )
      )
      const children = [start("./racer.ts", [path]), start("./racer.ts", [path])]
      await Promise.all(children.map(message))
      try {
        for (const name of names) {
          const hash = operation === "redeem" ? `${name}-code` : `${name}-token`
          const answers = children.map(message)
          for (const [index, child] of children.entries()) {
            const order: Order = { operation, hash, grantId: name, next: `${name}-next-${index}`, now }
            child.send(order)
          }
          expect(new Set(await Promise.all(answers))).toEqual(new Set(["Used", "Replayed"]))
        }
      } finally {
        for (const child of children) child.disconnect()
      }
      await withStore((store) =>
        Effect.forEach(names, (name) =>
          Effect.gen(function* () {
            const bought = [
              yield* store.findRefreshToken(`${name}-next-0`),
              yield* store.findRefreshToken(`${name}-next-1`)
            ].filter((found) => found !== undefined)
            expect(bought.map((found) => found.ended)).toEqual([true])
          })
        )
      )
    }
  )
})

describe("two processes that remember the same identifier", () => {
  it(
    "are told in each of 200 rounds, one that it is new and the other that it is not",
    { timeout: 120_000 },
    async () => {
      const children = [start("./racer.ts", [path]), start("./racer.ts", [path])]
      await Promise.all(children.map(message))
      try {
        for (let round = 0; round < 200; round++) {
          const answers = children.map(message)
          // Every second round brings an identifier that has expired.
          const hash = `id-${Math.floor(round / 2)}`
          const order: Order = { operation: "remember", hash, grantId: "", next: "", now: now + 60 * round }
          for (const child of children) child.send(order)
          expect(new Set(await Promise.all(answers))).toEqual(new Set(["Remembered", "Replayed"]))
        }
      } finally {
        for (const child of children) child.disconnect()
      }
    }
  )
})

describe("a process that is killed", () => {
  // BEGIN, SAVEPOINT, three reads, two writes, RELEASE, COMMIT, and the moment after it: ten points at the least.
  const points = Array.from({ length: 12 }, (_, index) => index + 1)

  it.for([
    { title: "[CON-04] before any statement of a redemption", operation: "redeem" },
    { title: "[CON-05] before any statement of a rotation", operation: "rotate" }
  ] as const)(
    "$title leaves the old state or the new one, and a retry never makes a second live token",
    { timeout: 120_000 },
    async ({ operation }) => {
      const hashOf = (name: string) => (operation === "redeem" ? `${name}-code` : `${name}-token`)
      await withStore((store) =>
        Effect.forEach(points, (point) => {
          const name = `grant-${point}`
          return approve(store, name).pipe(
            Effect.andThen(
              operation === "redeem"
                ? Effect.void
                : store.redeem({ codeHash: `${name}-code`, refreshToken: token(`${name}-token`, name), now })
            )
          )
        })
      )
      const endings: Array<string> = []
      for (const point of points) {
        const name = `grant-${point}`
        const child = start("./crasher.ts", [path, operation, hashOf(name), name, `${name}-first`, String(point)])
        const ending = await ended(child)
        if (ending !== "SIGKILL") break
        const before = liveTokens(name)
        expect(before).toBeLessThanOrEqual(1)
        const retried = await withStore((store) =>
          operation === "redeem"
            ? store.redeem({ codeHash: hashOf(name), refreshToken: token(`${name}-second`, name), now })
            : store.rotate({ tokenHash: hashOf(name), next: token(`${name}-second`, name), now })
        )
        endings.push(retried)
        const { first, second } = await withStore((store) =>
          Effect.all({
            first: store.findRefreshToken(`${name}-first`),
            second: store.findRefreshToken(`${name}-second`)
          })
        )
        // Not committed: the retry is the first use. Committed, and nobody was told: the retry is a replay.
        if (retried === "Used") expect([first, second?.ended]).toEqual([undefined, false])
        else expect([first?.ended, second]).toEqual([true, undefined])
        expect(liveTokens(name)).toBe(retried === "Used" ? 1 : 0)
      }
      expect(endings.length).toBeGreaterThanOrEqual(10)
      expect(endings.at(0)).toBe("Used")
      expect(endings.at(-1)).toBe("Replayed")
    }
  )

  it(
    "while it writes leaves a whole database that holds everything it had answered",
    { timeout: 120_000 },
    async () => {
      const answered = new Map<string, string>()
      for (let round = 0; round < 8; round++) {
        const child = start("./writer.ts", [path, `round-${round}`])
        // Killed in the middle of its work: after so many reports, each round at another point.
        let left = 10 + 7 * round
        const enough = Promise.withResolvers<void>()
        child.on("message", (report: { readonly name: string; readonly step: string } | "ready") => {
          if (report === "ready") return
          answered.set(report.name, report.step)
          left -= 1
          if (left === 0) enough.resolve()
        })
        await message(child)
        await enough.promise
        child.kill("SIGKILL")
        expect(await ended(child)).toBe("SIGKILL")
      }
      expect(answered.size).toBeGreaterThanOrEqual(8 * 4)
      await withStore((store) => store.check)
      const database = new DatabaseSync(path)
      const rows = (sql: string) => database.prepare(sql).all()
      expect(rows("PRAGMA integrity_check").map((row) => row["integrity_check"])).toEqual(["ok"])
      expect(rows("PRAGMA foreign_key_check")).toEqual([])
      // One code buys one chain, and a chain has one end.
      expect(
        rows("SELECT grant_id FROM refresh_tokens WHERE used_at IS NULL GROUP BY grant_id HAVING COUNT(*) > 1")
      ).toEqual([])
      expect(
        rows(
          `SELECT codes.grant_id FROM codes LEFT JOIN refresh_tokens ON refresh_tokens.grant_id = codes.grant_id
           AND refresh_tokens.used_at IS NULL
           WHERE (codes.used_at IS NULL) <> (refresh_tokens.token_hash IS NULL)`
        )
      ).toEqual([])
      expect(rows("SELECT grant_id FROM grants LEFT JOIN codes USING (grant_id) WHERE code_hash IS NULL")).toEqual([])
      database.close()
      await withStore((store) =>
        Effect.forEach([...answered], ([name, step]) =>
          Effect.gen(function* () {
            const code = yield* store.findCode(`${name}-code`)
            expect(code).toBeDefined()
            if (step !== "approved") expect(code?.used).toBe(true)
            if (step === "rotated") expect(yield* store.findRefreshToken(`${name}-token-1`)).toBeDefined()
          })
        )
      )
    }
  )
})

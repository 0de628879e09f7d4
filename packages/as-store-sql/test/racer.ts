// A process of its own that redeems, rotates and remembers what it is told, over the file that it is told.
import * as Effect from "effect/Effect"
import { openSqliteStore } from "@postern/as-store-sql"

/** What to use, and the name of the refresh token that it buys; what is only remembered buys none. */
export interface Order {
  readonly operation: "redeem" | "rotate" | "remember"
  readonly hash: string
  readonly grantId: string
  readonly next: string
  readonly now: number
}

const [, , path] = process.argv
if (path === undefined) throw new Error("the first argument is the store's path")

const store = await Effect.runPromise(openSqliteStore({ path, durability: "process" }))

const carryOut = ({ operation, hash, grantId, next, now }: Order): Effect.Effect<string, unknown> => {
  if (operation === "remember") return store.remember({ idHash: hash, expiresAt: now + 60 }, now)
  const token = { tokenHash: next, grantId, clientId: "client", expiresAt: now + 3600 }
  return operation === "redeem"
    ? store.redeem({ codeHash: hash, refreshToken: token, now })
    : store.rotate({ tokenHash: hash, next: token, now })
}

process.on("message", (order: Order) => {
  void Effect.runPromise(carryOut(order)).then((outcome) => process.send?.(outcome))
})
process.on("disconnect", () => process.exit(0))
process.send?.("ready")

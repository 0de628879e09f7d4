// A process of its own that ends itself with SIGKILL right before the n-th statement after the store was opened, or after
// the last one, before anybody is told. It exits with 0 when there is no such point.
import { StatementSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import { openSqliteStore } from "@postern/as-store-sql"

const [, , path = "", operation = "", hash = "", grantId = "", next = "", point = ""] = process.argv
const now = 1_800_000_000

const store = await Effect.runPromise(openSqliteStore({ path, durability: "process" }))

let statements = 0
const reachPoint = (): void => {
  statements += 1
  if (statements === Number(point)) process.kill(process.pid, "SIGKILL")
}
for (const method of ["all", "run"] as const) {
  const original: unknown = StatementSync.prototype[method]
  if (typeof original !== "function") throw new Error("node:sqlite has changed")
  Object.defineProperty(StatementSync.prototype, method, {
    value: function (this: StatementSync, ...parameters: Array<unknown>): unknown {
      reachPoint()
      return Reflect.apply(original, this, parameters)
    }
  })
}

const token = { tokenHash: next, grantId, clientId: "client", expiresAt: now + 3600 }
await Effect.runPromise(
  operation === "redeem"
    ? store.redeem({ codeHash: hash, refreshToken: token, now })
    : store.rotate({ tokenHash: hash, next: token, now })
)
reachPoint()
process.exit(0)

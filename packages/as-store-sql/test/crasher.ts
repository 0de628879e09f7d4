// A process of its own that ends itself with SIGKILL right before the n-th statement after the store was opened, or after
// the last one, before anybody is told. It exits with 0 when there is no such point.
import { StatementSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import { openSqliteStore } from "@postern/as-store-sql"
import { now, rotation, token } from "./samples.ts"

const [, , path = "", operation = "", name = "", next = "", point = ""] = process.argv

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

await Effect.runPromise(
  operation === "redeem"
    ? Effect.asVoid(store.redeem({ codeHash: `${name}-code`, refreshToken: token(`${name}-chain`, next, name), now }))
    : Effect.asVoid(store.rotate(rotation(name, `${name}-token`, next)))
)
reachPoint()
process.exit(0)

// A process of its own that rotates, and ends itself with SIGKILL right before the n-th statement after the store was opened, or
// after the last one, before anybody is told.
import * as Effect from "effect/Effect"
import { Client } from "pg"
import { openPostgresStore } from "@postern/as-store-sql/postgres"
import { rotation } from "./samples.ts"

const [, , url = "", schema = "", name = "", point = ""] = process.argv

const store = await Effect.runPromise(openPostgresStore({ url, schema }))
// The connection is there before the count begins.
await Effect.runPromise(store.check)

let statements = 0
const reachPoint = (): void => {
  statements += 1
  if (statements === Number(point)) process.kill(process.pid, "SIGKILL")
}
const original: unknown = Reflect.get(Client.prototype, "query")
if (typeof original !== "function") throw new Error("pg has changed")
Object.defineProperty(Client.prototype, "query", {
  value: function (this: Client, ...parameters: Array<unknown>): unknown {
    reachPoint()
    return Reflect.apply(original, this, parameters)
  }
})

await Effect.runPromise(store.rotate(rotation(name, `${name}-token`, "first")))
reachPoint()
process.exit(0)

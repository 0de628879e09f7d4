// A process of its own that does exclusive work so many times, and writes down when it is there, when it is in and when it goes out.
import { appendFileSync, mkdirSync } from "node:fs"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import { makeFileStore } from "@postern/node"

const [, , path = "", name = "", rounds = "", millis = ""] = process.argv
mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
const store = makeFileStore({ path })
const key = {
  issuer: "https://as.example",
  resource: "https://mcp.example/mcp",
  account: "default",
  clientId: "client"
}
const write = (what: string) => Effect.sync(() => appendFileSync(`${path}.log`, `${name} ${what}\n`))
const stay = Effect.gen(function* () {
  yield* write("in")
  yield* Effect.sleep(Number(millis))
  yield* write("out")
})
await Effect.runPromise(write("waits"))
for (let round = 0; round < Number(rounds); round++) {
  await Effect.runPromise(store.exclusively?.(key, stay) ?? Effect.die(new Error("there is no lock")))
}

// A process of its own that ends itself with SIGKILL right before its n-th change to the file system while it saves, or half
// way through what it writes. It exits with 0 when there is no such call.
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import * as Effect from "effect/Effect"
import { makeFileStore } from "@postern/node"

const [, , path = "", point = ""] = process.argv
const store = makeFileStore({ path })
// Everything that is loaded late is loaded now.
await Effect.runPromise(store.findRegistration("https://as.example"))

let calls = 0
const die = (): never => {
  process.kill(process.pid, "SIGKILL")
  throw new Error("unreachable")
}
const names = ["mkdirSync", "openSync", "rmSync", "writeFileSync", "fsyncSync", "renameSync"] as const
for (const name of names) {
  const original: unknown = fs[name]
  if (typeof original !== "function") throw new Error("node:fs has changed")
  Object.defineProperty(fs, name, {
    value: (...parameters: ReadonlyArray<unknown>): unknown => {
      calls += 1
      if (calls === Number(point)) die()
      if (name === "writeFileSync") {
        const [file, text] = parameters
        // A write of two halves, so that it can be cut in the middle.
        calls += 1
        if (calls === Number(point) && typeof file === "number") {
          fs.writeSync(file, String(text).slice(0, String(text).length / 2))
          die()
        }
      }
      return Reflect.apply(original, fs, parameters)
    }
  })
}
syncBuiltinESMExports()

await Effect.runPromise(
  store.saveCredentials({
    issuer: "https://as.example",
    resource: "https://mcp.example/new",
    account: "default",
    clientId: "client",
    accessToken: "new",
    requestedScope: [],
    grantedScope: []
  })
)
process.exit(0)

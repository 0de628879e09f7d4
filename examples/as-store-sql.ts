import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { openSqliteStore } from "@postern/as-store-sql"
import { toPromise } from "@postern/rejection/promise"

const path = join(mkdtempSync(join(tmpdir(), "postern-")), "store.sqlite")

// With Effect: open, use, close. The authorization server takes the store as its option `store`.
const program = Effect.gen(function* () {
  const store = yield* Effect.acquireRelease(openSqliteStore({ path, durability: "power" }), (opened) => opened.close)
  yield* store.addSession({ idHash: "hash of a session id", subject: "alice", expiresAt: 1_800_000_000 })
  return yield* store.findSession("hash of a session id", 1_700_000_000)
})
console.log((await Effect.runPromise(Effect.scoped(program)))?.subject)

// With Promises: a store that cannot be opened is a value that says which one and why.
const opened = await toPromise(openSqliteStore({ path: "/nowhere/store.sqlite" }))
console.log(Result.isSuccess(opened) ? "opened" : opened.failure.message)

// A process of its own that says why it cannot open the store that it is told.
import * as Effect from "effect/Effect"
import { openSqliteStore } from "@postern/as-store-sql"

const error = await Effect.runPromise(Effect.flip(openSqliteStore({ path: process.argv[2] ?? "" })))
process.stdout.write(`${error.reason}: ${error.message}`)

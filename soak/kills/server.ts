// The authorization server in a process of its own, over the store that it is told, until somebody kills it.
import * as Effect from "effect/Effect"
import { serve } from "../../packages/node/src/index.ts"
import { serveParent } from "../child.ts"
import { ISSUER, type Secrets } from "../engine/names.ts"
import { makeServer } from "../engine/server.ts"
import { crashAfter } from "./crash.ts"
import type { Fault } from "../stores/faulty.ts"
import type { Place } from "../stores/ground.ts"
import { openStore } from "../stores/open.ts"

/** What it is told, once. */
export interface Opening {
  readonly place: Place
  readonly fault?: Fault
  readonly secrets: Secrets
}

/** Later it may be told to crash. */
export interface Crash {
  readonly statements: number
}

serveParent(async (message) => {
  // The parent is this program's other half.
  const told = message as Opening | Crash
  if ("statements" in told) {
    crashAfter(told.statements)
    return "as you say"
  }
  const { fault, place, secrets } = told
  const store = await openStore(place, fault)
  const server = await makeServer(store, secrets)
  const listening = await Effect.runPromise(
    serve({
      fetch: (request) => Effect.runPromise(server.handle(request)),
      hostname: "127.0.0.1",
      port: 0,
      origin: ISSUER
    })
  )
  return { port: listening.port }
})

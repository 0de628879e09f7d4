import { randomText, sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { readCookie } from "../http/cookie.ts"
import type { Person } from "../people.ts"
import type { Session } from "../store.ts"
import type { Incoming } from "../http/incoming.ts"

/** A browser that presented a session that we gave out. */
export interface Browser {
  /** The cookie's value: never stored, logged or shown. */
  readonly sessionId: string
  readonly session: Session
  /** Who is signed in, as of now; `undefined` for nobody, and for somebody who is gone. */
  readonly person: Person | undefined
}

/** The browser's session, if its cookie names one that lives. A value that we did not give out is never adopted. */
export const findBrowser = (engine: Engine, request: Incoming, now: number) =>
  findBrowserOf(engine, readCookie(request.header("cookie"), engine.settings.cookie), now)

/** The same, of a cookie that was read already. */
export const findBrowserOf = Effect.fnUntraced(function* (engine: Engine, sessionId: string | undefined, now: number) {
  if (sessionId === undefined) return undefined
  const session = yield* engine.store.findSession(yield* sha256Text(sessionId), now)
  if (session === undefined) return undefined
  const person = session.subject === undefined ? undefined : yield* engine.people.find(session.subject)
  return { sessionId, session, person } satisfies Browser
})

/** A session that is not stored yet, and the value of its cookie. */
export const mintSession = (session: Omit<Session, "idHash">) =>
  Effect.gen(function* () {
    const sessionId = yield* randomText()
    return { sessionId, session: { ...session, idHash: yield* sha256Text(sessionId) } satisfies Session }
  })

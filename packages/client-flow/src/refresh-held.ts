import * as Effect from "effect/Effect"
import type { CommonSettings } from "./common-settings.ts"
import type { Discovery } from "./discover.ts"
import type { FlowError } from "./flow-error.ts"
import { findHeld, type Held } from "./held.ts"
import { isAlive } from "./make-credentials.ts"
import { now } from "./now.ts"
import { refresh } from "./refresh.ts"
import type { StoredCredentials } from "./store.ts"
import { toTheEnd } from "./to-the-end.ts"

/** Credentials, and how they were come by. */
export interface Obtained {
  readonly credentials: StoredCredentials
  readonly way: "held" | "refreshed" | "authorized"
}

/** What one session knows of its refreshes. */
export interface RefreshFacts {
  /** The access token that the resource does not take any more. */
  readonly refused?: string | undefined
  /** Whether credentials may be sent as they are. */
  readonly isGood: (credentials: StoredCredentials, now: number) => boolean
  /** Refresh tokens that this process does not use again. */
  readonly spent: Set<string>
}

/**
 * Refreshes what is held, one process at a time: whoever comes second finds what the first one wrote, and asks nobody.
 * `undefined`: there is no way to anything good by a refresh.
 */
export const refreshHeld = Effect.fnUntraced(function* (
  settings: CommonSettings,
  { credentials, discovery }: Held,
  facts: RefreshFacts
): Effect.fn.Return<Obtained | undefined, FlowError> {
  if (credentials === undefined) return undefined
  return yield* toTheEnd(settings.exclusively(credentials, attempt(settings, discovery, facts, undefined)))
})

const attempt = (
  settings: CommonSettings,
  discovery: Discovery,
  facts: RefreshFacts,
  refused: string | undefined
): Effect.Effect<Obtained | undefined, FlowError> =>
  Effect.gen(function* () {
    const { client, credentials } = yield* findHeld(settings, discovery)
    if (!client || !credentials) return undefined
    const time = yield* now
    const { refreshToken } = credentials
    // Nothing new after a refusal: what was good for another reason than being new was looked at before.
    if (refused !== undefined && refreshToken === refused) return undefined
    if (facts.isGood(credentials, time)) return { credentials, way: "held" }
    // While there is a token, nobody waits for a server that is in trouble.
    const patient = credentials.accessToken === facts.refused || !isAlive(credentials, time)
    const refreshed = yield* refresh(settings, { discovery, client, credentials, spent: facts.spent, patient })
    if (refreshed) return { credentials: refreshed, way: "refreshed" }
    // A process that took no lock may have been faster: what it saved is newer than what we were refused for.
    return refused === undefined && refreshToken !== undefined
      ? yield* attempt(settings, discovery, facts, refreshToken)
      : undefined
  })

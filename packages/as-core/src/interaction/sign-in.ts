import { sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { writeCookie } from "../http/cookie.ts"
import { seeOther } from "../http/respond.ts"
import { nowSeconds } from "../now.ts"
import { oneField, openPost, type Post, readPost } from "./form.ts"
import { withPages } from "./outcome.ts"
import { InteractionGone, SignInThrottled } from "./rejections.ts"
import { mintSession } from "./session.ts"
import { showSignIn } from "./show.ts"
import type { Incoming } from "../http/incoming.ts"

/** POST /login: somebody says who they are. */
export const signIn = (engine: Engine, request: Incoming) => withPages(engine, answer(engine, request))

/**
 * What attempts are counted by. A directory may take `Ada` and `ada ` for one person, so they share a count; hashed, so that
 * a name of any length takes the same room.
 */
const attemptsKey = (username: string): Effect.Effect<string> =>
  sha256Text(username.normalize("NFKC").trim().toLowerCase())

const answer = Effect.fnUntraced(function* (engine: Engine, request: Incoming) {
  const now = yield* nowSeconds
  const post = yield* readPost(engine, request)
  return yield* engine.presses.once(post.key, now, answerPost(engine, post, now))
})

const answerPost = Effect.fnUntraced(function* (engine: Engine, post: Post, now: number) {
  // Gather.
  const { form, interaction } = post
  const { browser, interactionHash, request: pending } = yield* openPost(engine, post, now)
  const username = yield* Effect.fromResult(oneField(form, "username"))
  const password = yield* Effect.fromResult(oneField(form, "password"))
  const key = yield* attemptsKey(username)
  const wait = engine.signIns.wait(key, now)
  if (wait > 0) return yield* new SignInThrottled({ retryAfter: wait })
  // Counted before the answer is known, so that attempts at once count too.
  engine.signIns.failed(key, now)
  const person = yield* engine.people
    .authenticate({ username, password })
    .pipe(Effect.tapError(() => Effect.sync(() => engine.signIns.withdrawn(key, now))))
  if (person === undefined) {
    yield* engine.tell({ event: "sign-in-failed", clientId: pending.client.clientId })
    return yield* showSignIn(engine, { request: pending, sessionId: browser.sessionId, interaction }, true)
  }
  engine.signIns.succeeded(key)
  // Mint: a new session, so that one that somebody else put into the browser leads nowhere.
  const { sessionId, session } = yield* mintSession({
    subject: person.subject,
    authenticatedAt: now,
    expiresAt: now + engine.settings.lifetimes.session
  })
  // Commit.
  const outcome = yield* engine.store.signIn({
    interactionHash,
    fromSessionHash: browser.session.idHash,
    session,
    now
  })
  if (outcome === "Gone") return yield* new InteractionGone()
  return seeOther(
    `${engine.settings.origin}${engine.settings.paths.interaction}?interaction=${interaction}`,
    writeCookie(sessionId, engine.settings.cookie)
  )
})

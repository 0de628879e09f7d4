import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { approveRemembered } from "../authorize/approve-remembered.ts"
import { redirectCode, redirectRejection } from "../authorize/redirect.ts"
import { checkGrantable } from "../authorize/rules/withheld.ts"
import { isStillListed } from "../clients/still-listed.ts"
import type { Engine } from "../engine.ts"
import { nowSeconds } from "../now.ts"
import { resourcesOf } from "../settings.ts"
import { gatherAuthority } from "./authority.ts"
import { findPending } from "./form.ts"
import { withPages } from "./outcome.ts"
import { InteractionGone } from "./rejections.ts"
import { findBrowser } from "./session.ts"
import { showConsent, showSignIn } from "./show.ts"
import type { Incoming } from "../http/incoming.ts"

/**
 * GET /interaction: the page that a pending request is at. The handle in its URL opens nothing without the cookie of the
 * browser that it is bound to.
 */
export const resume = (engine: Engine, request: Incoming, url: URL) => withPages(engine, answer(engine, request, url))

const answer = Effect.fnUntraced(function* (engine: Engine, request: Incoming, url: URL) {
  const now = yield* nowSeconds
  const browser = yield* findBrowser(engine, request, now)
  const [interaction, second] = url.searchParams.getAll("interaction")
  if (browser === undefined || interaction === undefined || second !== undefined) return yield* new InteractionGone()
  const pending = yield* findPending(engine, interaction, browser.session.idHash, now)
  const shown = { request: pending.request, sessionId: browser.sessionId, interaction }
  const { person } = browser
  if (person === undefined) return yield* showSignIn(engine, shown, false)
  const { interactionHash, request: asked } = pending
  const authority = yield* gatherAuthority(engine, asked, person)
  const sessionHash = browser.session.idHash
  const decision = checkGrantable({ scope: asked.scope, resources: resourcesOf(engine.settings, asked), authority })
  if (Result.isFailure(decision)) {
    const outcome = yield* engine.store.deny({ interactionHash, sessionHash, now })
    if (outcome === "Gone") return yield* new InteractionGone()
    return redirectRejection(engine.settings, asked, decision.failure)
  }
  // A page may have waited for long at the sign-in.
  if (!(yield* isStillListed(engine, asked))) return yield* new InteractionGone()
  const known = { request: asked, person, authority, sessionHash, interactionHash, now }
  const code = asked.ask === true ? undefined : yield* approveRemembered(engine, known)
  return code === undefined
    ? yield* showConsent(engine, shown, { person, authority })
    : redirectCode(engine.settings, asked, code)
})

import * as Effect from "effect/Effect"
import { redirectRejection } from "../authorize/redirect.ts"
import { checkGrantable } from "../authorize/rules/withheld.ts"
import * as Result from "effect/Result"
import type { Engine } from "../engine.ts"
import { nowSeconds } from "../now.ts"
import { InteractionGone } from "../rejections.ts"
import { resourcesOf } from "../settings.ts"
import { findPending } from "./form.ts"
import { withPages } from "./outcome.ts"
import { findBrowser } from "./session.ts"
import { showConsent, showSignIn } from "./show.ts"

/**
 * GET /interaction: the page that a pending request is at. The handle in its URL opens nothing without the cookie of the
 * browser that it is bound to.
 */
export const resume = (engine: Engine, request: Request, url: URL) => withPages(engine, answer(engine, request, url))

const answer = Effect.fnUntraced(function* (engine: Engine, request: Request, url: URL) {
  const now = yield* nowSeconds
  const browser = yield* findBrowser(engine, request, now)
  const [interaction, second] = url.searchParams.getAll("interaction")
  if (browser === undefined || interaction === undefined || second !== undefined) return yield* new InteractionGone()
  const pending = yield* findPending(engine, interaction, browser.session.idHash, now)
  const shown = { request: pending.request, sessionId: browser.sessionId, interaction }
  const { person } = browser
  if (person === undefined) return yield* showSignIn(engine, shown, false)
  const { scope } = pending.request
  const decision = checkGrantable({ scope, resources: resourcesOf(engine.settings, pending.request), person })
  if (Result.isSuccess(decision)) return yield* showConsent(engine, shown, person)
  const { interactionHash } = pending
  const outcome = yield* engine.store.deny({ interactionHash, sessionHash: browser.session.idHash, now })
  if (outcome === "Gone") return yield* new InteractionGone()
  return redirectRejection(engine.settings, pending.request, decision.failure)
})

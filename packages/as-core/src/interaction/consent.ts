import { sha256Text } from "@postern/bytes"
import { intersection, type ScopeSet } from "@postern/scope"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { mintGrant } from "../authorize/grant.ts"
import { redirectCode, redirectRejection } from "../authorize/redirect.ts"
import { neededConsents } from "../authorize/rules/remembered.ts"
import { clientHashInput } from "../clients/client-hash.ts"
import { isStillListed } from "../clients/still-listed.ts"
import type { Engine } from "../engine.ts"
import { type Authority, splitByAuthority } from "../grantable.ts"
import { nowSeconds } from "../now.ts"
import { ConsentDenied } from "../rejections.ts"
import { resourcesOf, type Settings } from "../settings.ts"
import type { PendingRequest } from "../store.ts"
import { gatherAuthority } from "./authority.ts"
import { oneField, openPost, type Post, readPost } from "./form.ts"
import { withPages } from "./outcome.ts"
import { FormForged, FormMalformed, InteractionGone } from "./rejections.ts"
import type { Incoming } from "../http/incoming.ts"

/** POST /consent: the user decides. */
export const consent = (engine: Engine, request: Incoming) => withPages(engine, answer(engine, request))

/** What was asked for, ticked, and may be granted by this person now: whatever else the form says counts for nothing. */
const decideScopes = (facts: {
  readonly settings: Settings
  readonly request: PendingRequest
  readonly ticked: ReadonlyArray<string>
  readonly authority: Authority
}): ScopeSet => {
  const { settings, request, ticked, authority } = facts
  const { granted } = splitByAuthority(request.scope, resourcesOf(settings, request), authority)
  return intersection(granted, new Set(ticked))
}

const decide = (
  form: URLSearchParams,
  facts: { readonly settings: Settings; readonly request: PendingRequest; readonly authority: Authority }
): Result.Result<ScopeSet, FormMalformed | ConsentDenied> =>
  Result.gen(function* () {
    const decision = yield* oneField(form, "decision")
    if (decision === "deny") return yield* Result.fail(new ConsentDenied())
    if (decision !== "approve") return yield* Result.fail(new FormMalformed({ field: "decision" }))
    const scope = decideScopes({ ...facts, ticked: form.getAll("scope") })
    return scope.size > 0 ? scope : yield* Result.fail(new ConsentDenied())
  })

const answer = Effect.fnUntraced(function* (engine: Engine, request: Incoming) {
  const now = yield* nowSeconds
  const post = yield* readPost(engine, request)
  return yield* engine.presses.once(post.key, now, answerPost(engine, post, now))
})

const answerPost = Effect.fnUntraced(function* (engine: Engine, post: Post, now: number) {
  // Gather.
  const { form } = post
  const { browser, interactionHash, request: pending } = yield* openPost(engine, post, now)
  const { person } = browser
  // The token of a sign-in page is no consent.
  if (person === undefined) return yield* new FormForged()
  const { settings } = engine
  const authority = yield* gatherAuthority(engine, pending, person)
  // Decide.
  const scope = decide(form, { settings, request: pending, authority })
  const keys = { interactionHash, sessionHash: browser.session.idHash, now }
  if (Result.isFailure(scope)) {
    if (scope.failure._tag === "FormMalformed") return yield* scope.failure
    if ((yield* engine.store.deny(keys)) === "Gone") return yield* new InteractionGone()
    return redirectRejection(settings, pending, scope.failure)
  }
  if (!(yield* isStillListed(engine, pending))) return yield* new InteractionGone()
  // Mint.
  const { subject } = person
  const { code, grant, stored } = yield* mintGrant(engine, { request: pending, subject, scope: scope.success, now })
  const consents = neededConsents({
    resources: resourcesOf(settings, pending),
    scope: scope.success,
    clientHash: yield* sha256Text(clientHashInput(pending))
  }).map((one) => ({ ...one, subject, clientId: grant.clientId, expiresAt: now + settings.lifetimes.consent }))
  // Commit.
  const outcome = yield* engine.store.approve({ ...keys, grant, code: stored, consents, now })
  if (outcome === "Gone") return yield* new InteractionGone()
  return redirectCode(settings, pending, code)
})

import { randomText, sha256Text } from "@postern/bytes"
import { intersection, type ScopeSet } from "@postern/scope"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { redirectCode, redirectRejection } from "../authorize/redirect.ts"
import type { Engine } from "../engine.ts"
import { splitByRole } from "../grantable.ts"
import { nowSeconds } from "../now.ts"
import type { Person } from "../people.ts"
import { ConsentDenied, FormForged, FormMalformed, InteractionGone } from "../rejections.ts"
import { resourcesOf, type Settings } from "../settings.ts"
import type { PendingRequest } from "../store.ts"
import { oneField, readForm } from "./form.ts"
import { withPages } from "./outcome.ts"

/** POST /consent: the user decides. */
export const consent = (engine: Engine, request: Request) => withPages(engine, answer(engine, request))

/** What was asked for, ticked, and may be granted by this person now: whatever else the form says counts for nothing. */
const decideScopes = (facts: {
  readonly settings: Settings
  readonly request: PendingRequest
  readonly ticked: ReadonlyArray<string>
  readonly person: Person
}): ScopeSet => {
  const { settings, request, ticked, person } = facts
  const { granted } = splitByRole(request.scope, resourcesOf(settings, request), person)
  return intersection(granted, new Set(ticked))
}

const decide = (
  form: URLSearchParams,
  facts: { readonly settings: Settings; readonly request: PendingRequest; readonly person: Person }
): Result.Result<ScopeSet, FormMalformed | ConsentDenied> =>
  Result.gen(function* () {
    const decision = yield* oneField(form, "decision")
    if (decision === "deny") return yield* Result.fail(new ConsentDenied())
    if (decision !== "approve") return yield* Result.fail(new FormMalformed({ field: "decision" }))
    const scope = decideScopes({ ...facts, ticked: form.getAll("scope") })
    return scope.size > 0 ? scope : yield* Result.fail(new ConsentDenied())
  })

const answer = Effect.fnUntraced(function* (engine: Engine, request: Request) {
  // Gather.
  const now = yield* nowSeconds
  const { form, browser, interactionHash, request: pending } = yield* readForm(engine, request, now)
  const { person } = browser
  // The token of a sign-in page is no consent.
  if (person === undefined) return yield* new FormForged()
  const { settings } = engine
  // Decide.
  const scope = decide(form, { settings, request: pending, person })
  const keys = { interactionHash, sessionHash: browser.session.idHash, now }
  if (Result.isFailure(scope)) {
    if (scope.failure._tag === "FormMalformed") return yield* scope.failure
    if ((yield* engine.store.deny(keys)) === "Gone") return yield* new InteractionGone()
    return redirectRejection(settings, pending, scope.failure)
  }
  // Mint.
  const code = yield* randomText()
  const grantId = yield* randomText(16)
  // Commit.
  const outcome = yield* engine.store.approve({
    ...keys,
    grant: {
      grantId,
      clientId: pending.client.clientId,
      subject: person.subject,
      resources: pending.resources,
      scope: [...scope.success],
      createdAt: now,
      expiresAt: now + settings.lifetimes.grant
    },
    code: {
      codeHash: yield* sha256Text(code),
      grantId,
      clientId: pending.client.clientId,
      redirectUri: pending.redirectUri,
      codeChallenge: pending.codeChallenge,
      expiresAt: now + settings.lifetimes.code
    }
  })
  if (outcome === "Gone") return yield* new InteractionGone()
  return redirectCode(settings, pending, code)
})

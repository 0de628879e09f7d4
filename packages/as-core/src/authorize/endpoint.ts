import { randomText, sha256Text } from "@postern/bytes"
import { type ParameterRepeated, parseParameters } from "@postern/messages"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Engine } from "../engine.ts"
import { writeCookie } from "../http/cookie.ts"
import { unexpectedPage } from "../http/last-resort.ts"
import { gatherAuthority } from "../interaction/authority.ts"
import { type Browser, findBrowser, mintSession } from "../interaction/session.ts"
import { showConsent, showError, showSignIn } from "../interaction/show.ts"
import { MAXIMUM_PENDING_REQUESTS, MAXIMUM_STATE_LENGTH } from "../limits.ts"
import { nowSeconds } from "../now.ts"
import { InteractionRequired } from "../rejections.ts"
import { resourcesOf } from "../settings.ts"
import type { PendingRequest } from "../store.ts"
import { throttle } from "../throttle.ts"
import { rowOf } from "../wire-table.ts"
import { approveRemembered } from "./approve-remembered.ts"
import { decideRequest, type RequestRejection } from "./decide.ts"
import { redirectCode, redirectError, redirectRejection, type ReturnAddress } from "./redirect.ts"
import { mayReturnAtOnce } from "./rules/return-at-once.ts"
import { checkGrantable } from "./rules/withheld.ts"
import { decideTarget, readTarget, type Target, type ValuesOf } from "./target.ts"
import { heldBackPage, targetPages } from "./wire.ts"
import type { Incoming } from "../http/incoming.ts"

/** GET /authorize (OAuth 2.1 section 4.1.1): a page, or an error by redirect, or an error page. */
export const authorize = Effect.fnUntraced(function* (engine: Engine, request: Incoming, url: URL) {
  const parameters = parseParameters(url.search)
  const valuesOf = makeValuesOf(parameters, url)
  const target = yield* findTarget(engine, parameters, valuesOf).pipe(
    Effect.catchTag("ClientDocumentRefused", tellRefused(engine)),
    Effect.result
  )
  if (Result.isFailure(target)) {
    if (target.failure._tag === "StoreFailed") return yield* target.failure
    return yield* showError(engine, rowOf(targetPages, target.failure), target.failure)
  }
  const address = { redirectUri: target.success.redirectUri, state: readState(valuesOf) }
  return yield* answer(engine, request, parameters, target.success, address).pipe(
    // "a 500 HTTP status code cannot be returned to the client via an HTTP redirect" (OAuth 2.1 section 4.1.2.1).
    Effect.catchDefect(() =>
      Effect.as(
        engine.tell({ event: "defect", clientId: target.success.client.clientId, detail: "authorize" }),
        mayReturnAtOnce(target.success)
          ? redirectError(engine.settings, address, { error: "server_error" })
          : unexpectedPage()
      )
    )
  )
})

const tellRefused =
  (engine: Engine) =>
  <E extends { readonly clientId: string; readonly reason: string }>(rejection: E) =>
    Effect.andThen(
      engine.tell({ event: "client-document-refused", clientId: rejection.clientId, detail: rejection.reason }),
      Effect.fail(rejection)
    )

type ReadParameters = ReturnType<typeof parseParameters>

/** The values of parameters, also of a query in which one stands twice: from the platform's parser, since ours refuses it. */
const makeValuesOf = (parameters: ReadParameters, url: URL): ValuesOf => {
  if (Result.isFailure(parameters)) return (name) => url.searchParams.getAll(name)
  return (name) => {
    const value = parameters.success.get(name)
    return value === undefined ? [] : [value]
  }
}

const findTarget = Effect.fnUntraced(function* (engine: Engine, parameters: ReadParameters, valuesOf: ValuesOf) {
  if (Result.isFailure(parameters) && parameters.failure._tag === "ParametersTooLarge") return yield* parameters.failure
  const named = readTarget(valuesOf)
  if (Result.isFailure(named)) return yield* named.failure
  const { clientId, redirectUri } = named.success
  const client = yield* engine.clients(clientId)
  return yield* Effect.fromResult(decideTarget({ client, redirectUri, settings: engine.settings }))
})

/** The state to give back with an error; none where it could not be given back as it came. */
const readState = (valuesOf: ValuesOf): string | undefined => {
  const [state = "", second] = valuesOf("state")
  return state === "" || second !== undefined || state.length > MAXIMUM_STATE_LENGTH || state.includes("\uFFFD")
    ? undefined
    : state
}

const answer = Effect.fnUntraced(function* (
  engine: Engine,
  request: Incoming,
  parameters: ReadParameters,
  target: Target,
  address: ReturnAddress
) {
  // Gather.
  const now = yield* nowSeconds
  const browser = yield* findBrowser(engine, request, now)
  const refuse = (rejection: RequestRejection | ParameterRepeated) =>
    browser?.person !== undefined || mayReturnAtOnce(target)
      ? Effect.succeed(redirectRejection(engine.settings, address, rejection))
      : showError(engine, heldBackPage, rejection)
  if (Result.isFailure(parameters)) {
    return parameters.failure._tag === "ParameterRepeated"
      ? yield* refuse(parameters.failure)
      : yield* showError(engine, rowOf(targetPages, parameters.failure), parameters.failure)
  }
  const allowed = takeRequest(engine, browser, now)
  if (Result.isFailure(allowed)) return yield* showError(engine, rowOf(targetPages, allowed.failure), allowed.failure)
  // Decide.
  const plan = decideRequest({
    settings: engine.settings,
    target,
    parameters: parameters.success,
    person: browser?.person
  })
  if (Result.isFailure(plan)) return yield* refuse(plan.failure)
  const { person, prompt, request: pending } = plan.success
  if (browser !== undefined && person !== undefined) {
    const authority = yield* gatherAuthority(engine, pending, person)
    const grantable = checkGrantable({
      scope: pending.scope,
      resources: resourcesOf(engine.settings, pending),
      authority
    })
    if (Result.isFailure(grantable)) return redirectRejection(engine.settings, address, grantable.failure)
    const known = { request: pending, person, authority, sessionHash: browser.session.idHash, now }
    const code = prompt.ask ? undefined : yield* approveRemembered(engine, known)
    if (code !== undefined) return redirectCode(engine.settings, address, code)
    if (prompt.silent) {
      return redirectRejection(engine.settings, address, new InteractionRequired({ reason: "consent_required" }))
    }
    const shown = yield* open(engine, pending, browser.sessionId, now)
    return yield* showConsent(engine, shown, { person, authority })
  }
  // An anonymous session of its own, also for a browser whose user must sign in again.
  const fresh =
    browser === undefined ||
    browser.session.subject !== undefined ||
    browser.session.expiresAt < now + engine.settings.lifetimes.interaction
  const sessionId = fresh ? yield* openSession(engine, now) : browser.sessionId
  const shown = yield* open(engine, pending, sessionId, now)
  const cookie = fresh ? writeCookie(sessionId, engine.settings.cookie) : undefined
  return yield* showSignIn(engine, { ...shown, cookie }, false)
})

/** A browser that we do not know yet takes nothing: what it begins is bounded by how many requests may wait. */
const takeRequest = (engine: Engine, browser: Browser | undefined, now: number) => {
  if (browser === undefined) return Result.void
  const { person, session } = browser
  const name = person === undefined ? ["session", session.idHash] : ["account", person.subject]
  return throttle(engine.rates.authorizations, name, now)
}

const openSession = Effect.fnUntraced(function* (engine: Engine, now: number) {
  // As long as two pages may stay open, one after the other.
  const { sessionId, session } = yield* mintSession({ expiresAt: now + 2 * engine.settings.lifetimes.interaction })
  yield* engine.store.addSession(session)
  return sessionId
})

/** Mints the handle and commits the pending request under its hash. */
const open = Effect.fnUntraced(function* (engine: Engine, request: PendingRequest, sessionId: string, now: number) {
  const interaction = yield* randomText()
  yield* engine.store.addInteraction(
    {
      idHash: yield* sha256Text(interaction),
      sessionHash: yield* sha256Text(sessionId),
      request,
      expiresAt: now + engine.settings.lifetimes.interaction
    },
    { maximum: MAXIMUM_PENDING_REQUESTS }
  )
  return { request, sessionId, interaction }
})

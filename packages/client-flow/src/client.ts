import type { BearerChallenge } from "@postern/challenge-parser"
import { traced } from "@postern/rejection/traced"
import { canonicalResource } from "@postern/uri"
import * as Effect from "effect/Effect"
import { makeAttempts } from "./attempts.ts"
import { readChallenge } from "./challenge.ts"
import { checkRequestTarget } from "./check-request-target.ts"
import { challengedScope } from "./choose-scope.ts"
import { decideStep } from "./decide-step.ts"
import { showable } from "./events.ts"
import type { FlowError } from "./flow-error.ts"
import type { Grant } from "./grant.ts"
import { now } from "./now.ts"
import { operationOf } from "./operation.ts"
import { AuthorizationLimitReached, ProofRefused, TokenRefused } from "./rejections/index.ts"
import { discard, send } from "./send.ts"
import { type Demand, makeSession } from "./session.ts"
import type { CommonSettings } from "./common-settings.ts"
import type { SignedOut } from "./sign-out.ts"
import type { StoredCredentials } from "./store.ts"

/** An MCP client's side of authorization. */
export interface Client {
  /**
   * Sends a request to a resource with its token, and does what its answers ask for: 401 with a refresh or an authorization,
   * 403 `insufficient_scope` with a step-up. The body is read once and kept, so that it can be sent again; the answer comes
   * back as it arrived.
   */
  readonly fetch: (resource: string, request: Request) => Effect.Effect<Response, FlowError>
  /** One new authorization, whatever is held; `operation` names what it is counted for. */
  readonly authorize: (options: AuthorizeOptions) => Effect.Effect<StoredCredentials, FlowError>
  /**
   * The access token for a resource, refreshed when it ends within 30 seconds; `undefined` when there is none. One that is
   * bound to a key is of no use to who cannot make proofs: with `dpop`, send with `fetch`.
   */
  readonly accessToken: (resource: string) => Effect.Effect<string | undefined, FlowError>
  /**
   * What an adapter asks for after an answer that it received itself: the same steps as `fetch` takes, for the token that was
   * sent. `undefined`: the answer asks for nothing.
   */
  readonly answer: (options: AnswerOptions) => Effect.Effect<string | undefined, FlowError>
  /**
   * Revokes the tokens that are held for a resource in this account, where its server does that (RFC 7009), and forgets them
   * whatever it answers; what was not revoked says why. The registration stays. One outcome for each set of credentials.
   */
  readonly signOut: (resource: string) => Effect.Effect<ReadonlyArray<SignedOut>, FlowError>
}

/** What {@link Client.authorize} takes. */
export interface AuthorizeOptions {
  readonly resource: string
  readonly challenge?: BearerChallenge | undefined
  readonly operation?: string | undefined
}

/** What {@link Client.answer} takes. */
export interface AnswerOptions {
  readonly resource: string
  readonly response: Response
  /** The access token that the request carried. */
  readonly sent: string | undefined
  /** What authorizations are counted for; nothing is counted without it, and who asks has to bound its own retries. */
  readonly operation?: string | undefined
  /** What was done for this request already. */
  readonly refreshed?: boolean | undefined
  readonly authorized?: boolean | undefined
}

/** A client that comes by its tokens through this grant. */
export const assembleClient = (settings: CommonSettings, grant: Grant): Client => {
  const session = makeSession(settings, grant)
  const attempts = makeAttempts(settings.maximumAuthorizations)

  const checkLimit = Effect.fnUntraced(function* (resource: string, operation: string | undefined) {
    const reached = operation === undefined ? undefined : attempts.limit(resource, operation, yield* now)
    if (operation === undefined || reached === undefined) return
    const { attempts: made, until } = reached
    return yield* new AuthorizationLimitReached({ resource, operation, attempts: made, until })
  })

  /** Counts what was authorized; what was granted, but too little, as well. */
  const counted = <A, E extends { readonly _tag: string }>(
    resource: string,
    operation: string | undefined,
    obtaining: Effect.Effect<A, E>,
    isAuthorized: (obtained: A) => boolean
  ): Effect.Effect<A, E> => {
    const add =
      operation === undefined ? Effect.void : Effect.map(now, (time) => attempts.add(resource, operation, time))
    return obtaining.pipe(
      Effect.tap((obtained) => (isAuthorized(obtained) ? add : Effect.void)),
      Effect.tapError((error) => (error._tag === "ScopeNotGranted" ? add : Effect.void))
    )
  }

  /** What follows an answer: credentials to try next, or nothing. */
  const follow = Effect.fnUntraced(function* (facts: {
    readonly resource: string
    readonly response: Response
    readonly sent: Pick<StoredCredentials, "accessToken" | "proofKey"> | undefined
    readonly operation: string | undefined
    readonly refreshed: boolean
    readonly authorized: boolean
  }) {
    const { operation, resource, response, sent } = facts
    const { status } = response
    if (status !== 401 && status !== 403) {
      if (status < 500 && operation !== undefined) attempts.clear(resource, operation)
      return undefined
    }
    const refused = sent?.accessToken
    const read = readChallenge(
      response.headers.get("www-authenticate"),
      sent?.proofKey === undefined ? "bearer" : "dpop"
    )
    const challenge = read._tag === "Challenge" ? read.challenge : undefined
    if (read._tag === "Unusable") yield* settings.emit({ _tag: "ChallengeIgnored", resource, reason: read.reason })
    yield* settings.emit({ _tag: "Challenged", resource, status, ...shownChallenge(challenge) })
    const { authorized, refreshed } = facts
    const step = decideStep({ status, challenge, sentToken: refused !== undefined, refreshed, authorized })
    if (step._tag === "Return") return undefined
    if (step._tag === "Stop") return yield* new TokenRefused({ resource })
    if (step._tag === "ProofRefused") return yield* new ProofRefused({ resource, error: step.error })
    yield* checkLimit(resource, operation)
    const demand = demandOf(challenge)
    const obtaining =
      step._tag === "Renew"
        ? session.renew(resource, { ...step, demand, refused })
        : session.stepUp(resource, { demand, demanded: step.demanded, refused })
    return yield* counted(resource, operation, obtaining, ({ way }) => way === "authorized")
  })

  const fetch = Effect.fnUntraced(function* (typed: string, request: Request): Effect.fn.Return<Response, FlowError> {
    const resource = yield* Effect.fromResult(canonicalResource(typed))
    yield* Effect.fromResult(checkRequestTarget(resource, request.url))
    const body = request.body === null ? undefined : new Uint8Array(yield* Effect.promise(() => request.arrayBuffer()))
    const operation = operationOf(request, body)
    let sent = yield* session.current(resource)
    let refreshed = false
    let authorized = false
    for (let round = 0; round < MAXIMUM_ROUNDS; round++) {
      const response = yield* send(settings, { resource, request, body, token: sent })
      const next = yield* follow({ resource, response, sent, operation, refreshed, authorized })
      if (!next) return response
      yield* discard(response)
      sent = next.credentials
      if (next.way === "refreshed") refreshed = true
      if (next.way === "authorized" && response.status === 401) authorized = true
    }
    return yield* new TokenRefused({ resource })
  }, inSpan("fetch"))

  return {
    fetch,
    authorize: Effect.fnUntraced(function* ({ challenge, operation, resource: typed }: AuthorizeOptions) {
      const resource = yield* Effect.fromResult(canonicalResource(typed))
      yield* checkLimit(resource, operation)
      return yield* counted(resource, operation, session.authorize(resource, demandOf(challenge)), () => true)
    }, inSpan("authorize")),
    accessToken: Effect.fnUntraced(function* (typed: string) {
      const resource = yield* Effect.fromResult(canonicalResource(typed))
      return (yield* session.current(resource))?.accessToken
    }, inSpan("accessToken")),
    signOut: Effect.fnUntraced(function* (typed: string) {
      return yield* session.signOut(yield* Effect.fromResult(canonicalResource(typed)))
    }, inSpan("signOut")),
    answer: Effect.fnUntraced(function* (facts: AnswerOptions) {
      const resource = yield* Effect.fromResult(canonicalResource(facts.resource))
      const { authorized = false, operation, refreshed = false, response } = facts
      const sent = { accessToken: facts.sent }
      return (yield* follow({ resource, response, sent, operation, refreshed, authorized }))?.credentials.accessToken
    }, inSpan("answer"))
  }
}

const inSpan =
  (name: string) =>
  <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    traced(`client-flow.${name}`, effect)

// Each round ends in an answer or does something that may be done once, or at most three times; this is beyond all of it.
const MAXIMUM_ROUNDS = 20

const demandOf = (challenge: BearerChallenge | undefined): Demand => ({
  resourceMetadata: challenge?.resourceMetadata,
  scope: challengedScope(challenge?.scope)
})

const shownChallenge = (challenge: BearerChallenge | undefined) => ({
  ...(challenge?.error === undefined ? {} : { error: showable(challenge.error) }),
  ...(challenge?.scope === undefined ? {} : { scope: showable(challenge.scope) }),
  ...(challenge?.resourceMetadata === undefined ? {} : { resourceMetadata: showable(challenge.resourceMetadata) })
})

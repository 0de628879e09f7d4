import { freezeFacts, type TokenRejection, type VerifiedToken, type VerifyOptions } from "@postern/jwt-verify"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { makeIntrospectionCache } from "./introspection-cache.ts"
import { checkFacts } from "./introspection-claims.ts"
import {
  configureIntrospection,
  type IntrospectionOptions,
  type IntrospectionSettings
} from "./introspection-options.ts"
import { checkForm, introspectionRequest } from "./introspection-request.ts"
import { failureReason, type IntrospectionRejection, readIntrospection } from "./introspection-response.ts"
import { type ConfigurationInvalid, IntrospectionUnavailable } from "./rejections.ts"

export type { IntrospectionOptions } from "./introspection-options.ts"

/** Asks the authorization server about tokens that only it can read (RFC 7662); a `TokenVerifier`. */
export interface Introspector {
  /** The token as it came in the request; the clock is Effect's. */
  readonly verify: (
    token: string,
    options?: VerifyOptions
  ) => Effect.Effect<VerifiedToken, IntrospectionRejection | IntrospectionUnavailable>
  /** The same verdict without waiting, while an answer is remembered; `undefined`: ask `verify`. */
  readonly recall: (
    token: string,
    nowMillis: number,
    options?: VerifyOptions
  ) => Result.Result<VerifiedToken, TokenRejection> | undefined
}

// So many tokens are asked about at once; the memory of a flood that meets an endpoint that hangs is bounded by it.
const MAXIMUM_FLIGHTS = 1000

// After a failure of the endpoint as a whole it is left alone for so long.
const QUIET_MILLIS = 1000

// Whether the next token would fare alike. A status or an answer that one token can provoke is no reason to turn all others
// away: who sends that token would decide about them. So 401, which is about our credentials, is; 403 is not: a firewall
// says it of a token's text, a server of a token that is not ours to ask about.
const isOfAll = ({ cause, reason }: IntrospectionUnavailable, status: number | undefined): boolean => {
  if (reason === "network" || reason === "timeout") return true
  return cause === undefined && [401, 429, 502, 503, 504].some((ofAll) => ofAll === status)
}

interface Quiet {
  readonly from: number
  readonly reason: IntrospectionUnavailable["reason"]
}

type Verdict = Result.Result<VerifiedToken, IntrospectionRejection>
type Flight = Fiber.Fiber<Verdict, IntrospectionUnavailable>

const makeAsk = (settings: IntrospectionSettings, endpointFailed: (quiet: Quiet) => void) =>
  Effect.fnUntraced(function* (token: string): Effect.fn.Return<Verdict, IntrospectionUnavailable> {
    const { issuer, transport } = settings
    const fetched = yield* Effect.result(transport.fetch(introspectionRequest(token, settings)))
    const answer = Result.isFailure(fetched)
      ? Result.fail(
          new IntrospectionUnavailable({ issuer, reason: failureReason(fetched.failure), cause: fetched.failure })
        )
      : readIntrospection(fetched.success, settings)
    if (Result.isSuccess(answer)) return answer.success
    const status = Result.isSuccess(fetched) ? fetched.success.status : undefined
    if (isOfAll(answer.failure, status)) {
      endpointFailed({ from: yield* Clock.currentTimeMillis, reason: answer.failure.reason })
    }
    return yield* answer.failure
  })

const introspector = (settings: IntrospectionSettings): Introspector => {
  const cache = makeIntrospectionCache(settings)
  const flights = new Map<string, Flight>()
  let quiet: Quiet | undefined
  const unavailable = (reason: IntrospectionUnavailable["reason"]) =>
    Effect.fail(new IntrospectionUnavailable({ issuer: settings.issuer, reason }))

  const ask = makeAsk(settings, (failed) => (quiet = failed))

  const askAt = Effect.fnUntraced(function* (token: string, askedAt: number) {
    const verdict = yield* ask(token)
    // Only what is active enters: the memory is out of reach for who cannot get a token.
    if (Result.isFailure(verdict)) {
      cache.forget(token)
      return verdict
    }
    const facts = freezeFacts(verdict.success)
    cache.add(token, facts, askedAt)
    return Result.succeed(facts)
  })

  const depart = (token: string, now: number): Effect.Effect<Flight, IntrospectionUnavailable> =>
    // In one step from the question to the answer: between them nobody else departs.
    Effect.contextWith((context) => {
      const flight = flights.get(token)
      if (flight !== undefined) return Effect.succeed(flight)
      if (quiet !== undefined && now >= quiet.from && now < quiet.from + QUIET_MILLIS) return unavailable(quiet.reason)
      if (flights.size >= MAXIMUM_FLIGHTS) return unavailable("network")
      // No part of who asks first, who may leave: the others still wait.
      const made = Effect.runForkWith(context)(askAt(token, now))
      flights.set(token, made)
      made.addObserver(() => flights.delete(token))
      return Effect.succeed(made)
    })

  const judge = (facts: VerifiedToken, nowMillis: number, options: VerifyOptions) =>
    checkFacts(facts, settings, { now: nowMillis / 1000, acceptBound: options.acceptBound === true })

  const recall: Introspector["recall"] = (token, nowMillis, options = {}) => {
    const facts = cache.find(token, nowMillis)
    return facts && judge(facts, nowMillis, options)
  }

  const verify = Effect.fn("resource-server.introspect")(function* (token: string, options: VerifyOptions = {}) {
    const malformed = checkForm(token)
    if (malformed !== undefined) return yield* malformed
    const now = yield* Clock.currentTimeMillis
    const recalled = recall(token, now, options)
    if (recalled !== undefined) return yield* Effect.fromResult(recalled)
    const verdict = yield* Fiber.join(yield* depart(token, now))
    const facts = yield* Effect.fromResult(verdict)
    // The clock once more: the answer may have been waited for.
    return yield* Effect.fromResult(judge(facts, yield* Clock.currentTimeMillis, options))
  })

  return { verify, recall }
}

/** Makes an introspector; options that are wrong, or not known, are {@link ConfigurationInvalid} (RFC 7662 section 2.1). */
export const makeIntrospector = (options: IntrospectionOptions): Result.Result<Introspector, ConfigurationInvalid> =>
  Result.map(configureIntrospection(options), introspector)

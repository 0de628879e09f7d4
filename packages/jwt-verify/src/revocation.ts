import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { VerifiedToken } from "./claims.ts"
import { RevocationUnavailable, TokenRevoked } from "./rejections.ts"

/**
 * Says whether a token, or the grant behind it, was revoked. Asked on every request, also for a remembered token.
 * Throwing, rejecting or failing is `RevocationUnavailable`, and so is an answer that is neither `true` nor `false`.
 */
export type Revoked = (token: VerifiedToken) => boolean | PromiseLike<boolean> | Effect.Effect<boolean, unknown>

/** A {@link Revoked} that is asked in one of two ways. */
export interface Revocation {
  /** Asks and waits for the answer. */
  readonly check: (token: VerifiedToken) => Effect.Effect<void, TokenRevoked | RevocationUnavailable>
  /** Asks without waiting: `undefined` where the answer takes time or is none. */
  readonly answersNow: (token: VerifiedToken) => boolean | undefined
}

const ignore = () => undefined

/** Asks a port. */
export const makeRevocation = (revoked: Revoked): Revocation => {
  // A port that has once answered later is not asked without waiting again: each of its questions may be a request.
  let waits = false

  const ask = (token: VerifiedToken): Effect.Effect<unknown, unknown> => {
    const answer = revoked(token)
    if (typeof answer === "boolean") return Effect.succeed(answer)
    waits = true
    return Effect.isEffect(answer) ? answer : Effect.promise(async () => answer)
  }

  const answersNow = (token: VerifiedToken) => {
    if (waits) return undefined
    try {
      const answer = revoked(token)
      if (typeof answer === "boolean") return answer
      waits = true
      // The question is asked again by whoever waits; that this one fails has no reader.
      if (!Effect.isEffect(answer)) Promise.resolve(answer).catch(ignore)
    } catch {
      // `check` asks again and tells why.
    }
    return undefined
  }

  const check = (token: VerifiedToken) => {
    const unavailable = (cause: unknown) => new RevocationUnavailable({ issuer: token.issuer, cause })
    return Effect.suspend(() => ask(token)).pipe(
      // Also what the port throws.
      Effect.catchCause((cause) =>
        Cause.hasInterruptsOnly(cause) ? Effect.interrupt : Effect.fail(unavailable(Cause.squash(cause)))
      ),
      Effect.flatMap((answer) => {
        if (answer === false) return Effect.void
        return Effect.fail(answer === true ? new TokenRevoked() : unavailable(new TypeError("no boolean")))
      })
    )
  }

  return { check, answersNow }
}

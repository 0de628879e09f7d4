import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Answer } from "../http/answer.ts"
import { MAXIMUM_PRESSES, PRESS_SECONDS } from "../limits.ts"

/**
 * Forms that were posted a moment ago, and their answers. What it holds is bounded, and is the memory of this process: a press
 * that a balancer sends to another instance is answered there with an error page, for what the form is about is over.
 */
export interface Presses {
  /**
   * Answers a post, or repeats the answer that an equal one got within ten seconds, or gets now. `post` stands for all that the
   * answer depends on: the form, its fields and the browser.
   */
  readonly once: <E>(post: string, now: number, answer: Effect.Effect<Answer, E>) => Effect.Effect<Answer, E>
}

/**
 * A browser in which a button is pressed twice leaves the answer to the first press for that to the second. Only an answer that
 * leads on is repeated; after a page the second post counts for itself.
 */
export const makePresses = (): Presses => {
  const held = new Map<string, { readonly until: number; readonly answer: Deferred.Deferred<Answer | undefined> }>()

  const forgetUntil = (now: number): void => {
    // In the order of their times.
    for (const [post, { until }] of held) {
      if (until > now) return
      held.delete(post)
    }
  }

  const once: Presses["once"] = (post, now, answer) =>
    // Who waits for a place waits until its holder ends, so that nothing interrupts between the place and what gives it back.
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        forgetUntil(now)
        const first = held.get(post)
        const repeated = first && (yield* restore(Deferred.await(first.answer)))
        if (repeated) return repeated
        // Nothing waits from here to `set`, so that no equal post comes between.
        const mine = Deferred.makeUnsafe<Answer | undefined>()
        const [oldest] = held.keys()
        if (oldest !== undefined && held.size >= MAXIMUM_PRESSES) held.delete(oldest)
        held.set(post, { until: now + PRESS_SECONDS, answer: mine })
        return yield* Effect.onExit(restore(answer), (exit) => {
          const leadsOn = Exit.isSuccess(exit) && exit.value.status === 303
          if (!leadsOn && held.get(post)?.answer === mine) held.delete(post)
          return Deferred.succeed(mine, leadsOn ? exit.value : undefined)
        })
      })
    )
  return { once }
}

import * as Effect from "effect/Effect"
import type { Store } from "../../packages/as-core/src/index.ts"

/** Each fault, and the part of the soak that has to notice it. */
export const faults = {
  "redeems-twice": "races",
  "rotates-twice": "races",
  "remembers-twice": "races",
  "answers-early": "kills",
  "ends-late": "kills",
  "repeats-nothing": "faults"
} as const

export type Fault = keyof typeof faults

/** How much later a store that answers early does what it said. */
const LATE_MILLIS = 40

const early = <A, E>(answer: A, work: Effect.Effect<unknown, E>): Effect.Effect<A> =>
  Effect.as(Effect.forkDetach(Effect.ignore(Effect.delay(work, LATE_MILLIS))), answer)

/** A store with one fault, over one that has none. */
export const makeFaulty = (store: Store, fault: Fault): Store => {
  switch (fault) {
    case "redeems-twice": {
      // Looks whether it was used, lets others look too, and then uses it.
      const redeem: Store["redeem"] = Effect.fnUntraced(function* (change) {
        const found = yield* store.findCode(change.codeHash)
        yield* Effect.sleep(2)
        const outcome = yield* store.redeem(change)
        return found?.used === false ? "Redeemed" : outcome
      })
      return { ...store, redeem }
    }
    case "rotates-twice": {
      const rotate: Store["rotate"] = Effect.fnUntraced(function* (change) {
        const found = yield* store.findRefreshToken(change.chainHash)
        yield* Effect.sleep(2)
        const outcome = yield* store.rotate(change)
        return found?.value.tokenHash === change.tokenHash ? { _tag: "Rotated" } : outcome
      })
      return { ...store, rotate }
    }
    case "repeats-nothing":
      return { ...store, rotate: (change) => store.rotate({ ...change, answer: { ...change.answer, until: 0 } }) }
    case "remembers-twice": {
      const remember: Store["remember"] = Effect.fnUntraced(function* (id, now) {
        const known = yield* store.isRemembered(id.idHash, now)
        yield* Effect.sleep(2)
        yield* store.remember(id, now)
        return known ? "Replayed" : "Remembered"
      })
      return { ...store, remember }
    }
    case "answers-early":
      return {
        ...store,
        rotate: Effect.fnUntraced(function* (change) {
          const found = yield* store.findRefreshToken(change.chainHash)
          const live = found?.value.tokenHash === change.tokenHash && !found.ended
          return live ? yield* early({ _tag: "Rotated" } as const, store.rotate(change)) : yield* store.rotate(change)
        })
      }
    case "ends-late":
      return { ...store, endGrant: (grantId, now) => early(undefined, store.endGrant(grantId, now)) }
  }
}

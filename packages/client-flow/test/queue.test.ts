import { memoryStore } from "@postern/client-flow"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import { expect, it } from "vitest"
import { ISSUER, RESOURCE, settled } from "./world.ts"

const login = { issuer: ISSUER, resource: RESOURCE, account: "default" }

/** Lets others have their turn before one step of an effect, as it may happen to any step of a busy program. */
class PausingAt extends Scheduler.MixedScheduler {
  readonly step: number
  taken = 0
  constructor(step: number) {
    super()
    this.step = step
  }
  override shouldYield() {
    return ++this.taken === this.step
  }
}

it("goes on after one that was interrupted, at whatever step", async () => {
  const { exclusively } = memoryStore()
  if (!exclusively) throw new Error("a store without a lock")
  const interruptedAt = (step: number) =>
    Effect.gen(function* () {
      const scheduler = new PausingAt(step)
      const work = Effect.provideService(exclusively(login, Effect.never), Scheduler.Scheduler, scheduler)
      const fiber = yield* Effect.forkChild(work, { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      const next = yield* Effect.forkChild(exclusively(login, Effect.succeed("next")))
      for (let turn = 0; turn < 10; turn++) yield* settled
      return {
        wentOn: fiber.pollUnsafe() !== undefined && next.pollUnsafe()?._tag === "Success",
        taken: scheduler.taken
      }
    })
  let [step, taken] = [0, 0]
  do {
    const outcome = await Effect.runPromise(interruptedAt(++step))
    expect([step, outcome.wentOn]).toEqual([step, true])
    taken = outcome.taken
  } while (step <= taken)
  expect(step).toBeGreaterThan(5)
})

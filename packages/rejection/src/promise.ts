import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Result from "effect/Result"

/** What every Promise face takes beside its own options. */
export interface PromiseOptions {
  /** Stops the work; the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs an Effect as a Promise of a `Result`: what a peer or the world caused stays in the type (`Result.isFailure`), an
 * abort rejects with `signal.reason`, and a defect rejects.
 */
export const toPromise = async <A, E>(
  effect: Effect.Effect<A, E>,
  options: PromiseOptions = {}
): Promise<Result.Result<A, E>> => {
  const { signal } = options
  // Effect runs what does not wait to its end even then.
  signal?.throwIfAborted()
  const exit = await Effect.runPromiseExit(Effect.result(effect), signal ? { signal } : {})
  if (Exit.isSuccess(exit)) return exit.value
  if (signal?.aborted && Cause.hasInterruptsOnly(exit.cause)) throw signal.reason
  throw Cause.squash(exit.cause)
}

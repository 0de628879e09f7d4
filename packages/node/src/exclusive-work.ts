import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { type FileLock, LockHeld, takeFileLock } from "./file-lock.ts"
import { makePrivateDirectory } from "./private-file.ts"

// Beyond what one refresh may take, its repetitions included.
const patience = Schedule.spaced("50 millis").pipe(Schedule.jittered, Schedule.upTo({ duration: "60 seconds" }))

// So many lock files at most, whatever is ever kept: two names that share one only wait for each other.
const LOCKS = 64

/** The lock file of a name, beside the file at `path`; nothing of the name stands in it. */
const lockPath = (path: string, name: string): string => {
  const [byte = 0] = createHash("sha256").update(name).digest()
  return `${path}.locks/${byte % LOCKS}`
}

/**
 * Runs an effect while nobody else, in any process, runs one of the same name for the file at `path`; fails with
 * what `fail` makes of `LockHeld` when that does not end within a minute. Nothing is left behind by a process that dies in it.
 */
export const exclusiveWork = <A, E, F>(
  { name, path }: { readonly name: string; readonly path: string },
  effect: Effect.Effect<A, E>,
  fail: (cause: unknown) => F
): Effect.Effect<A, E | F> => {
  const file = lockPath(path, name)
  const take = Effect.try({
    try: () => {
      makePrivateDirectory(file)
      return takeFileLock(file)
    },
    catch: fail
  })
  const release = (lock: FileLock | undefined) => Effect.sync(() => lock?.release())
  // Each attempt ends before the next is waited for, so that an interruption finds nothing half taken.
  const attempt = Effect.acquireUseRelease(
    take,
    (lock) => (lock === undefined ? Effect.succeedNone : Effect.asSome(effect)),
    release
  )
  return attempt.pipe(
    Effect.repeat({ while: Option.isNone, schedule: patience }),
    Effect.flatMap((outcome) =>
      Option.isSome(outcome) ? Effect.succeed(outcome.value) : Effect.fail(fail(new LockHeld("the lock is held")))
    )
  )
}

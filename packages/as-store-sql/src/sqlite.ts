import type { DatabaseSync, StatementSync } from "node:sqlite"
import { StoreFailed } from "@postern/as-core"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { runBody } from "./run-body.ts"
import type { Runner } from "./runner.ts"
import { isBusy } from "./sqlite-error.ts"
import type { Body, Statement } from "./statement.ts"
import { traced } from "@postern/rejection/traced"

class AttemptFailed extends Data.TaggedError("AttemptFailed")<{ readonly cause: unknown }> {}

/** A queued body: `perform` runs it and returns what tells its caller, to be called after the COMMIT. */
interface Job {
  readonly perform: () => () => void
  readonly fail: (cause: unknown) => void
}

// One transaction holds at most so many bodies, so that the event loop is not stopped for longer than about a millisecond.
const GROUP = 64

// And it waits for no more than so many turns of the event loop for them, or a busy server would always wait for the last one.
const TURNS = 8

// Another process holds the database: waited for here, where the event loop goes on, and not in SQLite.
const PAUSE = "4 millis"
const patience = Schedule.spaced(PAUSE).pipe(Schedule.jittered, Schedule.upTo({ duration: "5 seconds" }))

/** Most attempts succeed, so that what a busy database needs is set up for one that did not. */
const settle = <A>(operation: string, attempt: Effect.Effect<A, AttemptFailed>): Effect.Effect<A, StoreFailed> =>
  traced(
    `as-store-sql.${operation}`,
    attempt.pipe(
      Effect.catch((failed) => (isBusy(failed.cause) ? askAgain(attempt) : Effect.fail(failed))),
      Effect.mapError(({ cause }) => new StoreFailed({ operation, cause }))
    )
  )

const askAgain = <A>(attempt: Effect.Effect<A, AttemptFailed>): Effect.Effect<A, AttemptFailed> =>
  Effect.retry(Effect.delay(attempt, PAUSE), { while: ({ cause }) => isBusy(cause), schedule: patience })

/** Makes the runner of an open database, which belongs to it from then on. */
export const makeRunner = (database: DatabaseSync): Runner => {
  const prepared = new Map<string, StatementSync>()
  const queue = new Set<Job>()
  let scheduled = false

  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const made = database.prepare(sql)
    prepared.set(sql, made)
    return made
  }
  const command = (sql: string): void => {
    prepare(sql).run()
  }
  const rows = (one: Statement) => prepare(one.sql).all(...one.parameters)

  const run = <A>(body: Body<A>): A => runBody(body, rows)

  const rollBack = (): void => {
    if (!database.isOpen || !database.isTransaction) return
    try {
      command("ROLLBACK")
    } catch {
      // The callers are told of what went wrong first; if the transaction is still open the next BEGIN fails.
    }
  }

  /**
   * All of the group in one transaction; nobody is answered before the COMMIT. A body that fails takes its neighbours' changes back
   * too, which are then made without it: a savepoint for each body would cost all of them.
   */
  const commit = (group: ReadonlyArray<Job>): ReadonlyArray<() => void> => {
    if (group.length === 0) return []
    let running: Job | undefined
    try {
      command("BEGIN IMMEDIATE")
      const answers = group.map((job) => {
        running = job
        return job.perform()
      })
      running = undefined
      command("COMMIT")
      return answers
    } catch (cause) {
      // A full disk and an I/O error end the transaction by themselves, whoever runs.
      const failed = database.isOpen && database.isTransaction ? running : undefined
      rollBack()
      if (failed === undefined) return group.map((job) => () => job.fail(cause))
      return [() => failed.fail(cause), ...commit(group.filter((job) => job !== failed))]
    }
  }

  const flush = (): void => {
    const group = [...queue].slice(0, GROUP)
    for (const job of group) queue.delete(job)
    if (queue.size > 0) schedule()
    for (const answer of commit(group)) answer()
  }

  /** Commits when a turn of the event loop brought no more: what comes a moment later would need a COMMIT of its own. */
  const gather = (before: number, turn: number): void => {
    if (queue.size > before && queue.size < GROUP && turn < TURNS) {
      setImmediate(gather, queue.size, turn + 1)
      return
    }
    scheduled = false
    flush()
  }

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    setImmediate(gather, 0, 1)
  }

  const attemptRead = <A>(body: () => Body<A>): Effect.Effect<A, AttemptFailed> =>
    Effect.try({ try: () => run(body()), catch: (cause) => new AttemptFailed({ cause }) })

  const attemptWrite = <A>(body: () => Body<A>): Effect.Effect<A, AttemptFailed> =>
    Effect.callback<A, AttemptFailed>((resume) => {
      const job: Job = {
        perform: () => {
          const value = run(body())
          return () => resume(Effect.succeed(value))
        },
        fail: (cause) => resume(Effect.fail(new AttemptFailed({ cause })))
      }
      queue.add(job)
      schedule()
      return Effect.sync(() => {
        queue.delete(job)
      })
    })

  return {
    read: (operation, body) => settle(operation, attemptRead(body)),
    write: (operation, body) => settle(operation, attemptWrite(body)),
    close: Effect.sync(() => {
      while (queue.size > 0) flush()
      if (database.isOpen) database.close()
    })
  }
}

import { StoreFailed } from "@postern/as-core"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { PoolClient } from "pg"
import type { Runner } from "../runner.ts"
import type { Body, Row, Statement } from "../statement.ts"
import type { Connections } from "./client.ts"
import { mayPass, sqlState } from "./error.ts"
import { makeTranslation, turnKey } from "./statements.ts"

/** One attempt failed. `again`: nothing was changed, and another one may succeed. */
class AttemptFailed extends Data.TaggedError("AttemptFailed")<{ readonly cause: unknown; readonly again: boolean }> {}

const RETRIES = 12

const patience = Schedule.exponential("20 millis", 1.6).pipe(
  Schedule.jittered,
  Schedule.upTo({ duration: "5 seconds" })
)

const settle = <A>(operation: string, attempt: Effect.Effect<A, AttemptFailed>): Effect.Effect<A, StoreFailed> =>
  attempt.pipe(
    Effect.retry({ while: ({ again }) => again, schedule: patience, times: RETRIES }),
    Effect.mapError(({ cause }) => new StoreFailed({ operation, cause })),
    // A stack trace for each statement would cost as much as the statement.
    Effect.withSpan(`as-store-sql.${operation}`, undefined, { captureStackTrace: false })
  )

// Whoever waits for a lock sees what its holder committed: each statement has a snapshot of its own.
const BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE"

/** Makes the runner of a pool, which belongs to it from then on. */
export const makeRunner = ({ pool, schema }: Connections): Runner => {
  const translate = makeTranslation()
  const running = new Set<Promise<unknown>>()
  let closed = false

  const connect = async (): Promise<PoolClient> => {
    try {
      return await pool.connect()
    } catch (cause) {
      // Nothing was asked yet. What the server answered decides; where there is no answer there may be one later.
      throw new AttemptFailed({ cause, again: !closed && (sqlState(cause) === undefined || mayPass(cause)) })
    }
  }

  const ask = async (client: PoolClient, statement: Statement): Promise<ReadonlyArray<Row>> => {
    const { rows } = await client.query<Row>(translate(statement))
    return rows
  }

  /** Runs a body's statements; `before` was sent and not awaited, and ends before the first answer counts. */
  const run = async <A>(client: PoolClient, body: Body<A>, signal: AbortSignal, before?: Promise<unknown>) => {
    let step = body.next()
    while (step.done !== true) {
      // What is sent before the transaction has begun must be harmless without it.
      const together = before !== undefined && step.value.sql.startsWith("SELECT")
      if (!together) await before
      const [rows] = await Promise.all([ask(client, step.value), before])
      before = undefined
      signal.throwIfAborted()
      step = body.next(rows)
    }
    await before
    return step.value
  }

  const begin = (client: PoolClient, turn: string | undefined): Promise<unknown> => {
    const sent: Array<Promise<unknown>> = [client.query(BEGIN)]
    if (turn !== undefined) {
      const lock = { name: "postern_turn", text: "SELECT pg_advisory_xact_lock($1)", values: [turnKey(schema, turn)] }
      sent.push(client.query(lock))
    }
    const begun = Promise.all(sent)
    // A body that fails before its first statement leaves nobody who waits for this.
    begun.catch(() => undefined)
    return begun
  }

  /** Takes back what a transaction did and gives the connection back; whether it is still one. */
  const rollBack = async (client: PoolClient): Promise<boolean> => {
    try {
      await client.query("ROLLBACK")
      client.release()
      return true
    } catch {
      client.release(true)
      return false
    }
  }

  const transact = async <A>(body: () => Body<A>, turn: string | undefined, signal: AbortSignal): Promise<A> => {
    const client = await connect()
    let committing = false
    try {
      signal.throwIfAborted()
      const value = await run(client, body(), signal, begin(client, turn))
      committing = true
      await client.query("COMMIT")
      client.release()
      return value
    } catch (cause) {
      const alive = await rollBack(client)
      // Whether a COMMIT without an answer happened nobody knows. Done again, what happened would look like a theft.
      throw new AttemptFailed({ cause, again: !committing && !closed && (mayPass(cause) || !alive) })
    }
  }

  const look = async <A>(body: () => Body<A>, signal: AbortSignal): Promise<A> => {
    const client = await connect()
    try {
      signal.throwIfAborted()
      const value = await run(client, body(), signal)
      client.release()
      return value
    } catch (cause) {
      const alive = await rollBack(client)
      throw new AttemptFailed({ cause, again: !closed && (mayPass(cause) || !alive) })
    }
  }

  /** One attempt, which `close` waits for even where its caller does not. */
  const attempt = <A>(work: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, AttemptFailed> =>
    Effect.tryPromise({
      try: (signal) => {
        if (closed) throw new AttemptFailed({ cause: new Error("the store is closed"), again: false })
        const done = work(signal)
        running.add(done)
        const remove = (): void => void running.delete(done)
        done.then(remove, remove)
        return done
      },
      catch: (error) => (error instanceof AttemptFailed ? error : new AttemptFailed({ cause: error, again: false }))
    })

  return {
    read: (operation, body) =>
      settle(
        operation,
        attempt((signal) => look(body, signal))
      ),
    write: (operation, body, turn) =>
      settle(
        operation,
        attempt((signal) => transact(body, turn, signal))
      ),
    close: Effect.promise(async () => {
      if (closed) return
      closed = true
      await Promise.allSettled(running)
      await pool.end()
    })
  }
}

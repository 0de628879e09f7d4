import { randomInt } from "node:crypto"
import { setTimeout } from "node:timers/promises"
import { Client } from "pg"
import { postgresUrl, sql } from "./postgres.ts"

/** A point in the middle of transactions, at which they stop. */
export interface Pause {
  /** Lets all go on that stopped there, and all that come later. */
  readonly release: () => Promise<void>
  /** Takes the point away, once nobody is at it. */
  readonly remove: () => Promise<void>
  /** Both. */
  readonly goOn: () => Promise<void>
}

/** Makes a point at which every transaction stops: `at` says when, such as `AFTER INSERT ON grants`. */
export const pauseAt = async (schema: string, at: string): Promise<Pause> => {
  const key = randomInt(2 ** 31)
  const table = at.replace(/ (\w+)$/, ` "${schema}".$1`)
  await sql(`CREATE FUNCTION "${schema}".pause() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${key}); RETURN NULL; END $$;
    CREATE TRIGGER pause ${table} FOR EACH ROW EXECUTE FUNCTION "${schema}".pause()`)
  const holder = new Client(await postgresUrl())
  await holder.connect()
  await holder.query("SELECT pg_advisory_lock($1)", [key])
  const release = () => holder.end()
  const remove = async (): Promise<void> => {
    await sql(`DROP FUNCTION "${schema}".pause() CASCADE`)
  }
  return {
    release,
    remove,
    goOn: async () => {
      await release()
      await remove()
    }
  }
}

/** Answers when so many transactions of a store wait; its URL names it (`application_name`). */
export const waiting = async (name: string, count: number): Promise<void> => {
  for (;;) {
    const rows = await sql(
      `SELECT pid FROM pg_stat_activity WHERE application_name = '${name}' AND wait_event_type = 'Lock'`
    )
    if (rows.length >= count) return
    await setTimeout(5)
  }
}

/** What a statement's parameter may be. */
export type Value = string | number | null

/** One SQL statement with `?` placeholders and the values for them. */
export interface Statement {
  readonly sql: string
  readonly parameters: ReadonlyArray<Value>
  /**
   * The rows that it reads are this transaction's until it ends. SQLite's write transaction holds the whole database;
   * where rows are locked one by one the runner adds `FOR UPDATE`.
   */
  readonly locks: boolean
}

/** A row as a database returns it: nothing is known of it before it is read field by field. */
export type Row = Readonly<Record<string, unknown>>

/**
 * The body of a port method: yields statements, receives their rows, returns the outcome. It knows no driver, no
 * transaction and no waiting, so that one body serves a synchronous and an asynchronous database. Its SQL is what SQLite
 * and PostgreSQL have in common; what only one of them knows is in the schema and in the runner.
 */
export type Body<A> = Generator<Statement, A, ReadonlyArray<Row>>

/** A statement; the text must be a constant, for it is the key under which its prepared form is kept. */
export const statement = (sql: string, ...parameters: ReadonlyArray<Value>): Statement => ({
  sql,
  parameters,
  locks: false
})

/** A `SELECT` that locks the rows that it reads. */
export const lockingRead = (sql: string, ...parameters: ReadonlyArray<Value>): Statement => ({
  sql,
  parameters,
  locks: true
})

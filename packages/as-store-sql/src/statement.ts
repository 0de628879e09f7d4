/** What a statement's parameter may be. */
export type Value = string | number | null

/** One SQL statement with `?` placeholders and the values for them. */
export interface Statement {
  readonly sql: string
  readonly parameters: ReadonlyArray<Value>
}

/** A row as a database returns it: nothing is known of it before it is read field by field. */
export type Row = Readonly<Record<string, unknown>>

/**
 * The body of a port method: yields statements, receives their rows, returns the outcome. It knows no driver, no
 * transaction and no waiting, so that one body serves a synchronous and an asynchronous database.
 */
export type Body<A> = Generator<Statement, A, ReadonlyArray<Row>>

/** A statement; the text must be a constant, for it is the key under which its prepared form is kept. */
export const statement = (sql: string, ...parameters: ReadonlyArray<Value>): Statement => ({ sql, parameters })

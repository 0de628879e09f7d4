import { createHash } from "node:crypto"
import type { Statement, Value } from "../statement.ts"

/** A statement as the driver takes it: prepared once per connection, under a name that is made of its text. */
export interface Query {
  readonly name: string
  readonly text: string
  readonly values: Array<Value>
}

interface Prepared {
  readonly name: string
  readonly text: string
  /** It looks for rows and writes none of its parameters. */
  readonly looks: boolean
}

const prepare = (sql: string, locks: boolean): Prepared => {
  let count = 0
  const text = sql.replaceAll("?", () => `$${++count}`) + (locks ? " FOR UPDATE" : "")
  const name = `postern_${createHash("sha256").update(text).digest("base64url").slice(0, 22)}`
  return { name, text, looks: /^(?:SELECT|DELETE)\b/.test(sql) }
}

// PostgreSQL's text has no U+0000, so that no row holds one: nothing equals NULL either.
const findable = (value: Value): Value => (typeof value === "string" && value.includes("\0") ? null : value)

/** Makes the translation to PostgreSQL's words, which keeps what it has translated. */
export const makeTranslation = (): ((statement: Statement) => Query) => {
  const plain = new Map<string, Prepared>()
  const locking = new Map<string, Prepared>()
  return ({ sql, parameters, locks }) => {
    const known = locks ? locking : plain
    let prepared = known.get(sql)
    if (prepared === undefined) {
      prepared = prepare(sql, locks)
      known.set(sql, prepared)
    }
    const { name, text, looks } = prepared
    return { name, text, values: looks ? parameters.map(findable) : [...parameters] }
  }
}

/** The key of an advisory lock: 64 bits of a hash, and other ones in another schema. */
export const turnKey = (schema: string, turn: string): string =>
  createHash("sha256")
    .update(JSON.stringify([schema, turn]))
    .digest()
    .readBigInt64BE()
    .toString()

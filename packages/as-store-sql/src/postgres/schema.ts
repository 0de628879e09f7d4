import { migrations } from "../schema.ts"

// PostgreSQL's words for those of SQLite's dialect. Text is compared and ordered byte for byte, whatever the database's
// language; the oldest client without a time comes first, as in SQLite.
const words: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bsequence INTEGER PRIMARY KEY\b/g, "sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"],
  [/\bINTEGER\b/g, "BIGINT"],
  [/\bTEXT\b/g, `TEXT COLLATE "C"`],
  [/\) STRICT(?:, WITHOUT ROWID)?;/g, ");"],
  [/\(unused_until, sequence\)/g, "(unused_until NULLS FIRST, sequence)"]
]

const translate = (step: string): string => words.reduce((text, [theirs, ours]) => text.replaceAll(theirs, ours), step)

/** The steps of the schema, as PostgreSQL takes them. */
export const postgresMigrations: ReadonlyArray<string> = migrations.map(translate)

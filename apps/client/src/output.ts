import { printable, printableJson } from "./printable.ts"

/** What a command found: as data for a script, and as lines for a person. */
export interface Outcome {
  readonly json: unknown
  readonly lines: ReadonlyArray<string>
}

/** A value as JSON. A terminal gets the control characters of a server escaped: the value is the same. */
export const formatJson = (value: unknown, terminal: boolean): string => {
  const text = JSON.stringify(value, undefined, 2)
  return terminal ? printableJson(text) : text
}

/** The text of standard output. What a pipe gets is as it came; a terminal gets no control characters of a server. */
export const formatOutcome = (
  { json, lines }: Outcome,
  options: { readonly json: boolean; readonly terminal: boolean }
): string => {
  if (options.json) return formatJson(json, options.terminal)
  const text = lines.join("\n")
  return options.terminal ? printable(text) : text
}

/** Names and values, one below the other; a value that is `undefined` is left out. */
export const table = (
  rows: ReadonlyArray<readonly [name: string, value: string | undefined]>
): ReadonlyArray<string> => {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(width)}  ${value}`]))
}

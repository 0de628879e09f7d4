/** Collects what a store did wrong. */
export interface Report {
  /** Notes a violation unless both are the same value; members that are `undefined` count as absent. */
  readonly same: (what: string, actual: unknown, expected: unknown) => void
  readonly violations: ReadonlyArray<string>
}

const ordered = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)))
    : value

const show = (value: unknown): string => JSON.stringify(value, ordered) ?? "undefined"

export const makeReport = (): Report => {
  const violations: Array<string> = []
  return {
    violations,
    same: (what, actual, expected) => {
      if (show(actual) !== show(expected)) violations.push(`${what}: ${show(actual)} instead of ${show(expected)}`)
    }
  }
}

/** How often each outcome occurs. */
export const tally = (outcomes: ReadonlyArray<string>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

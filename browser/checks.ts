// What is checked, printed as it comes.

/** Notes one thing that has to hold. */
export interface Checks {
  readonly that: (name: string, holds: boolean, seen?: unknown) => void
  /** What came has to be what was expected. */
  readonly same: (name: string, came: unknown, expected: unknown) => void
  readonly failures: () => number
  readonly count: () => number
}

/** Prints a line for each. */
export const makeChecks = (print: (line: string) => void): Checks => {
  let count = 0
  let failures = 0
  const that: Checks["that"] = (name, holds, seen) => {
    count++
    if (!holds) failures++
    print(holds ? `  ok      ${name}` : `  FAILED  ${name}${seen === undefined ? "" : `: ${JSON.stringify(seen)}`}`)
  }
  return {
    that,
    same: (name, came, expected) => that(name, JSON.stringify(came) === JSON.stringify(expected), { came, expected }),
    failures: () => failures,
    count: () => count
  }
}

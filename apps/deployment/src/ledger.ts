/** What is counted of the apps. */
export type Happening = "login" | "login begun again" | "refresh" | "refresh repeated" | "logged out"

/** Something at an instance that the picture shows. */
export interface Mark {
  readonly at: number
  readonly instance: string
  readonly what: "killed" | "listens"
}

/** An answer of an instance: when it came. */
export interface Answered {
  readonly at: number
  readonly instance: string
}

/** Everything that happened, by milliseconds since the beginning. */
export interface Ledger {
  /** From now on time counts. */
  readonly begin: () => void
  readonly count: (what: Happening) => void
  readonly mark: (instance: string, what: Mark["what"]) => void
  readonly answered: (instance: string) => void
  readonly counts: Readonly<Record<Happening, number>>
  readonly happenings: ReadonlyArray<{ readonly at: number; readonly what: Happening }>
  readonly marks: ReadonlyArray<Mark>
  readonly answers: ReadonlyArray<Answered>
  readonly elapsed: () => number
}

/** An empty ledger. */
export const makeLedger = (): Ledger => {
  let start = performance.now()
  const elapsed = () => performance.now() - start
  const counts = { login: 0, "login begun again": 0, refresh: 0, "refresh repeated": 0, "logged out": 0 }
  const happenings: Array<{ at: number; what: Happening }> = []
  const marks: Array<Mark> = []
  const answers: Array<Answered> = []
  return {
    counts,
    happenings,
    marks,
    answers,
    elapsed,
    begin: () => void (start = performance.now()),
    count: (what) => {
      counts[what]++
      happenings.push({ at: elapsed(), what })
    },
    mark: (instance, what) => void marks.push({ at: elapsed(), instance, what }),
    answered: (instance) => void answers.push({ at: elapsed(), instance })
  }
}

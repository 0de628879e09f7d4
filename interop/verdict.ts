/** What a judge said of one thing. */
export interface Line {
  readonly name: string
  readonly outcome: "passed" | "failed" | "skipped"
  readonly said?: string
}

/** A line that passes when what came is what was expected. */
export const line = (name: string, expected: string, received: string): Line => ({
  name,
  outcome: received === expected ? "passed" : "failed",
  said: `expected ${expected}, got ${received}`
})

/** All that a judge said in one run. */
export interface Verdict {
  readonly judge: string
  readonly lines: ReadonlyArray<Line>
}

/** What of a judge is skipped, or failed, for a reason of its own: the name of the line and why. */
export type Explained = Readonly<Record<string, string>>

/** A judge that is called by `run.ts`. */
export interface Judge {
  /** The npm package, whose version stands in the report. */
  readonly package: string
  /** Lines that may be skipped, and why. A skipped line without a reason here counts as failed. */
  readonly skips: Explained
  readonly run: (options: { readonly quick: boolean }) => Promise<ReadonlyArray<Verdict>>
}

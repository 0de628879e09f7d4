/** A rule that did not hold: which one, and what was seen, in the order in which it came. */
export class BrokenRule extends Error {
  readonly rule: string
  readonly history: ReadonlyArray<string>

  constructor(rule: string, history: ReadonlyArray<string>) {
    super(`${rule}\n${history.map((line) => `    ${line}`).join("\n")}`)
    this.rule = rule
    this.history = history
  }
}

/** Throws {@link BrokenRule} unless both are the same as JSON. */
export const mustBe = (rule: string, seen: unknown, expected: unknown, history: ReadonlyArray<string> = []): void => {
  const [is, should] = [JSON.stringify(seen), JSON.stringify(expected)]
  if (is !== should) throw new BrokenRule(rule, [...history, `expected ${should}`, `but saw ${is}`])
}

/** A time given in microseconds, in the unit that fits, with three digits that count. */
export const micros = (value: number): string => {
  const [amount, unit] = value >= 1000 ? [value / 1000, "ms"] : [value, "µs"]
  return `${amount >= 100 ? Math.round(amount) : amount.toPrecision(3)} ${unit}`
}

/** How many times `a` is `b`. */
export const ratio = (a: number, b: number): string => {
  const quotient = a / b
  return `${quotient >= 100 ? Math.round(quotient) : Number(quotient.toPrecision(2))}×`
}

/** A table of Markdown; every column but the first is set to the right. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const line = (cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"))
  return [line(head), line(rule), ...rows.map(line)].join("\n")
}

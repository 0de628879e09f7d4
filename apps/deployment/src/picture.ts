import type { Ledger } from "./ledger.ts"

const BARS = " ▁▂▃▄▅▆▇█"
const LABEL = 18

/** How many fall into each column. */
const spread = (times: ReadonlyArray<number>, columns: number, length: number): ReadonlyArray<number> => {
  const counts = Array.from({ length: columns }, () => 0)
  for (const at of times) {
    const column = Math.min(columns - 1, Math.floor((at / length) * columns))
    counts[column] = (counts[column] ?? 0) + 1
  }
  return counts
}

const bars = (counts: ReadonlyArray<number>, maximum: number): ReadonlyArray<string> =>
  counts.map((count) => BARS[count === 0 ? 0 : Math.max(1, Math.round((count / maximum) * (BARS.length - 1)))] ?? " ")

/** What happened over time, one line for each instance and each kind of trouble. */
export const draw = (ledger: Ledger, instances: ReadonlyArray<string>, width: number): string => {
  const columns = Math.max(20, width - LABEL - 12)
  const length = ledger.elapsed()
  const columnOf = (at: number) => Math.min(columns - 1, Math.floor((at / length) * columns))
  const answered = new Map(
    instances.map((name) => [
      name,
      spread(
        ledger.answers.filter(({ instance }) => instance === name).map(({ at }) => at),
        columns,
        length
      )
    ])
  )
  const maximum = Math.max(1, ...[...answered.values()].flat())
  const line = (label: string, cells: ReadonlyArray<string>, total: number) =>
    `${label.padEnd(LABEL)}${cells.join("")} ${String(total).padStart(7)}`
  const lines = instances.map((name) => {
    const counts = answered.get(name) ?? []
    const cells = [...bars(counts, maximum)]
    for (const { at, instance, what } of ledger.marks) {
      if (instance === name) cells[columnOf(at)] = what === "killed" ? "✗" : "↑"
    }
    return line(
      name,
      cells,
      counts.reduce((sum, count) => sum + count, 0)
    )
  })
  for (const what of ["refresh repeated", "login begun again", "logged out"] as const) {
    const times = ledger.happenings.filter((each) => each.what === what).map(({ at }) => at)
    const counts = spread(times, columns, length)
    lines.push(line(what, bars(counts, Math.max(1, ...counts)), ledger.counts[what]))
  }
  const seconds = `${(length / 1000).toFixed(0)} s`
  const axis = `${" ".repeat(LABEL)}0${seconds.padStart(columns - 1)}`
  return [...lines, axis].join("\n")
}

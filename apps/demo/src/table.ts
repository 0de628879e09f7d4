/** What was tried and what came back. */
export interface Outcome {
  readonly title: string
  readonly expected: string
  readonly came: string
  readonly holds: boolean
}

/** The outcomes as a table for a terminal, at most `width` columns wide. */
export const formatTable = (outcomes: ReadonlyArray<Outcome>, width: number): string => {
  const left = 36
  const right = Math.max(30, width - left - 8)
  const rows = outcomes.map(({ came, expected, holds, title }) => {
    const said = holds ? came : `${came}\n(expected: ${expected})`
    const cells = [wrap(title, left), said.split("\n").flatMap((line) => wrap(line, right))] as const
    return Array.from({ length: Math.max(cells[0].length, cells[1].length) }, (_, line) =>
      [line === 0 ? (holds ? " ok " : "FAIL") : "    ", (cells[0][line] ?? "").padEnd(left), cells[1][line] ?? ""]
        .join("  ")
        .trimEnd()
    ).join("\n")
  })
  const rule = "─".repeat(left + right + 8)
  return [`      ${"tried".padEnd(left)}  came back`, rule, ...rows, rule].join("\n")
}

const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}

// Bars as SVG: readable on a light and a dark page, nothing but text and rectangles.

/** One bar. */
export interface Bar {
  readonly label: string
  readonly value: number
  /** What is written behind the bar. */
  readonly text: string
  readonly ours?: boolean
}

const WIDTH = 760
const ROW = 30
const LABELS = 330
const escapeText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("`", "")

/** Horizontal bars of one measure, the longest as long as there is room. */
export const plot = (title: string, bars: ReadonlyArray<Bar>): string => {
  const longest = Math.max(...bars.map(({ value }) => value))
  const height = 40 + bars.length * ROW
  const rows = bars.map(({ label, ours, text, value }, index) => {
    const y = 36 + index * ROW
    const width = Math.max(2, (value / longest) * (WIDTH - LABELS - 90))
    return [
      `<text x="${LABELS - 8}" y="${y + 15}" text-anchor="end">${escapeText(label)}</text>`,
      `<rect x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="20" fill="${ours === true ? "#2f7d5b" : "#8a94a3"}"/>`,
      `<text x="${(LABELS + width + 6).toFixed(1)}" y="${y + 15}">${escapeText(text)}</text>`
    ].join("\n")
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13" fill="#6b7280" role="img" aria-label="${escapeText(title)}">
<text x="${LABELS}" y="20" font-weight="bold">${escapeText(title)}</text>
${rows.join("\n")}
</svg>
`
}

// Which requirement and attack ids have a test that passed in this run: `pnpm run coverage [REPORT.json]`.
// Ids stand in square brackets at the beginning of a test's title, or of a group's.
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { root } from "./workspace.ts"

/** The parts of Vitest's JSON report that are read. */
interface Report {
  readonly testResults: ReadonlyArray<{
    readonly name: string
    readonly assertionResults: ReadonlyArray<{
      readonly ancestorTitles: ReadonlyArray<string>
      readonly title: string
      readonly status: string
    }>
  }>
}

const runTests = (): Report => {
  const folder = mkdtempSync(join(tmpdir(), "postern-coverage-"))
  const file = join(folder, "report.json")
  try {
    const args = ["node_modules/vitest/vitest.mjs", "run", "--reporter=json", `--outputFile=${file}`]
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] })
    if (!existsSync(file)) throw new Error(`vitest wrote no report and ended with status ${status}`)
    if (status !== 0) console.error(`vitest ended with status ${status}: only the tests that passed are counted`)
    return JSON.parse(readFileSync(file, "utf8"))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The ids at the beginning of a title: `"[PKC-05] [PKC-06] refuses …"`. */
const idsOf = (title: string): ReadonlyArray<string> => {
  const [leading = ""] = /^(?:\s*\[[^\]]+\])*/.exec(title) ?? []
  return Array.from(leading.matchAll(/\[([^\]]+)\]/g), ([, id = ""]) => id)
}

const reference = process.env["POSTERN_REFERENCE"] ?? join(root, "../shared/reference")
const known = (file: string, pattern: RegExp): ReadonlyArray<string> | undefined => {
  const path = join(reference, file)
  if (!existsSync(path)) return undefined
  return Array.from(readFileSync(path, "utf8").matchAll(pattern), ([, id = ""]) => id)
}

const [reportFile] = process.argv.slice(2)
const report: Report = reportFile === undefined ? runTests() : JSON.parse(readFileSync(reportFile, "utf8"))

/** Every cited id with the tests that passed for it; an id that only failed or skipped tests cite has none. */
const cited = new Map<string, Array<string>>()
for (const { name, assertionResults } of report.testResults) {
  for (const { ancestorTitles, title, status } of assertionResults) {
    const titles = [...ancestorTitles, title]
    for (const id of new Set(titles.flatMap(idsOf))) {
      const tests = cited.get(id) ?? []
      if (status === "passed") tests.push(`${relative(root, name)}: ${titles.join(" > ")}`)
      cited.set(id, tests)
    }
  }
}

const print = (id: string): void => {
  const tests = cited.get(id) ?? []
  console.log(tests.length === 0 ? `${id}  -` : [id, ...tests.map((test) => `    ${test}`)].join("\n"))
}

const lists = {
  requirements: known("requirements.md", /^- ([A-Z]+\d+) /gm),
  "attack cases": known("attacks.md", /^\| ([A-Z0-9]+-\d+[a-z]?) \|/gm)
}
const everyId = new Set(Object.values(lists).flatMap((ids) => ids ?? []))
const totals: Array<string> = []
for (const [what, ids] of Object.entries(lists)) {
  if (ids === undefined) continue
  console.log(`== ${what}`)
  for (const id of ids) print(id)
  const covered = ids.filter((id) => (cited.get(id)?.length ?? 0) > 0)
  totals.push(`${what}: ${covered.length} of ${ids.length} have a test that passed`)
}
if (Object.values(lists).includes(undefined)) {
  console.log(`The reference pages are not complete in ${reference}; the cited ids are:`)
  for (const id of [...cited.keys()].sort()) if (!everyId.has(id)) print(id)
} else {
  const wrong = [...cited.keys()].filter((id) => !everyId.has(id))
  for (const id of wrong) console.error(`a test title cites ${id}, which no reference page has`)
  if (wrong.length > 0) process.exitCode = 1
}
for (const total of totals) console.log(total)

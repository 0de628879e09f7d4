// Takes each defence out of its package or program, one at a time, and expects the tests of that to fail:
// `pnpm mutants [PART-OF-PATH…]`, or `--check` to see only that each still fits. It works on copies; the working tree stays as it is. With `--by=PATH,…` other tests are
// asked instead of the package's, to see what they are worth.
import { execFile, execFileSync } from "node:child_process"
import { chmodSync, cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { root, workspacePackages } from "./workspace.ts"

const run = promisify(execFile)
const PARALLEL = 2
const TIMEOUT_MILLIS = 300_000

/**
 * A copy of the workspace in which packages import each other's copies: the links inside each package's `node_modules`
 * are relative and are copied as links; only the store of third-party packages is shared.
 */
const copyWorkspace = (target: string): void => {
  const listing = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" })
  for (const file of listing.split("\0").filter(Boolean)) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(target, file))
  }
  symlinkSync(join(root, "node_modules"), join(target, "node_modules"))
  for (const { folder } of workspacePackages()) {
    const links = join(root, folder, "node_modules")
    if (!existsSync(links)) continue
    cpSync(links, join(target, folder, "node_modules"), { recursive: true, verbatimSymlinks: true })
  }
}

/** Runs tests in a copy and counts those that fail; no report or no test at all is an error, not a kill. */
const runTests = async (copy: string, ...tests: ReadonlyArray<string>): Promise<number> => {
  const file = join(copy, "report.json")
  rmSync(file, { force: true })
  const args = ["node_modules/vitest/vitest.mjs", "run", ...tests, "--bail=1", "--cache=false"]
  const output = ["--fsModuleCache=false", "--maxWorkers=1", "--reporter=json", `--outputFile=${file}`]
  // The exit code is in the report as well.
  await run(process.execPath, [...args, ...output], { cwd: copy, timeout: TIMEOUT_MILLIS }).catch(() => undefined)
  if (!existsSync(file)) throw new Error("vitest wrote no report")
  const {
    numFailedTests: failed,
    numPassedTests: passed,
    success
  }: {
    readonly numFailedTests: number
    readonly numPassedTests: number
    readonly success: boolean
  } = JSON.parse(readFileSync(file, "utf8"))
  if (failed + passed === 0) throw new Error("no test ran")
  if (failed === 0 && !success) throw new Error("no test failed, but a file of tests could not be run")
  return failed
}

/** Where its lines are as they stand there, and nowhere else: what fits by half would take out something else. */
const patch = async (copy: string, file: string, ...flags: ReadonlyArray<string>): Promise<void> => {
  const strict = ["-p1", "--batch", "--fuzz=0", "--no-backup-if-mismatch", ...flags]
  await run("patch", [...strict, "-i", join(root, file)], { cwd: copy })
}

const changedBy = (file: string): ReadonlyArray<string> =>
  [...readFileSync(join(root, file), "utf8").matchAll(/^\+\+\+ b\/(\S+)$/gm)].map(([, path = ""]) => path)

/** Puts the files back that a patch changed, or was to change. */
const restore = (copy: string, file: string): void => {
  for (const path of changedBy(file)) {
    for (const rest of [`${path}.orig`, `${path}.rej`]) rmSync(join(copy, rest), { force: true })
    cpSync(join(pristine, path), join(copy, path))
  }
}

/** Where the defence is most likely proven: the tests that mirror the file which a patch changes. */
const nearestTests = (copy: string, file: string): string | undefined => {
  const [changed] = changedBy(file)
  const mirror = changed?.replace("/src/", "/test/").replace(/\.ts$/, ".test.ts")
  return mirror !== undefined && existsSync(join(copy, mirror)) ? mirror : undefined
}

const filters = process.argv.slice(2).filter((argument) => !argument.startsWith("--"))
/** The tests that are asked instead of those of the package. */
const judges = process.argv.flatMap((argument) => (argument.startsWith("--by=") ? argument.slice(5).split(",") : []))

/** The nearest tests first: most defences fall there, in a fraction of the time. */
const countFailed = async (copy: string, place: string, file: string): Promise<number> => {
  if (judges.length > 0) return runTests(copy, ...judges)
  const nearest = nearestTests(copy, file)
  const failed = nearest === undefined ? 0 : await runTests(copy, nearest)
  return failed > 0 ? failed : runTests(copy, `${place}/`)
}

const problems: Array<string> = []
const judge = async (copy: string, place: string, file: string): Promise<void> => {
  try {
    await patch(copy, file)
    const failed = await countFailed(copy, place, file)
    console.log(`${failed > 0 ? "killed  " : "SURVIVED"}  ${file}`)
    if (failed === 0)
      problems.push(`${file} survived: no test of ${judges.join(", ") || place} fails without this defence`)
  } catch (error) {
    console.log(`BROKEN    ${file}`)
    problems.push(`${file}: ${String(error)}`)
  } finally {
    restore(copy, file)
  }
}

const mutants = globSync("{packages,apps}/*/test/mutants/*.patch", { cwd: root })
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  .sort()
// Of a package so many at a time, so that two workers share it.
const TOGETHER = 40
const groups = [...Map.groupBy(mutants, (file) => file.split("/", 2).join("/"))].flatMap(([place, files]) =>
  Array.from(
    { length: Math.ceil(files.length / TOGETHER) },
    (_, index) => [place, files.slice(index * TOGETHER, (index + 1) * TOGETHER)] as const
  )
)

/** Whether each patch still fits the sources as they are. */
const checkAll = async (): Promise<void> => {
  for (const file of mutants) {
    await patch(root, file, "--dry-run").catch(() => problems.push(`${file} does not fit any more: make it anew`))
  }
}

const folder = mkdtempSync(join(tmpdir(), "postern-mutants-"))
// Some tests give up their rights to see what a file refuses, and have to find the copy all the same.
chmodSync(folder, 0o755)
/** The sources as they were when it began, whatever is edited meanwhile. */
const pristine = join(folder, "pristine")

/** A package's mutants one after the other, after a run without any, which must pass. */
const worker = async (number: number): Promise<void> => {
  const copy = join(folder, `copy-${number}`)
  copyWorkspace(copy)
  for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
    const [place, files] = group
    try {
      const tests = judges.length > 0 ? judges : [`${place}/`]
      if ((await runTests(copy, ...tests)) > 0) throw new Error("its tests fail without any mutant")
      for (const file of files) await judge(copy, place, file)
    } catch (error) {
      problems.push(`${place}: ${String(error)}`)
    }
  }
}

const judgeAll = async (): Promise<void> => {
  copyWorkspace(pristine)
  await Promise.all(Array.from({ length: Math.min(PARALLEL, groups.length) }, (_, number) => worker(number)))
}

try {
  await (process.argv.includes("--check") ? checkAll() : judgeAll())
} finally {
  rmSync(folder, { recursive: true, force: true })
}
for (const problem of problems) console.error(problem)
console.log(`${mutants.length} mutants, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0

// Packs every public package as it would be published and judges the tarballs: publint, are-the-types-wrong, and what
// must be inside. Run it after the build.
import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { complaint } from "./complaint.ts"
import { publicPackages, root } from "./workspace.ts"

const run = promisify(execFile)
const PARALLEL = 2
const TIMEOUT_MILLIS = 120_000

type Target = string | { readonly [condition: string]: Target }

/** The files of an entry point, under whatever conditions. */
const filesOf = (target: Target): ReadonlyArray<string> =>
  typeof target === "string" ? [target] : Object.values(target).flatMap(filesOf)

const contentProblems = async (tarball: string): Promise<ReadonlyArray<string>> => {
  const problems: Array<string> = []
  const { stdout: listing } = await run("tar", ["-tzf", tarball])
  const files = new Set(listing.split("\n"))
  const { stdout: text } = await run("tar", ["-xzOf", tarball, "package/package.json"])
  const manifest: { readonly exports?: Readonly<Record<string, Target>> } = JSON.parse(text)
  const targets = Object.values(manifest.exports ?? {}).flatMap(filesOf)
  for (const file of ["README.md", "LICENSE", ...targets.map((target) => target.replace("./", ""))]) {
    if (!files.has(`package/${file}`)) problems.push(`${file} is not in the tarball`)
  }
  if (text.includes("workspace:")) problems.push("package.json still has the workspace: protocol")
  const tests = [...files].filter((file) => file.includes(".test."))
  if (tests.length > 0) problems.push(`tests are in the tarball: ${tests.join(", ")}`)
  return problems
}

const judge = async (tarball: string): Promise<ReadonlyArray<string>> => {
  const tool = async (name: string, ...args: ReadonlyArray<string>) => {
    const printed = await complaint(join(root, "node_modules/.bin", name), args, TIMEOUT_MILLIS)
    return printed === undefined ? [] : [`${name}: ${printed}`]
  }
  const problems = await contentProblems(tarball)
  const publint = await tool("publint", "run", tarball, "--strict")
  return [
    ...problems,
    ...publint,
    ...(await tool("attw", tarball, "--profile", "esm-only", "--no-emoji", "--no-color"))
  ]
}

const folder = mkdtempSync(join(tmpdir(), "postern-packages-"))
try {
  const filters = publicPackages().map(({ manifest }) => `--filter=${manifest.name}`)
  await run("pnpm", [...filters, "-r", "pack", "--pack-destination", folder], { cwd: root, timeout: TIMEOUT_MILLIS })
  const tarballs = readdirSync(folder).sort()
  if (tarballs.length !== filters.length) throw new Error(`packed ${tarballs.length} of ${filters.length} packages`)
  const waiting = [...tarballs]
  const worker = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const problems = await judge(join(folder, name))
      console.log(problems.length === 0 ? `ok      ${name}` : `FAILED  ${name}\n${problems.join("\n")}`)
      if (problems.length > 0) process.exitCode = 1
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

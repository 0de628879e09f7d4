// What no file of the repository may hold: registry addresses, private keys and tests that are switched off. And what the pages of
// threats and invariants name has to be there.
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { missingTests } from "./missing-tests.ts"
import { root } from "./workspace.ts"

const RULES: ReadonlyArray<{ readonly files: RegExp; readonly pattern: RegExp; readonly what: string }> = [
  { files: /./, pattern: /https?:\/\/[^\s"'`)]*\bregistry\b[^\s"'`)]*/i, what: "a registry address" },
  { files: /./, pattern: /^\s*(?:@[\w-]+:)?registry\s*=|_authToken\s*=/m, what: "a registry setting" },
  {
    files: /^(?!.*\btest).*$/,
    pattern: /PRIVATE KEY-----\s+[\w+/]{40,}|"d"\s*:\s*"[\w-]{40,}"/,
    what: "a private key"
  },
  { files: /^pnpm-lock\.yaml$/, pattern: /\btarball:\s*\S+|https?:\/\/\S+/, what: "a tarball URL" },
  {
    files: /\.test\.ts$/,
    pattern: /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:skip|todo|only|skipIf|runIf|fails)\b|\bx(?:it|describe)\(/,
    what: "a test that is switched off"
  },
  { files: /\.test\.ts$/, pattern: /\{\s*(?:skip|todo|only|fails):/, what: "a test that is switched off" }
]

const listing = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" })
const files = listing.split("\0").filter((file) => file !== "" && existsSync(join(root, file)))
let problems = 0
for (const file of files) {
  const text = readFileSync(join(root, file), "utf8")
  if (file === "scripts/check-repository.ts" || text.includes("\0")) continue
  for (const { pattern, what } of RULES.filter((rule) => rule.files.test(file))) {
    const found = pattern.exec(text)
    if (found === null) continue
    problems++
    const line = text.slice(0, found.index).split("\n").length
    console.error(`${file}:${line} holds ${what}`)
  }
}
for (const problem of ["docs/threats.md", "docs/invariants.md"].flatMap(missingTests)) {
  problems++
  console.error(problem)
}
console.log(`${files.length} files, ${problems} problems`)
process.exitCode = problems > 0 ? 1 : 0

// Puts each example into the README regions that name it: `<!-- example: examples/NAME.ts -->` to `<!-- /example -->`.
// With `--check` it writes nothing and fails when a README is behind.
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./workspace.ts"

const check = process.argv.includes("--check")
const REGION = /<!-- example: (\S+) -->\n[\s\S]*?<!-- \/example -->/g

const problems: Array<string> = []
const shown = new Set<string>()

const region = (readme: string, example: string): string => {
  shown.add(example)
  const path = join(root, example)
  if (!existsSync(path)) {
    problems.push(`${readme} shows ${example}, which does not exist`)
    return ""
  }
  return `\`\`\`ts\n${readFileSync(path, "utf8").trimEnd()}\n\`\`\`\n`
}

for (const readme of ["README.md", ...globSync(["packages/*/README.md", "apps/*/README.md"], { cwd: root }).sort()]) {
  const path = join(root, readme)
  if (!existsSync(path)) continue
  const before = readFileSync(path, "utf8")
  const opened = before.match(/<!-- example:/g)?.length ?? 0
  if (opened !== (before.match(REGION)?.length ?? 0))
    problems.push(`${readme} has an example region that is not closed`)
  const after = before.replace(
    REGION,
    (_, example: string) => `<!-- example: ${example} -->\n${region(readme, example)}<!-- /example -->`
  )
  if (after === before) continue
  if (check) problems.push(`${readme} is behind its examples: run \`pnpm run examples-sync\``)
  else writeFileSync(path, after)
}
for (const example of globSync("examples/*.ts", { cwd: root }).sort()) {
  if (!shown.has(example)) problems.push(`no README shows ${example}`)
}
for (const problem of problems) console.error(problem)
console.log(`${shown.size} examples in READMEs, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0

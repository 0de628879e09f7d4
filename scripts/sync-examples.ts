// Puts each example into the README regions that name it: `<!-- example: examples/NAME.ts -->` to `<!-- /example -->`.
// With `--check` it writes nothing and fails when a README is behind. Either way it fails when who copies the code of a page
// would miss something: a package that no install line of the page names, or a file that the page does not link to.
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { importsOf, unnamedImports } from "./unnamed-imports.ts"
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

/** The files of the repository that the examples of a page import. */
const filesBesides = (page: string): ReadonlyArray<string> => [
  ...new Set(
    [...page.matchAll(REGION)].flatMap(([text, example = ""]) =>
      importsOf(text)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => join(dirname(example), specifier))
    )
  )
]

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
const pages = globSync(["*.md", "packages/*/README.md", "apps/*/README.md", "docs/*.md"], { cwd: root }).sort()
for (const page of pages) {
  const text = readFileSync(join(root, page), "utf8")
  const besides = filesBesides(text)
  for (const file of besides) {
    if (!text.includes(`/${file})`)) problems.push(`${page} has an example that imports ${file}, and no link to it`)
  }
  const unnamed = unnamedImports(
    text,
    besides.map((file) => readFileSync(join(root, file), "utf8"))
  )
  if (unnamed.length > 0) problems.push(`${page} has no install line that names ${unnamed.join(", ")}`)
}
for (const problem of problems) console.error(problem)
console.log(`${shown.size} examples in READMEs, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0

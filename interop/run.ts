// Runs every judge and prints what each said: `pnpm interop [--quick]`. Exit 1 when one of them reports a failure.
import { readFileSync } from "node:fs"
import { compliance } from "./compliance.ts"
import { mcpjam } from "./mcpjam.ts"
import { officialServer } from "./official-server.ts"
import { oidcProvider } from "./oidc-provider.ts"
import type { Judge, Line } from "./verdict.ts"

const quick = process.argv.includes("--quick")
const JUDGES: ReadonlyArray<Judge> = [mcpjam, compliance, officialServer, oidcProvider]

const versionOf = (name: string): string => {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")
  )
  return manifest.version
}

const count = (lines: ReadonlyArray<Line>, outcome: Line["outcome"]): number =>
  lines.filter((line) => line.outcome === outcome).length

let failures = 0
for (const judge of JUDGES) {
  const start = performance.now()
  console.log(`${judge.package} ${versionOf(judge.package)}`)
  for (const { judge: name, lines } of await judge.run({ quick })) {
    const unexplained = lines.filter(({ outcome, name }) => outcome === "skipped" && judge.skips[name] === undefined)
    const failed = lines.filter(({ outcome }) => outcome === "failed")
    failures += failed.length + unexplained.length
    const counts = `${count(lines, "passed")} passed, ${failed.length} failed, ${count(lines, "skipped")} skipped`
    console.log(`  ${name}: ${counts}`)
    for (const line of failed) console.log(`    FAILED   ${line.name}: ${line.said ?? ""}`)
    for (const line of unexplained) console.log(`    SKIPPED WITHOUT A REASON  ${line.name}: ${line.said ?? ""}`)
    for (const { name, outcome } of lines) {
      const why = judge.skips[name]
      if (outcome === "skipped" && why !== undefined) console.log(`    skipped  ${name}: ${why}`)
    }
  }
  console.log(`  ${((performance.now() - start) / 1000).toFixed(1)} s`)
}
console.log(failures === 0 ? "every judge is content" : `${failures} failures`)
// Judges leave timers and sockets behind.
process.exit(failures === 0 ? 0 : 1)

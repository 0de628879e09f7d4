// Runs every judge and prints what each said: `pnpm interop [--quick] [NAME]…`. Exit 1 when one of them reports a failure.
import { readFileSync } from "node:fs"
import { betterAuthServer } from "./better-auth.ts"
import { compliance } from "./compliance.ts"
import { inspector } from "./inspector.ts"
import { mcpRemote } from "./mcp-remote.ts"
import { mcpjam } from "./mcpjam.ts"
import { officialAuthorization } from "./official-authorization.ts"
import { officialServer } from "./official-server.ts"
import { oidcProvider } from "./oidc-provider.ts"
import { oidcProviderClient } from "./oidc-provider-client.ts"
import { oauth4webapi } from "./oauth4webapi.ts"
import { openidClient } from "./openid-client.ts"
import { sdkClient } from "./sdk-client.ts"
import { workersOauthProvider } from "./workers-oauth-provider.ts"
import type { Judge, Line, Verdict } from "./verdict.ts"

const quick = process.argv.includes("--quick")
const wanted = process.argv.slice(2).filter((name) => !name.startsWith("--"))
const JUDGES: Readonly<Record<string, Judge>> = {
  mcpjam,
  compliance,
  "official-server": officialServer,
  "official-authorization": officialAuthorization,
  "oidc-provider": oidcProvider,
  "oidc-provider-client": oidcProviderClient,
  "better-auth": betterAuthServer,
  "workers-oauth-provider": workersOauthProvider,
  "openid-client": openidClient,
  oauth4webapi,
  "sdk-client": sdkClient,
  inspector,
  "mcp-remote": mcpRemote
}

for (const name of wanted) {
  if (JUDGES[name] !== undefined) continue
  console.error(`there is no ${name}: ${Object.keys(JUDGES).join(", ")}`)
  process.exit(2)
}

// The programs of others that are running end with this one.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1))

const versionOf = (name: string): string => {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")
  )
  return manifest.version
}

const count = (lines: ReadonlyArray<Line>, outcome: Line["outcome"]): number =>
  lines.filter((line) => line.outcome === outcome).length

/** What a judge said; that it did not come to an end is a failure like another. */
const hear = async (judge: Judge): Promise<ReadonlyArray<Verdict>> => {
  try {
    return await judge.run({ quick })
  } catch (error) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return [{ judge: "the run", lines: [{ name: "comes to an end", outcome: "failed", said }] }]
  }
}

let failures = 0
for (const [file, judge] of Object.entries(JUDGES)) {
  if (wanted.length > 0 && !wanted.includes(file)) continue
  const start = performance.now()
  console.log(`${file}: ${judge.package} ${versionOf(judge.package)}`)
  for (const { judge: name, lines } of await hear(judge)) {
    if (lines.length === 0) {
      failures++
      console.log(`  ${name}: FAILED, nothing was said`)
      continue
    }
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

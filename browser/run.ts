// What only a browser can tell, in Chromium: `pnpm browser [--screenshots FOLDER] [NAME]…`. Exit 1 when something does not hold, 2 when
// there is no Chromium.
import { parseArgs } from "node:util"
import { type Checks, makeChecks } from "./checks.ts"
import { findChromium } from "./chromium.ts"
import { checkHttps } from "./https.ts"
import { checkInAPage } from "./in-a-page.ts"
import { checkPages } from "./pages/run.ts"
import { checkClient, checkDemo } from "./programs.ts"

const { positionals, values } = parseArgs({ allowPositionals: true, options: { screenshots: { type: "string" } } })

if (findChromium() === undefined) {
  console.error(`There is no Chromium at /usr/bin/chromium. Install it with

  apt-get install chromium

or name one in POSTERN_CHROMIUM.`)
  process.exit(2)
}

const PARTS: Readonly<Record<string, readonly [title: string, run: (checks: Checks) => Promise<void>]>> = {
  pages: ["the pages of the authorization server", (checks) => checkPages(checks, values.screenshots)],
  https: ["its cookie over https", checkHttps],
  demo: ["the demo in one's own browser", checkDemo],
  client: ["the client as a program", checkClient],
  page: ["the client in a page", checkInAPage]
}

const unknown = positionals.find((name) => PARTS[name] === undefined)
if (unknown !== undefined) {
  console.error(`there is no ${unknown}: ${Object.keys(PARTS).join(", ")}`)
  process.exit(2)
}

const checks = makeChecks((line) => console.log(line))
for (const [name, [title, run]] of Object.entries(PARTS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  console.log(title)
  // One part that breaks must not hide the others.
  await run(checks).catch((error: unknown) =>
    checks.that("comes to an end", false, error instanceof Error ? error.message : String(error))
  )
}
console.log(`${checks.count()} checks, ${checks.failures()} failed`)
process.exit(checks.failures() === 0 ? 0 : 1)

// `pnpm demo --browser` with this browser in the place of the person's own.
import { spawn } from "node:child_process"
import { createServer } from "node:http"
import { delimiter, dirname } from "node:path"
import { fileURLToPath } from "node:url"
import type { BrowserContext } from "playwright-core"
import type { Checks } from "./checks.ts"
import { withBrowser } from "./chromium.ts"
import { decide, isConsent, isSignIn, signIn } from "./person.ts"

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Opens what the demo's opener was given, and does there what the demo asks the person to do. */
const act = async (context: BrowserContext, url: string, password: string): Promise<string> => {
  const page = await context.newPage()
  await page.goto(url)
  if (await isSignIn(page)) await signIn(page, { username: "alice", password })
  if (await isConsent(page)) await decide(page, "approve")
  await page.waitForLoadState()
  const shown = await page.title()
  await page.close()
  return shown
}

/** Plays the demo to its end. */
export const checkDemo = (checks: Checks): Promise<void> =>
  withBrowser(async (context) => {
    let said = ""
    const ended: Array<Promise<string>> = []
    const opener = createServer(async (request, response) => {
      const url = (await request.toArray()).join("")
      response.end()
      const password = /with the password (\S+)\./.exec(said)?.[1] ?? ""
      ended.push(act(context, url, password).catch((error: unknown) => String(error)))
    })
    await new Promise<void>((resolve) => opener.listen(0, "127.0.0.1", resolve))
    const address = opener.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    const demo = spawn(
      process.execPath,
      ["--conditions=@postern/source", fileOf("../apps/demo/src/main.ts"), "--browser", "--json"],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...process.env,
          PATH: [fileOf("opener"), dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
          POSTERN_BROWSER: `http://127.0.0.1:${port}/`
        },
        timeout: 120_000
      }
    )
    let json = ""
    demo.stdout.on("data", (data: Buffer) => void (json += data.toString()))
    demo.stderr.on("data", (data: Buffer) => void (said += data.toString()))
    const code = await new Promise((resolve) => demo.once("close", resolve))
    opener.close()
    const titles = await Promise.all(ended)
    checks.that("the demo opens the browser for each login of the user", titles.length >= 4, titles)
    checks.that(
      "each ends at the page that says so",
      titles.every((title) => title === "Authorization received"),
      titles
    )
    const { outcomes } = JSON.parse(json) as {
      readonly outcomes: ReadonlyArray<{ readonly title: string; readonly holds: boolean }>
    }
    for (const { holds, title } of outcomes) if (!holds) checks.that(title, false)
    checks.same("and the whole story holds", code, 0)
  })

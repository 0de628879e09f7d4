// Programs that open a browser, and get this one.
import { spawn } from "node:child_process"
import { createServer } from "node:http"
import { delimiter, dirname } from "node:path"
import { fileURLToPath } from "node:url"
import type { BrowserContext, Page } from "playwright-core"

/** How a program ended, what it said, and the titles of the pages at which its browser ended. */
export interface Opened {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
  readonly titles: ReadonlyArray<string>
}

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Runs a program of `apps/`; `act` is what the person does at each address that it opens, told what it said so far. */
export const runOpened = async (
  context: BrowserContext,
  app: string,
  args: ReadonlyArray<string>,
  act: (page: Page, stderr: string) => Promise<void>
): Promise<Opened> => {
  const said = { stdout: "", stderr: "" }
  const visits: Array<Promise<string>> = []
  const visit = async (url: string): Promise<string> => {
    const page = await context.newPage()
    await page.goto(url)
    await act(page, said.stderr)
    await page.waitForLoadState()
    const title = await page.title()
    await page.close()
    return title
  }
  const opener = createServer(async (request, response) => {
    const url = (await request.toArray()).join("")
    response.end()
    visits.push(visit(url).catch((error: unknown) => String(error)))
  })
  await new Promise<void>((resolve) => opener.listen(0, "127.0.0.1", resolve))
  const address = opener.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  const program = spawn(
    process.execPath,
    ["--conditions=@postern/source", fileOf(`../apps/${app}/src/main.ts`), ...args],
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
  for (const stream of ["stdout", "stderr"] as const) {
    program[stream].on("data", (data: Buffer) => void (said[stream] += data.toString()))
  }
  const code = await new Promise((resolve) => program.once("close", resolve))
  opener.close()
  return { code, ...said, titles: await Promise.all(visits) }
}

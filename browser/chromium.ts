// Chromium as it is installed on the machine, with a profile of its own that ends with the run.
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type BrowserContext, chromium } from "playwright-core"

const PLACES = [process.env["POSTERN_CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser"]

/** The program, or `undefined` where there is none. */
export const findChromium = (): string | undefined => PLACES.find((place) => place !== undefined && existsSync(place))

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync"
]

/** A browser in which nobody has ever been. */
export const withBrowser = async <A>(
  use: (context: BrowserContext) => Promise<A>,
  options: { readonly ignoreHTTPSErrors?: boolean } = {}
): Promise<A> => {
  const profile = await mkdtemp(join(tmpdir(), "postern-browser-"))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium() ?? "",
    args: FLAGS,
    ...options
  })
  context.setDefaultTimeout(20_000)
  try {
    return await use(context)
  } finally {
    await context.close()
    await rm(profile, { recursive: true, force: true })
  }
}

// One authorization server, one browser, and a client's redirect URI.
import { join } from "node:path"
import type { BrowserContext, Page } from "playwright-core"
import { type Recorder, startWorld, type World } from "../../apps/demo/src/index.ts"
import { type CallbackServer, startCallbackServer } from "../callback-server.ts"
import type { Checks } from "../checks.ts"
import { withBrowser } from "../chromium.ts"
import { authorizationUrl, registerStranger } from "../stranger.ts"

/** Texts that would run somewhere, if they were taken for something else than text. */
export const HOSTILE = [
  `"><script>window.ran = 1</script>`,
  `</title><svg onload="window.ran = 1">`,
  `<img src=x onerror="window.ran = 1">`,
  `</style><script>window.ran = 1</script>`,
  `{{constructor.constructor('window.ran = 1')()}}`,
  `javascript:window.ran=1//`
] as const

/** Where the pages are looked at. */
export interface Stage {
  readonly world: World
  readonly context: BrowserContext
  readonly back: CallbackServer
  readonly checks: Checks
  /** How long the server takes for each form. */
  readonly pace: { millis: number }
  readonly shoot: (page: Page, name: string) => Promise<void>
}

/** Starts all of it, and ends it. */
export const withStage = async (
  checks: Checks,
  screenshots: string | undefined,
  use: (stage: Stage) => Promise<void>
): Promise<void> => {
  const pace = { millis: 0 }
  const recorder: Recorder = {
    exchanges: [],
    tap: () => (handler) => async (request) => {
      const response = await handler(request)
      if (request.method === "POST") await new Promise((resolve) => setTimeout(resolve, pace.millis))
      return response
    }
  }
  const world = await startWorld(recorder)
  const back = await startCallbackServer()
  const shoot = async (page: Page, name: string) => {
    if (screenshots !== undefined) await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
  }
  try {
    await withBrowser((context) => use({ world, back, context, checks, pace, shoot }))
  } finally {
    await back.close()
    await world.close()
  }
}

/** An authorization request of a client that registers itself under this name. */
export const ask = async ({ back, world }: Stage, name: string): Promise<string> => {
  const { redirectUri } = back
  const clientId = await registerStranger(world.issuer, { name, redirectUri })
  return authorizationUrl(world.issuer, { clientId, redirectUri, resource: world.notes })
}

/** Elements that would run, fetch or frame something, and whether something ran. */
export const foreign = (page: Page): Promise<readonly [elements: number, ran: boolean]> =>
  page.evaluate(() => [
    document.querySelectorAll("script, img, svg, iframe, object, embed, link, base, [onload], [onerror]").length,
    "ran" in window
  ])

// The client bundled for a browser: a whole code flow in a page, across three origins.
import type { BrowserContext, Page } from "playwright-core"
import { startWorld, type World } from "../apps/demo/src/index.ts"
import type { Checks } from "./checks.ts"
import { withBrowser } from "./chromium.ts"
import type { App } from "./page/app.ts"
import { startAppServer } from "./page/server.ts"
import { signIn } from "./person.ts"
import { quiet } from "./quiet.ts"

declare const app: App

/** From a page that has never heard of the servers to a tool's answer, and out again. */
export const checkInAPage = async (checks: Checks): Promise<void> => {
  const world = await startWorld(quiet)
  const server = await startAppServer([world.issuer, new URL(world.notes).origin])
  try {
    await withBrowser(async (context) => {
      const page = await context.newPage()
      const told: Array<string> = []
      page.on("console", (message) => void (message.type() === "error" && told.push(message.text())))
      page.on("pageerror", (error) => void told.push(error.message))
      await page.goto(server.origin)
      await useTools(page, context, world, checks)
      await keepNothing(page, world, checks)
      await leaveThePages(page, world, checks)
      // A 401 and a 403 are answers; the browser writes them down as errors all the same.
      checks.same(
        "and nothing was refused on the way that should not be",
        told.filter((line) => !/40[13]|CORS|Failed to load/.test(line)),
        []
      )
      await signOut(page, world, checks)
    })
  } finally {
    await server.close()
    await world.close()
  }
}

const useTools = async (page: Page, context: BrowserContext, { notes, user }: World, checks: Checks): Promise<void> => {
  const call = (tool: string, parameters: object = {}) =>
    page.evaluate(([notes, tool, parameters]) => app.call(notes, "tools/call", { name: tool, arguments: parameters }), [
      notes,
      tool,
      parameters
    ] as const)
  const inWindow = async <A>(work: Promise<A>, act: (popup: Page) => Promise<void>): Promise<A> => {
    const [popup, done] = await Promise.all([context.waitForEvent("page"), Promise.resolve({ work })])
    await popup.waitForLoadState()
    await act(popup)
    return done.work
  }
  const read = await inWindow(call("read_notes"), async (popup) => {
    await signIn(popup, user)
    await popup.click('button[value="approve"]')
  })
  checks.that(
    "discovery, registration, login and token across origins: a tool answers",
    read[0] === 200 && read[1].includes("no notes"),
    read
  )
  const written = await inWindow(call("write_note", { text: "from a page" }), async (popup) => {
    await popup.click('button[value="approve"]')
  })
  checks.that(
    "a 403 is read across origins, and more is asked for",
    written[0] === 200 && written[1].includes("written"),
    written
  )
}

const keepNothing = async (page: Page, { notes }: World, checks: Checks): Promise<void> => {
  const [token, places] = await page.evaluate(async (notes) => {
    const token = await app.token(notes)
    const caches = await window.caches.keys()
    const databases = await indexedDB.databases()
    return [
      token,
      [Object.keys(localStorage), Object.keys(sessionStorage), caches, databases, document.cookie, location.search]
    ] as const
  }, notes)
  checks.that("the token is held", token !== undefined && token.split(".").length === 3)
  checks.same("and kept in no storage, database, cache, cookie or address", places, [[], [], [], [], "", ""])
}

/** Pages are for the browser's user: no other page may read one (OAuth 2.1 section 3.1). */
const leaveThePages = async (page: Page, { issuer }: World, checks: Checks): Promise<void> => {
  const outcome = (path: string, init: { readonly method?: string; readonly credentials?: RequestCredentials } = {}) =>
    page.evaluate(
      ([url, init]) =>
        fetch(url, init).then(
          ({ status }) => String(status),
          () => "refused"
        ),
      [`${issuer}${path}`, init] as const
    )
  checks.same("no page reads the authorization endpoint", await outcome("/authorize?client_id=a"), "refused")
  checks.same("nor a consent", await outcome("/consent", { method: "POST" }), "refused")
  checks.same("the token endpoint answers a page", await outcome("/token", { method: "POST" }), "400")
  checks.same(
    "but none that sends cookies along",
    await outcome("/token", { method: "POST", credentials: "include" }),
    "refused"
  )
  checks.same("metadata is for every page", await outcome("/.well-known/oauth-authorization-server"), "200")
}

const signOut = async (page: Page, { notes }: World, checks: Checks): Promise<void> => {
  const token = await page.evaluate((notes) => app.token(notes), notes)
  checks.same("signing out revokes both tokens", await page.evaluate((notes) => app.signOut(notes), notes), 2)
  checks.same(
    "and holds none",
    [token === undefined, (await page.evaluate((notes) => app.token(notes), notes)) ?? null],
    [false, null]
  )
}

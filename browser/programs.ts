// `pnpm demo --browser` and the client, with this browser in the place of the person's own.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Page } from "playwright-core"
import { type Person, startWorld } from "../apps/demo/src/index.ts"
import type { Checks } from "./checks.ts"
import { withBrowser } from "./chromium.ts"
import { runOpened } from "./opened.ts"
import { decide, isConsent, isSignIn, signIn } from "./person.ts"
import { quiet } from "./quiet.ts"

const RECEIVED = "Authorization received"

const allow = async (page: Page, person: Person): Promise<void> => {
  if (await isSignIn(page)) await signIn(page, person)
  if (await isConsent(page)) await decide(page, "approve")
}

interface Story {
  readonly outcomes: ReadonlyArray<{ readonly title: string; readonly holds: boolean }>
}

/** Plays the demo to its end. */
export const checkDemo = (checks: Checks): Promise<void> =>
  withBrowser(async (context) => {
    const { code, stdout, titles } = await runOpened(context, "demo", ["--browser", "--json"], (page, stderr) =>
      allow(page, { username: "alice", password: /with the password (\S+)\./.exec(stderr)?.[1] ?? "" })
    )
    checks.that("the demo opens the browser for each login of the user", titles.length >= 4, titles)
    checks.that(
      "each ends at the page that says so",
      titles.every((title) => title === RECEIVED),
      titles
    )
    const { outcomes }: Story = JSON.parse(stdout)
    for (const { holds, title } of outcomes) if (!holds) checks.that(title, false)
    checks.same("and the whole story holds", code, 0)
  })

/** Logs in with the client, and has the person refuse. */
export const checkClient = async (checks: Checks): Promise<void> => {
  const world = await startWorld(quiet)
  const folder = await mkdtemp(join(tmpdir(), "postern-browser-client-"))
  const at = ["connect", world.notes, "--json", "--store", join(folder, "credentials.json")]
  try {
    await withBrowser(async (context) => {
      const refused = await runOpened(context, "client", at, async (page) => {
        await signIn(page, world.user)
        await decide(page, "deny")
      })
      checks.same("who refuses is told to the client", [refused.code, refused.titles], [4, [RECEIVED]])
      const connected = await runOpened(context, "client", at, (page) => allow(page, world.user))
      checks.same("the client opens the browser, and is logged in", [connected.code, connected.titles], [0, [RECEIVED]])
      const again = await runOpened(context, "client", at, () => Promise.resolve())
      checks.same("and opens none when it is called again", [again.code, again.titles], [0, []])
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
    await world.close()
  }
}

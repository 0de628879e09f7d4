// What people do with a browser that no protocol foresees: go back, press twice.
import type { Page } from "playwright-core"
import { decide, isConsent, signIn } from "../person.ts"
import { ask, type Stage } from "./stage.ts"

/** The back button, after an answer. */
export const goBack = async (stage: Stage): Promise<void> => {
  const { back, checks, context, shoot, world } = stage
  await context.clearCookies()
  const page = await context.newPage()
  await page.goto(await ask(stage, "Going back"))
  await signIn(page, world.user)
  await decide(page, "approve")
  const arrived = back.arrivals.length
  await page.goBack()
  await shoot(page, "gone-back")
  checks.that("the page that was answered is gone", (await page.innerText("body")).includes("answered already"))
  checks.same("with no form on it", await page.locator("form").count(), 0)
  await page.goBack()
  checks.that("the request itself is asked anew", await isConsent(page), await page.innerText("body"))
  checks.same("and nothing is sent without the person", back.arrivals.length, arrived)
  await decide(page, "approve")
  const [first, second] = back.arrivals.slice(-2).map(({ parameters }) => parameters.get("code"))
  checks.that("who allows once more gets another code", first !== second && second !== null, [first, second])
  await page.close()
}

/** A button pressed twice, while the answer to the first time is on its way: the browser leaves that for the second. */
export const pressTwice = async (stage: Stage): Promise<void> => {
  const { back, checks, context, pace, shoot, world } = stage
  await context.clearCookies()
  const page = await context.newPage()
  await page.goto(await ask(stage, "Pressed twice"))
  await page.fill('input[name="username"]', world.user.username)
  await page.fill('input[name="password"]', world.user.password)
  pace.millis = SLOW
  await press(page, 'button[type="submit"]')
  await page.waitForSelector('button[value="approve"]', PATIENCE).catch(() => undefined)
  checks.that("Sign in, pressed twice, leads to the question", await isConsent(page), await page.innerText("body"))
  await shoot(page, "sign-in-twice")
  const before = back.arrivals.length
  await press(page, 'button[value="approve"]')
  await page.waitForURL((url) => url.href.startsWith(back.redirectUri), PATIENCE).catch(() => undefined)
  // Whatever the second press may lead to has come by then.
  await page.waitForTimeout(2 * SLOW)
  pace.millis = 0
  await shoot(page, "allow-twice")
  const codes = back.arrivals.slice(before).map(({ parameters }) => parameters.get("code"))
  checks.same("Allow, pressed twice, sends one code, once", [codes.length, codes[0] === null], [1, false])
  checks.that("and leads to the client", page.url().startsWith(back.redirectUri), await page.innerText("body"))
  await page.close()
}

const SLOW = 700

const PATIENCE = { timeout: 20_000 }

const press = (page: Page, button: string): Promise<void> => page.dblclick(button, { delay: 60, noWaitAfter: true })

// Somebody at the pages of the authorization server.
import type { Page } from "playwright-core"
import type { Person } from "../apps/demo/src/index.ts"

/** Fills in the login form. */
export const signIn = async (page: Page, { password, username }: Person): Promise<void> => {
  await page.fill('input[name="username"]', username)
  await page.fill('input[name="password"]', password)
  await Promise.all([page.waitForNavigation(), page.click('button[type="submit"]')])
}

/** Presses a button of the consent form. */
export const decide = async (page: Page, decision: "approve" | "deny"): Promise<void> => {
  await Promise.all([page.waitForNavigation(), page.click(`button[value="${decision}"]`)])
}

/** Whether this is the login form. */
export const isSignIn = async (page: Page): Promise<boolean> =>
  (await page.locator('input[type="password"]').count()) > 0

/** Whether this is the consent form. */
export const isConsent = async (page: Page): Promise<boolean> =>
  (await page.locator('button[value="approve"]').count()) > 0

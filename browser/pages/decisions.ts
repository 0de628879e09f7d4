// What the person decides.
import { decide } from "../person.ts"
import { ask, type Stage } from "./stage.ts"

/** Refusing, and the Enter key. */
export const decisions = async (stage: Stage): Promise<void> => {
  const { back, checks, context } = stage
  const answer = () => back.arrivals.at(-1)?.parameters.get("error")
  const page = await context.newPage()
  await page.goto(await ask(stage, "Refused"))
  await decide(page, "deny")
  checks.same("who refuses sends access_denied", answer(), "access_denied")
  const before = back.arrivals.length
  await page.goto(await ask(stage, "Enter"))
  await page.focus('input[type="checkbox"]')
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")])
  checks.same("the Enter key allows nothing", [back.arrivals.length - before, answer()], [1, "access_denied"])
  await page.close()
}

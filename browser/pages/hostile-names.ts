// A client whose name is markup.
import { ask, foreign, HOSTILE, type Stage } from "./stage.ts"

/** The login page of each. */
export const hostileNames = async (stage: Stage): Promise<void> => {
  const { checks, context, shoot } = stage
  for (const [index, name] of HOSTILE.entries()) {
    const page = await context.newPage()
    let dialogs = 0
    page.on("dialog", (dialog) => {
      dialogs++
      void dialog.dismiss()
    })
    await page.goto(await ask(stage, name))
    checks.same(`sign-in runs nothing of ${name}`, [...(await foreign(page)), dialogs], [0, false, 0])
    checks.that("sign-in shows it as it is written", (await page.innerText("body")).includes(name))
    if (index === 0) await shoot(page, "sign-in")
    await page.close()
  }
}

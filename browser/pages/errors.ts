// Requests that may not be answered at the client.
import { authorizationUrl, registerStranger } from "../stranger.ts"
import { foreign, HOSTILE, type Stage } from "./stage.ts"

/** The error pages. */
export const errors = async ({ back, checks, context, shoot, world }: Stage): Promise<void> => {
  const page = await context.newPage()
  const before = back.arrivals.length
  const { redirectUri } = back
  const clientId = await registerStranger(world.issuer, { name: "Errors", redirectUri })
  const facts = { clientId, redirectUri, resource: world.notes }
  for (const markup of HOSTILE.slice(0, 3)) {
    for (const parameter of ["client_id", "redirect_uri"]) {
      const response = await page.goto(authorizationUrl(world.issuer, facts, { [parameter]: markup }))
      checks.same(
        `the page about the ${parameter} ${markup} stays, links nowhere and runs nothing`,
        [(response?.status() ?? 0) >= 400, await page.locator("a").count(), ...(await foreign(page))],
        [true, 0, 0, false]
      )
    }
  }
  await shoot(page, "error")
  checks.same("nothing was sent to the client", back.arrivals.length, before)
  await page.goto(`${world.issuer}/interaction?interaction=of-somebody-else`)
  checks.same("a page of somebody else's request is none", await page.locator("form").count(), 0)
  await page.close()
}

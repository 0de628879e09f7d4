// A whole login.
import { decide, signIn } from "../person.ts"
import { ask, foreign, HOSTILE, type Stage } from "./stage.ts"

/** From the login page to the client. */
export const login = async (stage: Stage): Promise<void> => {
  const { back, checks, context, shoot, world } = stage
  const page = await context.newPage()
  await page.goto(await ask(stage, HOSTILE[0]))
  await signIn(page, { ...world.user, password: "wrong" })
  checks.that("a wrong password is said on the page", await page.getByRole("alert").isVisible())
  await shoot(page, "wrong-password")
  const before = await cookie(stage)
  await signIn(page, world.user)
  const after = await cookie(stage)
  checks.that("signing in changes the session's cookie", before !== undefined && before.value !== after?.value)
  checks.same(
    "the cookie: HttpOnly, SameSite=Lax, for the session, for the whole host, as http has no Secure",
    after && [after.httpOnly, after.sameSite, after.expires, after.path, after.secure],
    [true, "Lax", -1, "/", false]
  )
  checks.same("no script of the page's origin sees it", await page.evaluate(() => document.cookie), "")
  checks.same("consent runs nothing of the client's name", await foreign(page), [0, false])
  const facts = await page.innerText("dl")
  checks.that("consent shows where the answer goes", facts.includes(new URL(back.redirectUri).host), facts)
  await shoot(page, "consent")
  await decide(page, "approve")
  checks.that("the form's redirect to loopback is followed", page.url().startsWith(`${back.redirectUri}?`), page.url())
  const [arrival] = back.arrivals
  checks.same(
    "one GET with code, state and iss",
    [back.arrivals.length, arrival?.method, [...(arrival?.parameters.keys() ?? [])].toSorted()],
    [1, "GET", ["code", "iss", "state"]]
  )
  checks.same("no referrer goes along", arrival?.headers.referer, undefined)
  await page.close()
}

const cookie = async ({ context, world }: Stage) =>
  (await context.cookies(world.issuer)).find(({ name }) => name.startsWith("postern-"))

import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { MaxOpsBeforeYield } from "effect/Scheduler"
import { beforeEach, describe, expect, it } from "vitest"
import type { Answer } from "../../src/http/answer.ts"
import { makePresses } from "../../src/interaction/presses.ts"
import { authorizeUrl, Browser, makeWorld, redirectOf, tokenRequest, type World } from "../fixture.ts"

let world: World
let browser: Browser
beforeEach(async () => {
  world = await makeWorld()
  browser = new Browser(world)
})

const APPROVE = { decision: "approve", scope: "notes:read" }
const GOOD = { username: "ada", password: "ada's password" }
const codesOf = (): number => world.store.dump().split('"codeHash"').length - 1

describe("a button that is pressed twice", () => {
  it("[CNS-18] allows once: both times the same code, which is worth what one is worth", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    const atOnce = await Promise.all([browser.submit(facts, APPROVE), browser.submit(facts, APPROVE)])
    world.now += 9
    const answers = [...atOnce, await browser.submit(facts, APPROVE)]
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303])
    const [code, ...others] = answers.map((answer) =>
      new URL(answer.headers.get("location") ?? "").searchParams.get("code")
    )
    expect(others).toEqual([code, code])
    expect(codesOf()).toBe(1)
    const redeemed = await Promise.all([1, 2].map(() => world.handle(tokenRequest({ code: code ?? "" }))))
    expect(redeemed.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 400])
  })

  it("signs in once, though the browser has not taken the new cookie yet", async () => {
    const facts = await browser.facts(browser.get(authorizeUrl()))
    const { cookie } = browser
    const first = await browser.submit(facts, GOOD)
    const second = new Browser(world)
    second.cookie = cookie
    const again = await second.submit(facts, GOOD)
    expect([again.status, again.headers.get("location")]).toEqual([303, first.headers.get("location")])
    expect(second.cookie).toBe(browser.cookie)
    expect((await second.facts(second.get(again.headers.get("location") ?? ""))).page).toBe("consent")
  })

  it("is another answer where it is another button: what was decided first counts", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    await browser.submit(facts, APPROVE)
    expect((await browser.submit(facts, { ...APPROVE, decision: "deny" })).status).toBe(410)
    expect((await browser.submit(facts, { decision: "approve" })).status).toBe(410)
  })

  it("[CNS-20] gives nothing to who has the form and not the cookie of its browser", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    await browser.submit(facts, APPROVE)
    const thief = new Browser(world)
    expect((await thief.submit(facts, APPROVE)).status).toBe(403)
    await thief.get(authorizeUrl())
    const answer = await thief.submit(facts, APPROVE)
    expect([answer.status, redirectOf(answer)]).toEqual([403, undefined])
  })

  it("is another post ten seconds later", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    await browser.submit(facts, APPROVE)
    world.now += 10
    expect((await browser.submit(facts, APPROVE)).status).toBe(410)
  })
})

describe("answers that are repeated", () => {
  const answer = (status: number, body: string): Answer => ({ status, headers: {}, body })
  const once = (presses: ReturnType<typeof makePresses>, post: string, now: number, given: Answer) =>
    Effect.runPromise(presses.once(post, now, Effect.succeed(given)))

  it("are those that lead on: after a page, and after a failure, the next post counts for itself", async () => {
    const presses = makePresses()
    await once(presses, "a", 0, answer(200, "wrong password"))
    expect(await once(presses, "a", 0, answer(303, "in"))).toMatchObject({ body: "in" })
    expect(await once(presses, "a", 0, answer(303, "again"))).toMatchObject({ body: "in" })
    await Effect.runPromise(Effect.exit(presses.once("b", 0, Effect.die("bug"))))
    expect(await once(presses, "b", 0, answer(303, "in"))).toMatchObject({ body: "in" })
  })

  it("are those of the first when the others came while it was being made", async () => {
    const presses = makePresses()
    let made = 0
    const slow = Effect.suspend(() => Effect.as(Effect.sleep(20), answer(303, String(++made))))
    const answers = await Effect.runPromise(
      Effect.all([presses.once("a", 0, slow), presses.once("a", 0, slow), presses.once("a", 0, slow)], {
        concurrency: "unbounded"
      })
    )
    expect(answers.map(({ body }) => body)).toEqual(["1", "1", "1"])
  })

  it("are nobody's to wait for once the first was interrupted, wherever it was", async () => {
    const given = answer(303, "in")
    const interruptAfter = (operations: number, turns: number) =>
      Effect.gen(function* () {
        const presses = makePresses()
        let hasReached = false
        const slow = Effect.andThen(
          Effect.sync(() => (hasReached = true)),
          Effect.never
        )
        // A few operations at a time, so that it can be interrupted between them.
        const first = Effect.provideService(presses.once("a", 0, slow), MaxOpsBeforeYield, operations)
        const fiber = yield* Effect.forkChild(first)
        for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
        expect(Exit.hasInterrupts(yield* Fiber.await(fiber))).toBe(true)
        const second = yield* Effect.timeoutOption(presses.once("a", 0, Effect.succeed(given)), 1000)
        expect(second, `after ${turns} turns of ${operations}`).toMatchObject({ value: given })
        return hasReached
      })
    for (const operations of [3, 4, 5, 6, 7]) {
      let turns = 0
      while (!(await Effect.runPromise(interruptAfter(operations, turns)))) expect(turns++).toBeLessThan(50)
      expect(turns).toBeGreaterThan(1)
    }
  })

  it("are a thousand at most, and the oldest leaves", async () => {
    const presses = makePresses()
    for (let post = 0; post <= 1000; post++) await once(presses, String(post), 0, answer(303, "first"))
    expect(await once(presses, "1", 0, answer(303, "second"))).toMatchObject({ body: "first" })
    expect(await once(presses, "0", 0, answer(303, "second"))).toMatchObject({ body: "second" })
  })
})

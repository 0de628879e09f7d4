import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import { authorizeUrl, Browser, type Facts, factsOf, ISSUER, makeWorld, post, type World } from "../fixture.ts"

let world: World
let browser: Browser
beforeEach(async () => {
  world = await makeWorld()
  browser = new Browser(world)
})

const hidden = (facts: Facts, field: string): string =>
  facts.page === "error" ? "" : (facts.hidden.find(({ name }) => name === field)?.value ?? "")

const good = { username: "ada", password: "ada's password" }

describe("the sign-in page", () => {
  it("says which client asks, and binds its form to this browser", async () => {
    const response = await browser.get(authorizeUrl())
    expect(response.status).toBe(200)
    const cookie = response.headers.get("set-cookie")
    expect(cookie).toMatch(/^__Host-postern-tenant=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
    const facts = await browser.facts(response)
    expect(facts).toMatchObject({
      page: "signIn",
      action: "/tenant/login",
      client: { name: "Client One", origin: "configured" },
      failed: false
    })
    expect(hidden(facts, "interaction")).toMatch(/^[\w-]{43}$/)
    expect(hidden(facts, "csrf")).toMatch(/^[\w-]{43}$/)
  })

  it("sets a cookie without Secure only where the issuer is http on loopback", async () => {
    const issuer = "http://127.0.0.1:8080"
    const local = await makeWorld({ issuer })
    const response = await local.handle(new Request(authorizeUrl({}, issuer)))
    expect(response.headers.get("set-cookie")).toMatch(/^postern-8080=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  it("names its cookie for the issuer's port and path, so that two servers on one host keep their sessions", async () => {
    for (const [issuer, name] of [
      ["http://127.0.0.1:9000", "postern-9000"],
      ["http://127.0.0.1:9001", "postern-9001"],
      ["https://as.example.com", "__Host-postern"],
      ["https://as.example.com:8443/a/b-c", "__Host-postern-8443-a-b-c"]
    ] as const) {
      const one = await makeWorld({ issuer })
      const response = await one.handle(new Request(authorizeUrl({}, issuer)))
      expect(response.headers.get("set-cookie")?.split("=")[0]).toBe(name)
    }
  })

  it("is shown again after a wrong password, and the operator is told without the name", async () => {
    const facts = await browser.facts(browser.get(authorizeUrl()))
    const response = await browser.submit(facts, { ...good, password: "wrong" })
    expect(response.status).toBe(200)
    const again = await browser.facts(response)
    expect(again).toMatchObject({ page: "signIn", failed: true })
    expect(world.events).toEqual([{ event: "sign-in-failed", clientId: "c1" }])
    expect((await browser.submit(again, good)).status).toBe(303)
  })

  it("[COD-13] answers a right password, a decision and a refusal with 303", async () => {
    const facts = await browser.facts(browser.get(authorizeUrl()))
    const signedIn = await browser.submit(facts, good)
    expect(signedIn.status).toBe(303)
    expect(signedIn.headers.get("location")).toMatch(
      /^https:\/\/as\.example\.com\/tenant\/interaction\?interaction=[\w-]{43}$/
    )
    const approve = await browser.submit(await browser.openConsent(authorizeUrl()), {
      decision: "approve",
      scope: "notes:read"
    })
    expect(approve.status).toBe(303)
    const deny = await browser.submit(await browser.openConsent(authorizeUrl()), { decision: "deny" })
    expect(deny.status).toBe(303)
    expect((await browser.get(authorizeUrl({ scope: "unknown" }))).status).toBe(303)
  })
})

describe("signing in", () => {
  it("gives the browser a new session, and the one from before leads nowhere", async () => {
    const facts = await browser.facts(browser.get(authorizeUrl()))
    const before = browser.cookie
    const response = await browser.submit(facts, good)
    expect(response.headers.get("set-cookie")).toMatch(
      /^__Host-postern-tenant=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/
    )
    expect(browser.cookie).not.toBe(before)
    const attacker = new Browser(world)
    attacker.cookie = before
    const location = response.headers.get("location") ?? ""
    expect((await attacker.get(location)).status).toBe(410)
    expect((await attacker.facts(attacker.get(authorizeUrl()))).page).toBe("signIn")
    expect(attacker.cookie).not.toBe(before)
    expect((await browser.facts(browser.get(location))).page).toBe("consent")
  })

  it("never adopts a session that it did not give out, nor one of two", async () => {
    for (const cookie of [
      `__Host-postern-tenant=${"a".repeat(43)}`,
      `postern-tenant=${"a".repeat(43)}`,
      "__Host-postern-tenant=",
      "__Host-postern-tenant=x; other=1"
    ]) {
      browser.cookie = cookie
      await browser.get(authorizeUrl())
      expect(browser.cookie).toMatch(/^__Host-postern-tenant=[\w-]{43}$/)
      expect(browser.cookie).not.toContain("aaaa")
    }
    const facts = await browser.openConsent(authorizeUrl())
    expect(facts.page).toBe("consent")
    browser.cookie = `${browser.cookie}; ${browser.cookie}`
    expect((await browser.facts(browser.get(authorizeUrl()))).page).toBe("signIn")
  })

  it("refuses a form without its token, with another's, or from another browser, and changes nothing", async () => {
    const facts = await browser.facts(browser.get(authorizeUrl()))
    const other = await browser.facts(browser.get(authorizeUrl()))
    const before = world.store.dump()
    const forged = [
      browser.submit(facts, { ...good, csrf: undefined }),
      browser.submit(facts, { ...good, csrf: "" }),
      browser.submit(facts, { ...good, csrf: hidden(other, "csrf") }),
      browser.submit(facts, { ...good, csrf: [hidden(facts, "csrf"), hidden(facts, "csrf")] }),
      browser.submit(facts, { ...good, interaction: undefined }),
      new Browser(world).submit(facts, good)
    ]
    for (const response of await Promise.all(forged)) {
      expect(response.status).toBe(403)
      expect(factsOf(await response.text())).toMatchObject({ page: "error", title: "Form refused" })
      expect(response.headers.has("location")).toBe(false)
    }
    expect(world.store.dump()).toBe(before)
  })

  it("refuses a form without or with two names, and a body that is no form", async () => {
    const facts = await browser.facts(browser.get(authorizeUrl()))
    for (const fields of [{ password: "x" }, { username: ["ada", "root"], password: "x" }, { username: "ada" }]) {
      expect((await browser.submit(facts, fields)).status).toBe(400)
    }
    expect((await browser.send(post("login", {}, { "content-type": "application/json" }))).status).toBe(415)
    expect((await browser.send(post("login", { a: "x".repeat(70_000) }))).status).toBe(413)
  })

  it("closes a name for the rest of a minute after five failures, also at once, and no other name", async () => {
    const facts = await browser.facts(browser.get(authorizeUrl()))
    const attempts = await Promise.all(
      Array.from({ length: 8 }, () => browser.submit(facts, { ...good, password: "wrong" }))
    )
    expect(attempts.map(({ status }) => status).filter((status) => status === 429)).toHaveLength(3)
    world.now += 20
    const closed = await browser.submit(facts, good)
    expect([closed.status, closed.headers.get("retry-after")]).toEqual([429, "40"])
    const root = new Browser(world)
    expect((await root.openConsent(authorizeUrl(), "root")).page).toBe("consent")
    world.now += 40
    expect((await browser.submit(facts, good)).status).toBe(303)
  })

  it("counts the ways to write one name together", async () => {
    const facts = await browser.facts(browser.get(authorizeUrl()))
    for (const username of ["ADA", "Ada", " ada", "ada\t", "\uff41da"]) {
      expect((await browser.submit(facts, { username, password: "wrong" })).status).toBe(200)
    }
    expect((await browser.submit(facts, good)).status).toBe(429)
  })

  it("does not count an attempt that the directory of people did not judge", async () => {
    const facts = await browser.facts(browser.get(authorizeUrl()))
    world.people.mode = "failed"
    for (let attempt = 0; attempt < 6; attempt++) expect((await browser.submit(facts, good)).status).toBe(503)
    world.people.mode = "works"
    expect((await browser.submit(facts, good)).status).toBe(303)
  })

  it("starts the count anew after a success", async () => {
    for (let round = 0; round < 3; round++) {
      const one = new Browser(world)
      let facts = await one.facts(one.get(authorizeUrl()))
      for (let attempt = 0; attempt < 3; attempt++) {
        facts = await one.facts(one.submit(facts, { ...good, password: "wrong" }))
      }
      expect((await one.submit(facts, good)).status).toBe(303)
    }
  })

  it("leaves the form of a second tab behind, which says how to go on, and its request can be made again", async () => {
    const first = await browser.facts(browser.get(authorizeUrl()))
    const second = await browser.facts(browser.get(authorizeUrl({ scope: "notes:read" })))
    expect((await browser.submit(first, good)).status).toBe(303)
    const late = await browser.submit(second, good)
    expect(late.status).toBe(403)
    expect(await browser.facts(late)).toMatchObject({
      page: "error",
      detail: expect.stringMatching(/start again from the application$/)
    })
    expect((await browser.facts(browser.get(authorizeUrl({ scope: "notes:read" })))).page).toBe("consent")
  })

  it("ends on a page of ours when the request was open for too long or was taken up already", async () => {
    // Both forms are read before either person is found.
    let asked = 0
    const both = Promise.withResolvers<void>()
    const found = Effect.promise(() => {
      if (++asked === 2) both.resolve()
      return both.promise.then(() => ({ subject: "u1", name: "Ada", roles: [] }))
    })
    const twice = new Browser(await makeWorld({ people: { authenticate: () => found, find: () => found } }))
    const facts = await twice.facts(twice.get(authorizeUrl()))
    const [first, second] = await Promise.all([
      twice.submit(facts, good),
      twice.submit(facts, { ...good, unheard_of: "" })
    ])
    expect([first.status, second.status].toSorted((left, right) => left - right)).toEqual([303, 410])
    const late = new Browser(world)
    const page = await late.facts(late.get(authorizeUrl()))
    world.now += 600
    expect((await late.submit(page, good)).status).toBe(410)
  })
})

describe("the page that a pending request is at", () => {
  it("is closed to whoever lacks the cookie, and to a handle that is none", async () => {
    const facts = await browser.facts(browser.get(authorizeUrl()))
    const url = `${ISSUER}/interaction?interaction=${hidden(facts, "interaction")}`
    expect((await world.handle(new Request(url))).status).toBe(410)
    const other = new Browser(world)
    await other.openConsent(authorizeUrl(), "root")
    expect((await other.get(url)).status).toBe(410)
    expect((await browser.get(`${ISSUER}/interaction`)).status).toBe(410)
    expect((await browser.get(`${url}&interaction=x`)).status).toBe(410)
    expect((await browser.get(`${ISSUER}/interaction?interaction=other`)).status).toBe(410)
    expect((await browser.facts(browser.get(url))).page).toBe("signIn")
  })
})

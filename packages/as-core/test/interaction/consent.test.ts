import { beforeEach, describe, expect, it } from "vitest"
import {
  authorizeUrl,
  Browser,
  CALLBACK,
  claimsOf,
  type Facts,
  factsOf,
  ISSUER,
  makeWorld,
  NOTES,
  post,
  redirectOf,
  tokenRequest,
  type Tokens,
  type World
} from "../fixture.ts"

let world: World
let browser: Browser
beforeEach(async () => {
  world = await makeWorld()
  browser = new Browser(world)
})

const redeem = async (location: string | null): Promise<Tokens> => {
  const code = new URL(location ?? "about:blank").searchParams.get("code") ?? "no code"
  return (await (await world.handle(tokenRequest({ code }))).json()) as Tokens
}

const csrfOf = (facts: Facts): string =>
  facts.page === "error" ? "" : (facts.hidden.find(({ name }) => name === "csrf")?.value ?? "")

describe("the consent page", () => {
  it("[CNS-01] shows who asks, for what, at which resource, and where the answer goes, before there is a code", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    expect(facts).toMatchObject({
      page: "consent",
      action: "/tenant/consent",
      client: { name: "Client One", origin: "configured" },
      person: { name: "Ada" },
      redirectHost: "client.example.com",
      redirectIsLoopback: false,
      resources: [{ resource: NOTES, name: "Notes" }],
      scopes: [
        { scope: "notes:read", description: "Read notes", administratorsOnly: false },
        { scope: "notes:write", description: "Write notes", administratorsOnly: false }
      ],
      withheld: []
    })
    expect(world.store.dump()).not.toContain("codeHash")
    // Signed in already: the page comes at once, with no redirect.
    const again = await browser.get(authorizeUrl())
    expect([again.status, again.headers.has("location")]).toEqual([200, false])
    expect((await browser.facts(again)).page).toBe("consent")
  })

  it("names the scheme of a private-use redirect, and says that a loopback one ends on this computer", async () => {
    const other = await makeWorld({
      registration: { privateUseSchemes: ["com.example.app"] },
      clients: [
        {
          clientId: "c1",
          name: "Native",
          redirectUris: ["com.example.app:/cb", "http://localhost:3000/cb", "https://a.localhost/cb"],
          tokenEndpointAuthMethod: "none"
        }
      ]
    })
    const native = await new Browser(other).openConsent(authorizeUrl({ redirect_uri: "com.example.app:/cb" }))
    expect(native).toMatchObject({ redirectHost: "com.example.app:", redirectIsLoopback: false })
    const loopback = await new Browser(other).openConsent(authorizeUrl({ redirect_uri: "http://localhost:51234/cb" }))
    expect(loopback).toMatchObject({ redirectHost: "localhost:51234", redirectIsLoopback: true })
    const named = await new Browser(other).openConsent(authorizeUrl({ redirect_uri: "https://a.localhost/cb" }))
    expect(named).toMatchObject({ redirectHost: "a.localhost", redirectIsLoopback: true })
  })

  it("[CNS-02] like every page is never framed, stored or scripted, and tells nobody where it was", async () => {
    const signIn = await browser.get(authorizeUrl())
    const error = await world.handle(new Request(authorizeUrl({ client_id: "nobody" })))
    await browser.openConsent(authorizeUrl())
    const consent = await browser.get(authorizeUrl())
    for (const response of [signIn, error, consent]) {
      const nonces = factsOf(await response.text()).styleNonce
      expect(response.headers.get("content-security-policy")).toBe(
        `default-src 'none'; style-src 'nonce-${nonces}'; img-src data:; frame-ancestors 'none'; base-uri 'none'`
      )
      expect(nonces).toMatch(/^[\w-]{22}$/)
      expect(response.headers.get("x-frame-options")).toBe("DENY")
      expect(response.headers.get("x-content-type-options")).toBe("nosniff")
      expect(response.headers.get("referrer-policy")).toBe("no-referrer")
      expect(response.headers.get("cache-control")).toBe("no-store")
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8")
    }
  })

  it("[SCP-14] is shown again for more than was granted before, and for the same", async () => {
    await browser.approve(authorizeUrl({ scope: "notes:read" }), "root")
    for (const scope of ["notes:read notes:admin", "notes:read"]) {
      const response = await browser.get(authorizeUrl({ scope }))
      expect([response.status, response.headers.has("location")]).toEqual([200, false])
      const facts = await browser.facts(response)
      expect(facts.page === "consent" && facts.scopes.map((one) => one.scope)).toEqual(scope.split(" "))
    }
  })

  it("withholds the scopes that are kept for administrators, by the roles of the moment", async () => {
    const url = authorizeUrl({ scope: "notes:read notes:admin" })
    const ada = await browser.openConsent(url)
    expect(ada).toMatchObject({
      scopes: [{ scope: "notes:read" }],
      withheld: [{ scope: "notes:admin", description: "Purge notes" }]
    })
    const root = await new Browser(world).openConsent(url, "root")
    expect(root).toMatchObject({
      scopes: [{ scope: "notes:read" }, { scope: "notes:admin", administratorsOnly: true }],
      withheld: []
    })
  })

  it("is not shown when nothing can be granted: access_denied, before and after signing in", async () => {
    const url = authorizeUrl({ scope: "notes:admin" })
    const facts = await browser.facts(browser.get(url))
    const signedIn = await browser.submit(facts, { username: "ada", password: "ada's password" })
    const resumed = await browser.get(signedIn.headers.get("location") ?? "")
    expect(redirectOf(resumed)).toMatchObject({ at: CALLBACK, error: "access_denied", state: "st-1", iss: ISSUER })
    expect((await browser.get(signedIn.headers.get("location") ?? "")).status).toBe(410)
    const at_once = await browser.get(url)
    expect(redirectOf(at_once)).toMatchObject({ at: CALLBACK, error: "access_denied", state: "st-1", iss: ISSUER })
    const tokens = await redeem((await new Browser(world).approve(url, "root")).href)
    expect(tokens.scope).toBe("notes:admin")
  })
})

describe("the decision", () => {
  it("[SCP-09] [AS15] grants what was ticked, and the token says so", async () => {
    const location = await browser.approve(authorizeUrl({ scope: "notes:read notes:write" }), "ada", ["notes:read"])
    const tokens = await redeem(location.href)
    expect(tokens.scope).toBe("notes:read")
    expect(claimsOf(tokens.access_token)["scope"]).toBe("notes:read")
  })

  it("[CNS-11] grants nothing that was not asked for or may not be granted, whatever the form says", async () => {
    const facts = await browser.openConsent(authorizeUrl({ scope: "notes:read notes:write" }))
    const answer = await browser.submit(facts, {
      decision: "approve",
      scope: ["notes:read", "notes:admin", "mail:read", "other"]
    })
    expect((await redeem(answer.headers.get("location"))).scope).toBe("notes:read")
    const withheld = await browser.openConsent(authorizeUrl({ scope: "notes:read notes:admin" }))
    const tried = await browser.submit(withheld, { decision: "approve", scope: ["notes:read", "notes:admin"] })
    expect((await redeem(tried.headers.get("location"))).scope).toBe("notes:read")
  })

  it("counts the roles of the moment in which it is made", async () => {
    const facts = await browser.openConsent(authorizeUrl({ scope: "notes:read notes:admin" }), "root")
    world.people.roles.set("u2", [])
    const answer = await browser.submit(facts, { decision: "approve", scope: ["notes:read", "notes:admin"] })
    expect((await redeem(answer.headers.get("location"))).scope).toBe("notes:read")
  })

  it("[CNS-10] to deny ends the request: access_denied, nothing stored, and a later approval fails", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    const denied = await browser.submit(facts, { decision: "deny" })
    expect(redirectOf(denied)).toMatchObject({ at: CALLBACK, error: "access_denied", state: "st-1", iss: ISSUER })
    expect(world.store.dump()).not.toContain("grantId")
    const later = await browser.submit(facts, { decision: "approve", scope: "notes:read" })
    expect([later.status, later.headers.has("location")]).toEqual([410, false])
    expect(world.store.dump()).not.toContain("grantId")
  })

  it("with nothing ticked is a refusal", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    const answer = await browser.submit(facts, { decision: "approve" })
    expect(redirectOf(answer)).toMatchObject({ error: "access_denied" })
    expect((await browser.submit(facts, { decision: "deny" })).status).toBe(410)
  })

  it("must be made: a form that says neither changes nothing", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    const before = world.store.dump()
    for (const decision of [undefined, "", "yes", ["approve", "deny"]]) {
      expect((await browser.submit(facts, { decision, scope: "notes:read" })).status).toBe(400)
    }
    expect(world.store.dump()).toBe(before)
  })

  it("[CNS-18] made twice at once gives one code, and the other a page of ours", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    const decision = { decision: "approve", scope: "notes:read" }
    const other = { ...decision, unheard_of: "" }
    const answers = await Promise.all([browser.submit(facts, decision), browser.submit(facts, other)])
    expect(answers.map(({ status }) => status)).toContain(303)
    expect(answers.map(({ status }) => status)).toContain(410)
    const second = answers.find(({ status }) => status === 410)
    expect(second?.headers.has("location")).toBe(false)
    expect(factsOf((await second?.text()) ?? "")).toMatchObject({ page: "error", title: "Request no longer open" })
  })

  it("[CNS-04] counts only for the request that was rendered in the form", async () => {
    const evil = await browser.openConsent(authorizeUrl({ scope: "notes:write", state: "P1" }))
    const fine = await browser.openConsent(authorizeUrl({ scope: "notes:read", state: "P2" }))
    const before = world.store.dump()
    const swapped = await browser.submit(evil, { decision: "approve", scope: "notes:write", csrf: csrfOf(fine) })
    expect([swapped.status, swapped.headers.has("location")]).toEqual([403, false])
    expect(world.store.dump()).toBe(before)
    const answer = await browser.submit(fine, { decision: "approve", scope: ["notes:read", "notes:write"] })
    expect(redirectOf(answer)).toMatchObject({ state: "P2" })
    expect((await redeem(answer.headers.get("location"))).scope).toBe("notes:read")
  })

  it("[CNS-20] counts only with the token of the form", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    const before = world.store.dump()
    const interaction = facts.page === "consent" ? facts.hidden[0]?.value : undefined
    const cross = { decision: "approve", scope: "notes:read", interaction }
    for (const response of [
      await browser.send(post("consent", cross, { origin: "https://evil.example" })),
      await browser.send(post("consent", { ...cross, csrf: "x" })),
      await world.handle(post("consent", { ...cross, csrf: csrfOf(facts) }))
    ]) {
      expect([response.status, response.headers.has("location")]).toEqual([403, false])
    }
    expect(world.store.dump()).toBe(before)
  })

  it("cannot be made by a sign-in form: its token is not a person's", async () => {
    const facts = await browser.facts(browser.get(authorizeUrl()))
    if (facts.page === "error") throw new Error(facts.detail)
    const answer = await browser.submit(
      { ...facts, action: "/tenant/consent" },
      { decision: "approve", scope: "notes:read" }
    )
    expect([answer.status, answer.headers.has("location")]).toEqual([403, false])
    expect(world.store.dump()).not.toContain("grantId")
  })

  it("cannot be made by somebody who is gone", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    world.people.gone.add("u1")
    expect((await browser.submit(facts, { decision: "approve", scope: "notes:read" })).status).toBe(403)
  })

  it("[PKC-13] is about the request as it was checked: fields of the form change nothing of it", async () => {
    const facts = await browser.openConsent(authorizeUrl())
    const answer = await browser.submit(facts, {
      decision: "approve",
      scope: "notes:read",
      code_challenge: "A".repeat(43),
      code_challenge_method: "plain",
      redirect_uri: "https://evil.example/cb",
      client_id: "c2",
      state: "evil"
    })
    expect(redirectOf(answer)).toMatchObject({ at: CALLBACK, state: "st-1" })
    const tokens = await redeem(answer.headers.get("location"))
    expect(claimsOf(tokens.access_token)).toMatchObject({ client_id: "c1", scope: "notes:read" })
  })

  it("keeps no code, handle, cookie or token of a form in the store", async () => {
    const location = await browser.approve(authorizeUrl())
    const facts = await browser.openConsent(authorizeUrl())
    const tokens = await redeem(location.href)
    const dump = world.store.dump()
    const secrets = [
      location.searchParams.get("code"),
      browser.cookie?.split("=")[1],
      tokens.refresh_token,
      tokens.access_token,
      ...(facts.page === "consent" ? facts.hidden.map(({ value }) => value) : [])
    ]
    expect(secrets).toHaveLength(6)
    for (const secret of secrets) {
      expect(secret).toBeTruthy()
      expect(dump).not.toContain(secret)
    }
  })
})

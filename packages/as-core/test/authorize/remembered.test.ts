import * as Effect from "effect/Effect"
import { beforeEach, describe, expect, it } from "vitest"
import { isCovered, mayBeRemembered } from "../../src/authorize/rules/remembered.ts"
import {
  authorizeUrl,
  Browser,
  C2_SECRET_HASH,
  CALLBACK,
  claimsOf,
  type Facts,
  factsOf,
  MAIL,
  makeWorld,
  NOTES,
  post,
  redirectOf,
  tokenRequest,
  type Tokens,
  VERIFIER,
  basic,
  C2_SECRET,
  type World
} from "../fixture.ts"

let world: World
let browser: Browser
beforeEach(async () => {
  world = await makeWorld()
  browser = new Browser(world)
})

const c2 = (fields: Parameters<typeof authorizeUrl>[0] = {}) =>
  authorizeUrl({ client_id: "c2", redirect_uri: CALLBACK, ...fields })

/** Which page is shown, or where the browser is sent. */
const answerTo = async (url: string): Promise<Facts | Record<string, string>> => {
  const response = await browser.get(url)
  return redirectOf(response) ?? factsOf(await response.text())
}

const codeOf = async (url: string): Promise<string | undefined> => redirectOf(await browser.get(url))?.["code"]

const redeemC2 = async (code: string | undefined): Promise<Tokens> => {
  const response = await world.handle(
    post(
      "token",
      { grant_type: "authorization_code", code, code_verifier: VERIFIER },
      { authorization: basic("c2", C2_SECRET) }
    )
  )
  expect(response.status).toBe(200)
  return (await response.json()) as Tokens
}

describe("a consent given before", () => {
  it("[CNS-06] stands for the next request of a client that authenticates: the code comes without a page, with iss and state", async () => {
    await browser.approve(c2())
    const answer = await answerTo(c2({ state: "st-2" }))
    expect(answer).toEqual({
      at: CALLBACK,
      code: expect.stringMatching(/^[\w-]{43}$/),
      state: "st-2",
      iss: "https://as.example.com/tenant"
    })
    const tokens = await redeemC2((answer as Record<string, string>)["code"])
    expect(tokens.scope).toBe("notes:read notes:write")
    expect(claimsOf(tokens.access_token)).toMatchObject({ sub: "u1", aud: NOTES, client_id: "c2" })
  })

  it("[CNS-06] is asked for again each time by a public client, which anybody could be", async () => {
    await browser.approve(authorizeUrl())
    expect(await answerTo(authorizeUrl())).toMatchObject({ page: "consent" })
  })

  it("covers what was ticked and no more: another scope, another resource and another user are asked", async () => {
    await browser.approve(c2(), "ada", ["notes:read"])
    expect(await answerTo(c2({ scope: "notes:read" }))).toHaveProperty("code")
    expect(await answerTo(c2())).toMatchObject({ page: "consent" })
    expect(await answerTo(c2({ scope: "mail:read", resource: MAIL }))).toMatchObject({ page: "consent" })
    const other = new Browser(world)
    expect(await other.openConsent(c2({ scope: "notes:read" }), "root")).toMatchObject({ page: "consent" })
  })

  it("grows with each page that is answered", async () => {
    await browser.approve(c2(), "ada", ["notes:read"])
    await browser.approve(c2({ scope: "notes:write" }), "ada", ["notes:write"])
    expect(await answerTo(c2())).toHaveProperty("code")
    await browser.approve(c2({ scope: "mail:read notes:read", resource: [NOTES, MAIL] }))
    expect(await answerTo(c2({ scope: "mail:read notes:write", resource: [NOTES, MAIL] }))).toHaveProperty("code")
  })

  it("says nothing of a resource that it was not about: the page names it, although no scope of it is asked for", async () => {
    await browser.approve(c2())
    expect(await answerTo(c2({ resource: [NOTES, MAIL] }))).toMatchObject({ page: "consent" })
    await browser.approve(c2({ scope: "mail:read", resource: MAIL }))
    expect(await answerTo(c2({ resource: [NOTES, MAIL] }))).toMatchObject({ page: "consent" })
  })

  it("lives for as long as configured", async () => {
    const brief = await makeWorld({ lifetimes: { consent: 3600 } })
    const one = new Browser(brief)
    await one.approve(c2())
    brief.now += 3599
    expect(redirectOf(await one.get(c2()))).toHaveProperty("code")
    brief.now += 1
    expect(await one.facts(one.get(c2()))).toMatchObject({ page: "consent" })
  })

  it("is asked for again where the client shows itself in another way or sends the user elsewhere", async () => {
    await browser.approve(c2())
    expect(await answerTo(c2({ redirect_uri: `${CALLBACK}2` }))).toMatchObject({ page: "consent" })
    const renamed = await makeWorld({
      store: world.store,
      clients: [
        {
          clientId: "c2",
          name: "Your Bank",
          redirectUris: [CALLBACK, `${CALLBACK}2`],
          tokenEndpointAuthMethod: "client_secret_basic",
          secretHash: C2_SECRET_HASH
        }
      ]
    })
    const elsewhere = new Browser(renamed)
    elsewhere.cookie = browser.cookie
    expect(await elsewhere.facts(elsewhere.get(c2()))).toMatchObject({ page: "consent" })
  })

  it("ends after 90 days, and with the user's word", async () => {
    await browser.approve(c2())
    await Effect.runPromise(world.store.endConsents({ subject: "u1", clientId: "c2", now: world.now }))
    expect(await answerTo(c2())).toMatchObject({ page: "consent" })
    await browser.approve(c2())
    world.now += 90 * 86_400
    const later = new Browser(world)
    expect(await later.openConsent(c2())).toMatchObject({ page: "consent" })
  })

  it("is followed after signing in, too, and closes the page that waited", async () => {
    await browser.approve(c2())
    const again = new Browser(world)
    const facts = await again.facts(again.get(c2()))
    const signedIn = await again.submit(facts, { username: "ada", password: "ada's password" })
    const resumed = await again.get(signedIn.headers.get("location") ?? "")
    expect(redirectOf(resumed)).toHaveProperty("code")
    const twice = await again.get(signedIn.headers.get("location") ?? "")
    expect([twice.status, redirectOf(twice)]).toEqual([410, undefined])
  })

  it("[CNS-09] answers prompt=none, and nothing else does: what would need a page is an error", async () => {
    expect(await answerTo(c2({ prompt: "none" }))).toMatchObject({ error: "login_required", state: "st-1" })
    await browser.approve(c2())
    expect(await codeOf(c2({ prompt: "none" }))).toMatch(/^[\w-]{43}$/)
    expect(
      await answerTo(c2({ prompt: "none", scope: "notes:read mail:read", resource: [NOTES, MAIL] }))
    ).toMatchObject({
      error: "consent_required"
    })
    await browser.approve(authorizeUrl())
    expect(await answerTo(authorizeUrl({ prompt: "none" }))).toMatchObject({ error: "consent_required" })
  })

  it("does not answer prompt=consent or prompt=login, also not after signing in again", async () => {
    await browser.approve(c2())
    expect(await answerTo(c2({ prompt: "consent" }))).toMatchObject({ page: "consent" })
    const facts = await browser.facts(browser.get(c2({ prompt: "login consent" })))
    expect(facts).toMatchObject({ page: "signIn" })
    const signedIn = await browser.submit(facts, { username: "ada", password: "ada's password" })
    expect(await browser.facts(browser.get(signedIn.headers.get("location") ?? ""))).toMatchObject({ page: "consent" })
  })

  it("withdrawn between reading and writing is no consent: the user is asked", async () => {
    await browser.approve(c2())
    const { findConsents } = world.store
    const racing = await makeWorld({
      store: {
        ...world.store,
        findConsents: (of) =>
          Effect.tap(findConsents(of), () =>
            world.store.endConsents({ subject: of.subject, clientId: of.clientId, now: of.now })
          )
      }
    })
    const racer = new Browser(racing)
    racer.cookie = browser.cookie
    expect(await racer.facts(racer.get(c2()))).toMatchObject({ page: "consent" })
  })

  it("stands for a public client whose every redirect is on the origin of its document, and for no other document", () => {
    // The decision alone; the document itself is fetched in the tests of documents.
    const document = (...redirectUris: ReadonlyArray<string>) =>
      mayBeRemembered({
        clientId: "https://client.example.com/metadata.json",
        origin: "document",
        tokenEndpointAuthMethod: "none",
        redirectUris
      })
    expect(document("https://client.example.com/cb")).toBe(true)
    expect(document("https://client.example.com/cb", "https://client.example.com:8443/cb")).toBe(false)
    expect(document("https://client.example.com.evil.example/cb")).toBe(false)
    expect(document("https://client.example.com/cb", "http://127.0.0.1:33418/cb")).toBe(false)
    expect(document("com.example.client:/cb")).toBe(false)
    expect(
      mayBeRemembered({
        clientId: "c9",
        origin: "registered",
        tokenEndpointAuthMethod: "none",
        redirectUris: ["https://client.example.com/cb"]
      })
    ).toBe(false)
  })
})

describe("the rule of what was allowed before", () => {
  const consent = {
    subject: "u1",
    clientId: "c2",
    resource: NOTES,
    scope: ["notes:read"],
    clientHash: "h",
    expiresAt: Number.POSITIVE_INFINITY
  }
  const needed = { resource: NOTES, scope: ["notes:read"], clientHash: "h" }

  it.each([
    ["another resource", { ...needed, resource: MAIL }],
    ["another scope", { ...needed, scope: ["notes:read", "notes:write"] }],
    ["a client that shows itself in another way", { ...needed, clientHash: "other" }]
  ])("does not cover %s", (_, other) => {
    expect(isCovered([needed], [consent])).toBe(true)
    expect(isCovered([other], [consent])).toBe(false)
    expect(isCovered([needed, other], [consent])).toBe(false)
  })

  it("covers nothing where nothing is needed", () => {
    expect(isCovered([], [consent])).toBe(false)
  })
})

describe("a scope that is kept for administrators", () => {
  const admin = authorizeUrl({ scope: "notes:read notes:admin" })
  const allow = (to: { readonly kind: "subject" | "client"; readonly id: string }) =>
    Effect.runPromise(
      world.store.addAllowance({ resource: NOTES, scope: "notes:admin", to, by: "u2", createdAt: world.now })
    )
  const tokensOf = async (url: string): Promise<Tokens> => {
    const code = (await browser.approve(url)).searchParams.get("code") ?? ""
    return (await (await world.handle(tokenRequest({ code }))).json()) as Tokens
  }

  it.each([
    { kind: "subject", id: "u1" },
    { kind: "client", id: "c1" }
  ] as const)("can be granted by a user where an administrator allowed it to that $kind", async (to) => {
    expect(await browser.openConsent(admin)).toMatchObject({
      scopes: [{ scope: "notes:read" }],
      withheld: [{ scope: "notes:admin" }]
    })
    await allow(to)
    expect(await browser.openConsent(admin)).toMatchObject({
      scopes: [{ scope: "notes:read" }, { scope: "notes:admin" }],
      withheld: []
    })
    expect((await tokensOf(admin)).scope).toBe("notes:read notes:admin")
  })

  it.each([
    { kind: "subject", id: "u9" },
    { kind: "client", id: "c2" },
    { kind: "client", id: "u1" },
    { kind: "subject", id: "c1" }
  ] as const)("is not granted by what was allowed to somebody else ($kind $id)", async (to) => {
    await allow(to)
    expect(await browser.openConsent(admin)).toMatchObject({ withheld: [{ scope: "notes:admin" }] })
    expect((await tokensOf(admin)).scope).toBe("notes:read")
  })

  it("that was allowed at one resource is not given at another", async () => {
    const two = await makeWorld({
      resources: [NOTES, MAIL].map((resource) => ({
        resource,
        scopes: {
          read: { description: "Read" },
          admin: { description: "Everything", administratorsOnly: true }
        }
      }))
    })
    await Effect.runPromise(
      two.store.addAllowance({
        resource: NOTES,
        scope: "admin",
        to: { kind: "subject", id: "u1" },
        by: "u2",
        createdAt: two.now
      })
    )
    const other = new Browser(two)
    const scopes = async (resource: string | ReadonlyArray<string>) => {
      const facts = await other.openConsent(authorizeUrl({ scope: "read admin", resource }))
      return facts.page === "consent" ? facts.scopes.map(({ scope }) => scope) : facts
    }
    expect(await scopes(NOTES)).toEqual(["read", "admin"])
    expect(await scopes(MAIL)).toEqual(["read"])
    expect(await scopes([NOTES, MAIL])).toEqual(["read"])
  })

  it("is not given by what was allowed of another scope", async () => {
    await Effect.runPromise(
      world.store.addAllowance({
        resource: NOTES,
        scope: "notes:write",
        to: { kind: "subject", id: "u1" },
        by: "u2",
        createdAt: world.now
      })
    )
    expect(await browser.openConsent(admin)).toMatchObject({ withheld: [{ scope: "notes:admin" }] })
  })

  it("that the user may not grant at the moment is no part of a grant by what they allowed before", async () => {
    const asked = c2({ scope: "notes:read notes:admin" })
    const to = { kind: "subject", id: "u1" } as const
    await allow(to)
    expect((await redeemC2((await browser.approve(asked)).searchParams.get("code") ?? "")).scope).toContain("admin")
    await Effect.runPromise(world.store.removeAllowance({ resource: NOTES, scope: "notes:admin", to }))
    const tokens = await redeemC2(await codeOf(asked))
    await allow(to)
    const refreshed = await world.handle(
      post(
        "token",
        { grant_type: "refresh_token", refresh_token: tokens.refresh_token },
        { authorization: basic("c2", C2_SECRET) }
      )
    )
    expect(await refreshed.json()).toMatchObject({ scope: "notes:read" })
  })

  it("is gone from the next token once it is allowed no longer", async () => {
    await allow({ kind: "subject", id: "u1" })
    const { refresh_token: token } = await tokensOf(admin)
    await Effect.runPromise(
      world.store.removeAllowance({ resource: NOTES, scope: "notes:admin", to: { kind: "subject", id: "u1" } })
    )
    const response = await world.handle(
      post("token", { grant_type: "refresh_token", client_id: "c1", refresh_token: token })
    )
    expect(await response.json()).toMatchObject({ scope: "notes:read" })
  })

  it("that is all that was asked for ends in access_denied, for whoever may not grant it", async () => {
    await browser.approve(authorizeUrl())
    expect(await answerTo(authorizeUrl({ scope: "notes:admin" }))).toMatchObject({
      error: "access_denied",
      state: "st-1",
      iss: "https://as.example.com/tenant"
    })
  })
})

import { beforeEach, describe, expect, it } from "vitest"
import { authorizeUrl, Browser, errorOf, makeWorld, post, tokenRequest, type World } from "../fixture.ts"
import { type Answer, document, HOME, ID, Web } from "./web.ts"

const OTHER = "https://app.example.com/other"
const SERVED = { grant_types: ["authorization_code", "refresh_token"], redirect_uris: [HOME, OTHER] }

let web: Web
let world: World
beforeEach(async () => {
  web = new Web()
  serve(SERVED)
  world = await makeWorld({ registration: { documents: { transport: web } } })
})

/** What is served from now on, and read at once. */
const serve = (members: object): void => {
  web.next = { text: document({ ...SERVED, ...members }), cacheControl: "no-store" } satisfies Answer
}
const url = (redirect_uri = HOME) => authorizeUrl({ client_id: ID, redirect_uri })
const approveAfter = async (members: object) => {
  const browser = new Browser(world)
  const facts = await browser.openConsent(url())
  serve(members)
  return browser.submit(facts, { decision: "approve", scope: ["notes:read"] })
}

describe("a document that changes", () => {
  it("[CIM-31] while its page is open counts as the page showed it", async () => {
    const answer = await approveAfter({ client_name: "Renamed", client_uri: "https://app.example.com/new" })
    const location = new URL(answer.headers.get("location") ?? "")
    expect([answer.status, location.origin + location.pathname]).toEqual([303, HOME])
    const code = location.searchParams.get("code") ?? ""
    expect((await errorOf(world.handle(tokenRequest({ client_id: ID, code }))))[0]).toBe(200)
  })

  it("[CIM-31] gives no code to a redirect URI that it has taken back, nor uses one that it has added", async () => {
    const answer = await approveAfter({ redirect_uris: [OTHER, "https://app.example.com/added"] })
    expect([answer.status, answer.headers.has("location")]).toEqual([410, false])
    expect(world.store.dump()).not.toContain("codeHash")
    serve({})
    const browser = new Browser(world)
    const facts = await browser.openConsent(url())
    web.next = { status: 404 }
    const gone = await browser.submit(facts, { decision: "approve", scope: ["notes:read"] })
    expect([gone.status, gone.headers.has("location")]).toEqual([410, false])
  })

  it("[CIM-31] gives no code to a redirect URI that it has taken back while somebody signs in, asked about or not", async () => {
    await new Browser(world).approve(url())
    for (const prompt of ["login", "consent"]) {
      const browser = new Browser(world)
      const facts = await browser.facts(browser.get(authorizeUrl({ client_id: ID, redirect_uri: HOME, prompt })))
      serve({ redirect_uris: [OTHER] })
      const signedIn = await browser.submit(facts, { username: "ada", password: "ada's password" })
      const gone = await browser.get(signedIn.headers.get("location") ?? "")
      expect([gone.status, gone.headers.has("location")]).toEqual([410, false])
      serve({})
    }
  })

  it("[CIM-32] in what the page shows or where it leads is asked about again, and is not as long as it does not", async () => {
    const browser = new Browser(world)
    const isAsked = async (at = url()) => !(await browser.open(at)).headers.has("location")
    await browser.approve(url())
    expect(await isAsked()).toBe(false)
    for (const members of [
      { client_name: "Bank" },
      { redirect_uris: [HOME] },
      { client_uri: "https://app.example.com/new" },
      { tos_uri: "https://app.example.com/terms" }
    ]) {
      serve(members)
      expect(await isAsked(), JSON.stringify(members)).toBe(true)
    }
    serve({})
    expect(await isAsked()).toBe(false)
    expect(await isAsked(url(OTHER))).toBe(true)
  })

  it("[CIM-32] takes nothing from a grant, and adds nothing: a refresh has the rights that were given", async () => {
    const code = (await new Browser(world).approve(url(), "ada", ["notes:read"])).searchParams.get("code") ?? ""
    const tokens = await world.handle(tokenRequest({ client_id: ID, code }))
    const { refresh_token } = (await tokens.json()) as { refresh_token: string }
    serve({ client_name: "Bank", scope: "notes:admin" })
    const refreshed = await world.handle(post("token", { grant_type: "refresh_token", client_id: ID, refresh_token }))
    expect([refreshed.status, await refreshed.json()]).toMatchObject([200, { scope: "notes:read" }])
  })

  it("[CIM-39] or is used in two installations has grants of their own: one is not ended by the other", async () => {
    const grantAt = async (redirect_uri: string) => {
      const code = (await new Browser(world).approve(url(redirect_uri))).searchParams.get("code") ?? ""
      const answer = await world.handle(tokenRequest({ client_id: ID, code }))
      return (await answer.json()) as { refresh_token: string }
    }
    const first = await grantAt(HOME)
    await grantAt(OTHER)
    await grantAt(OTHER)
    const refreshed = await world.handle(post("token", { grant_type: "refresh_token", client_id: ID, ...first }))
    expect((await errorOf(refreshed))[0]).toBe(200)
  })
})

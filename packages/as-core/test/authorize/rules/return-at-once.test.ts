import { beforeEach, describe, expect, it } from "vitest"
import { document, HOME, ID, Web } from "../../clients/web.ts"
import {
  authorizeUrl,
  Browser,
  CALLBACK,
  ISSUER,
  localErrorOf,
  makeWorld,
  redirectedErrorOf,
  redirectOf,
  type World
} from "../../fixture.ts"

let world: World
let browser: Browser
beforeEach(async () => {
  world = await makeWorld()
  browser = new Browser(world)
})

const register = async (one: World, redirect_uris: ReadonlyArray<string>): Promise<string> => {
  const answer = await one.handle(
    new Request(`${ISSUER}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ redirect_uris })
    })
  )
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { readonly client_id: string }).client_id
}

describe("a link of ours that was made to lead to a page of somebody's own", () => {
  const EVIL = "https://evil.example/cb"
  /** Requests that cannot succeed, and what the client would be told. */
  const wrong = [
    [{ scope: "nothing" }, "invalid_scope"],
    [{ scope: 'a"b' }, "invalid_scope"],
    [{ resource: "https://unknown.example/" }, "invalid_target"],
    [{ response_type: "token" }, "unsupported_response_type"],
    [{ code_challenge: undefined }, "invalid_request"],
    [{ scope: ["notes:read", "notes:write"] }, "invalid_request"],
    [{ request: "x" }, "request_not_supported"],
    [{ prompt: "none" }, "login_required"]
  ] as const

  it("[RDU-09] leads nowhere before anybody is signed in, for a client that registered itself", async () => {
    const client_id = await register(world, [EVIL])
    for (const [fields] of wrong) {
      const url = authorizeUrl({ client_id, redirect_uri: EVIL, ...fields })
      const facts = await localErrorOf(world, url)
      expect(facts).toMatchObject({ status: 400, title: "Request refused" })
      expect(JSON.stringify(facts)).not.toContain("evil")
    }
    world.store.mode = "broken"
    const cookie = `__Host-postern-tenant=${"a".repeat(43)}`
    const request = new Request(authorizeUrl({ client_id, redirect_uri: EVIL }), { headers: { cookie } })
    const answer = await world.handle(request)
    expect([answer.status, answer.headers.has("location")]).toEqual([500, false])
  })

  it("[RDU-09] leads nowhere before anybody is signed in, for a client that published a document", async () => {
    const web = new Web()
    world = await makeWorld({ registration: { documents: { transport: web } } })
    web.next = { text: document() }
    await world.handle(new Request(authorizeUrl({ client_id: ID, redirect_uri: HOME })))
    for (const [fields] of wrong) {
      const facts = await localErrorOf(world, authorizeUrl({ client_id: ID, redirect_uri: HOME, ...fields }))
      expect(facts).toMatchObject({ status: 400, title: "Request refused" })
    }
  })

  it("[RDU-09] tells the client what is wrong once its user is signed in, and after the page that names where a refusal leads", async () => {
    const client_id = await register(world, [EVIL])
    const url = (fields: object = {}) => authorizeUrl({ client_id, redirect_uri: EVIL, ...fields })
    const facts = await browser.openConsent(url())
    expect(facts).toMatchObject({ page: "consent", redirectHost: "evil.example" })
    for (const [fields, error] of wrong) {
      const answer = redirectOf(await browser.get(url(fields)))
      expect(answer).toMatchObject({
        at: EVIL,
        iss: ISSUER,
        error: error === "login_required" ? "consent_required" : error
      })
    }
    const denied = await browser.submit(facts, { decision: "deny" })
    expect(redirectOf(denied)).toMatchObject({ at: EVIL, error: "access_denied", state: "st-1", iss: ISSUER })
  })

  it("goes on to a client that the operator configured, and to this computer", async () => {
    const loopback = await register(world, ["http://127.0.0.1:3000/cb"])
    for (const [fields, error] of wrong) {
      expect(await redirectedErrorOf(world, authorizeUrl(fields))).toMatchObject({ at: CALLBACK, error })
      const local = authorizeUrl({ client_id: loopback, redirect_uri: "http://127.0.0.1:51234/cb", ...fields })
      expect(await redirectedErrorOf(world, local)).toMatchObject({ at: "http://127.0.0.1:51234/cb", error })
    }
  })
})

import { beforeEach, describe, expect, it } from "vitest"
import {
  authorizeUrl,
  Browser,
  C2_SECRET_HASH,
  CALLBACK,
  CHALLENGE,
  claimsOf,
  errorOf,
  type Fields,
  ISSUER,
  MAIL,
  makeWorld,
  NOTES,
  obtainTokens,
  redirectedErrorOf,
  redirectOf,
  tokenRequest,
  VERIFIER,
  type World
} from "../fixture.ts"

let world: World
beforeEach(async () => {
  world = await makeWorld()
})

/** The error, after everything that each error redirect has in common was checked. */
const errorFor = async (fields: Fields, one: World = world): Promise<string | undefined> => {
  const before = one.store.dump()
  const answer = await redirectedErrorOf(one, authorizeUrl(fields))
  expect(answer).toMatchObject({ at: CALLBACK, state: "st-1", iss: ISSUER })
  expect(answer).not.toHaveProperty("code")
  expect(answer?.["error_description"]).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  expect(one.store.dump()).toBe(before)
  return answer?.["error"]
}

describe("PKCE", () => {
  it("[PKC-01] refuses a public client's request without a challenge", async () => {
    expect(await errorFor({ code_challenge: undefined, code_challenge_method: undefined })).toBe("invalid_request")
  })
  it("[PKC-02] refuses plain, named or by default", async () => {
    expect(await errorFor({ code_challenge_method: "plain" })).toBe("invalid_request")
    expect(await errorFor({ code_challenge_method: undefined })).toBe("invalid_request")
  })
  it("[PKC-04] refuses a method without a challenge", async () => {
    expect(await errorFor({ code_challenge: undefined, code_challenge_method: "S256" })).toBe("invalid_request")
  })
  it("[PKC-05] refuses a challenge that is not 43 base64url characters", async () => {
    const wrong = [
      CHALLENGE.slice(1),
      `${CHALLENGE}A`,
      "a".repeat(129),
      `${CHALLENGE.slice(0, 42)}=`,
      `${CHALLENGE.slice(0, 42)}+`,
      `${CHALLENGE.slice(0, 42)}/`,
      `${CHALLENGE.slice(0, 42)}\u0000`,
      `${CHALLENGE.slice(0, 42)}é`,
      ""
    ]
    for (const challenge of wrong) expect(await errorFor({ code_challenge: challenge })).toBe("invalid_request")
  })
  it("[PKC-10] refuses a confidential client's request without a challenge", async () => {
    const fields = { client_id: "c2", code_challenge: undefined, code_challenge_method: undefined }
    expect(await errorFor(fields)).toBe("invalid_request")
  })
  it("[PKC-11] stops the flow when the challenge was stripped on the way: no code is made that a verifier could fit", async () => {
    expect(await errorFor({ code_challenge: undefined, code_challenge_method: undefined })).toBe("invalid_request")
    const [status, error] = await errorOf(world.handle(tokenRequest({ code: "no-code", code_verifier: VERIFIER })))
    expect([status, error]).toEqual([400, "invalid_grant"])
  })
  it("[PKC-16] never gives the challenge back", async () => {
    const browser = new Browser(world)
    const page = await (await browser.get(authorizeUrl())).text()
    expect(page).not.toContain(CHALLENGE)
    const consent = await browser.openConsent(authorizeUrl())
    expect(JSON.stringify(consent)).not.toContain(CHALLENGE)
    const answer = await new Browser(world).approve(authorizeUrl())
    expect(answer.href).not.toContain(CHALLENGE)
    const refused = await world.handle(new Request(authorizeUrl({ scope: "nothing" })))
    expect(refused.headers.get("location")).not.toContain(CHALLENGE)
  })
})

describe("response type and mode", () => {
  it("[COD-12] are code by query and nothing else", async () => {
    for (const response_mode of ["fragment", "form_post", "query.jwt", "web_message"]) {
      expect(await errorFor({ response_mode })).toBe("invalid_request")
    }
    for (const response_type of ["token", "code token", "id_token", "none", "Code"]) {
      expect(await errorFor({ response_type })).toBe("unsupported_response_type")
    }
    expect(await errorFor({ response_type: undefined })).toBe("invalid_request")
    expect(await errorFor({ response_type: ["code", "code"] })).toBe("invalid_request")
    const browser = new Browser(world)
    expect((await browser.facts(browser.get(authorizeUrl({ response_mode: "query" })))).page).toBe("signIn")
  })
})

describe("request objects", () => {
  it("[CNS-16] are refused with the code of each, and nothing is fetched", async () => {
    let fetched = 0
    const transport = { fetch: () => (fetched++, undefined as never) }
    const other = await makeWorld({ registration: { documents: { transport } } })
    expect(await errorFor({ request: "eyJhbGciOiJub25lIn0.e30." }, other)).toBe("request_not_supported")
    expect(await errorFor({ request_uri: "http://127.0.0.1/" }, other)).toBe("request_uri_not_supported")
    expect(await errorFor({ request_uri: "urn:ietf:params:oauth:request_uri:x" }, other)).toBe(
      "request_uri_not_supported"
    )
    expect(await errorFor({ registration: "{}" }, other)).toBe("registration_not_supported")
    expect(fetched).toBe(0)
  })
})

describe("the resource", () => {
  it("[AUD-11] must be one that is configured, byte for byte", async () => {
    for (const resource of [
      "https://unknown.example/",
      `${NOTES}/`,
      "https://NOTES.example.com/mcp",
      "notes",
      `${NOTES}#f`
    ]) {
      expect(await errorFor({ resource })).toBe("invalid_target")
    }
    expect(await errorFor({ resource: [NOTES, "https://unknown.example/"] })).toBe("invalid_target")
  })
  it("[AUD-14] may be left out only where there is one", async () => {
    expect(await errorFor({ resource: undefined })).toBe("invalid_target")
    const single = await makeWorld({
      resources: [{ resource: NOTES, scopes: { "notes:read": { description: "Read" } }, defaultScope: ["notes:read"] }]
    })
    const facts = await new Browser(single).openConsent(authorizeUrl({ resource: undefined }))
    expect(facts).toMatchObject({ page: "consent", resources: [{ resource: NOTES }] })
    const tokens = await obtainTokens(single, { resource: undefined, scope: undefined })
    expect(claimsOf(tokens.access_token)["aud"]).toBe(NOTES)
  })
})

describe("the scope", () => {
  it("[SCP-13] is refused when it is outside the grammar or the bounds", async () => {
    for (const scope of ['a"b', "a\\b", "a\u0001", "a\u007f", "ä", Array(5000).fill("a").join(" "), "a  b"]) {
      expect(await errorFor({ scope })).toBe("invalid_scope")
    }
    const huge = await world.handle(new Request(authorizeUrl({ scope: "<b>".repeat(34_000) })))
    expect(huge.status).toBe(400)
    expect(huge.headers.has("location")).toBe(false)
    expect(await huge.text()).not.toContain("<b>")
  })
  it("is refused when nothing of it exists at the resource", async () => {
    expect(await errorFor({ scope: "unknown" })).toBe("invalid_scope")
    expect(await errorFor({ scope: "mail:read" })).toBe("invalid_scope")
  })
  it("leaves out what the resource does not know", async () => {
    const facts = await new Browser(world).openConsent(authorizeUrl({ scope: "notes:read mail:read unknown" }))
    expect(facts.page === "consent" && facts.scopes.map((one) => one.scope)).toEqual(["notes:read"])
  })
  const shown = async (fields: Parameters<typeof authorizeUrl>[0], one = world, username = "ada") => {
    const facts = await new Browser(one).openConsent(authorizeUrl({ scope: undefined, ...fields }), username)
    return facts.page === "consent" && [facts.scopes, facts.withheld].map((scopes) => scopes.map(({ scope }) => scope))
  }
  const described = (names: ReadonlyArray<string>, administrators: ReadonlyArray<string> = []) =>
    Object.fromEntries(
      names.map((name) => [name, { description: name, administratorsOnly: administrators.includes(name) }])
    )

  it("is the configured default of each resource where none is asked for, and the token response names it", async () => {
    expect(await shown({})).toEqual([["notes:read"], []])
    expect(await shown({ scope: "" })).toEqual([["notes:read"], []])
    expect(await obtainTokens(world, { scope: undefined })).toMatchObject({ scope: "notes:read" })
    expect(await shown({ resource: [NOTES, MAIL] })).toEqual([["notes:read", "mail:read"], []])
    expect(await shown({ resource: [NOTES, MAIL], scope: "mail:read" })).toEqual([["mail:read"], []])
  })
  it("is everything that is not kept for administrators where no default is configured, also for an administrator", async () => {
    const open = await makeWorld({
      resources: [
        { resource: NOTES, scopes: described(["notes:read", "notes:write", "notes:admin"], ["notes:admin"]) },
        { resource: MAIL, scopes: described(["mail:read", "notes:write"], ["notes:write"]) }
      ]
    })
    for (const username of ["ada", "root"]) {
      expect(await shown({}, open, username)).toEqual([["notes:read", "notes:write"], []])
      // What one of the resources keeps for administrators is kept for them.
      expect(await shown({ resource: [NOTES, MAIL] }, open, username)).toEqual([["notes:read", "mail:read"], []])
    }
    const tokens = await obtainTokens(open, { scope: undefined })
    expect(tokens).toMatchObject({ scope: "notes:read notes:write" })
    const browser = new Browser(open)
    const code = (await browser.approve(authorizeUrl({ scope: undefined }), "ada", ["notes:read"])).searchParams.get(
      "code"
    )
    const answer = await open.handle(tokenRequest({ code: code ?? "" }))
    expect(await answer.json()).toMatchObject({ scope: "notes:read" })
  })
  it("has to be named where the default is empty, or where everything is kept for administrators", async () => {
    const none = (resource: object) =>
      makeWorld({ resources: [{ resource: NOTES, scopes: described(["a", "b"]), ...resource }] })
    const empty = await none({ defaultScope: [] })
    expect(await errorFor({ scope: undefined }, empty)).toBe("invalid_scope")
    expect(await shown({ scope: "a" }, empty)).toEqual([["a"], []])
    expect(await errorFor({ scope: undefined }, await none({ scopes: described(["a"], ["a"]) }))).toBe("invalid_scope")
  })
  it("by default is what the client is registered for and no more", async () => {
    const limited = (scope: ReadonlyArray<string>) =>
      makeWorld({
        resources: [{ resource: NOTES, scopes: described(["a", "b"]) }],
        clients: [{ clientId: "c1", name: "L", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none", scope }]
      })
    expect(await shown({}, await limited(["b", "c"]))).toEqual([["b"], []])
    expect(await errorFor({ scope: undefined }, await limited(["c"]))).toBe("invalid_scope")
  })
  it("[SCP-12] never exceeds what the client is registered for", async () => {
    const limited = await makeWorld({
      clients: [
        {
          clientId: "c1",
          name: "Limited",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "none",
          scope: ["notes:read"]
        }
      ]
    })
    const url = authorizeUrl({ scope: "notes:read notes:write" })
    const facts = await new Browser(limited).openConsent(url)
    expect(facts.page === "consent" && facts.scopes.map((one) => one.scope)).toEqual(["notes:read"])
    const code = (await new Browser(limited).approve(url)).searchParams.get("code") ?? ""
    const answer = await limited.handle(tokenRequest({ code }))
    expect(await answer.json()).toMatchObject({ scope: "notes:read" })
    expect(await errorFor({ scope: "notes:write" }, limited)).toBe("invalid_scope")
  })
})

describe("the client", () => {
  it("must be registered for the authorization code grant", async () => {
    const other = await makeWorld({
      clients: [
        {
          clientId: "c1",
          name: "No codes",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "client_secret_post",
          secretHash: C2_SECRET_HASH,
          grantTypes: ["refresh_token"]
        }
      ]
    })
    expect(await errorFor({}, other)).toBe("unauthorized_client")
  })
})

describe("prompt", () => {
  it("[CNS-09] none never ends in silent approval, and other values are refused", async () => {
    expect(await errorFor({ prompt: "none" })).toBe("login_required")
    expect(await errorFor({ prompt: "none consent" })).toBe("invalid_request")
    expect(await errorFor({ prompt: "unknown" })).toBe("invalid_request")
    const browser = new Browser(world)
    await browser.openConsent(authorizeUrl())
    const answer = redirectOf(await browser.get(authorizeUrl({ prompt: "none" })))
    expect(answer).toMatchObject({ error: "consent_required", iss: ISSUER })
    // Not to a place that is not certain.
    const local = await world.handle(
      new Request(authorizeUrl({ prompt: "none", redirect_uri: "https://evil.example/" }))
    )
    expect([local.status, local.headers.has("location")]).toEqual([400, false])
  })
  it("login asks again, in a session of its own", async () => {
    const browser = new Browser(world)
    await browser.openConsent(authorizeUrl())
    const before = browser.cookie
    const facts = await browser.facts(browser.get(authorizeUrl({ prompt: "login" })))
    expect(facts.page).toBe("signIn")
    expect(browser.cookie).not.toBe(before)
    // The handle does not lead around it.
    const handle = facts.page === "signIn" ? facts.hidden.find(({ name }) => name === "interaction")?.value : undefined
    const resumed = await browser.facts(browser.get(`${ISSUER}/interaction?interaction=${handle}`))
    expect(resumed.page).toBe("signIn")
  })
})

describe("the answer", () => {
  it("[MIX-11] [AS4] carries iss exactly once, on success and on every error", async () => {
    const metadata = await world.handle(
      new Request("https://as.example.com/.well-known/oauth-authorization-server/tenant")
    )
    expect(await metadata.json()).toMatchObject({
      issuer: ISSUER,
      authorization_response_iss_parameter_supported: true
    })
    const seen: Record<string, ReadonlyArray<string>> = {}
    const note = (location: string | null) => {
      const query = new URL(location ?? "about:blank").searchParams
      seen[query.get("error") ?? "success"] = query.getAll("iss")
    }
    note((await new Browser(world).approve(authorizeUrl())).href)
    for (const fields of [
      { scope: "x" },
      { resource: "https://unknown.example/" },
      { prompt: "none" },
      { response_type: "token" }
    ]) {
      note((await world.handle(new Request(authorizeUrl(fields)))).headers.get("location"))
    }
    const browser = new Browser(world)
    const consent = await browser.openConsent(authorizeUrl())
    note((await browser.submit(consent, { decision: "deny" })).headers.get("location"))
    const broken = await makeWorld()
    broken.store.mode = "broken"
    note(
      (
        await broken.handle(
          new Request(authorizeUrl(), { headers: { cookie: `__Host-postern-tenant=${"a".repeat(43)}` } })
        )
      ).headers.get("location")
    )
    expect(seen).toEqual({
      success: [ISSUER],
      invalid_scope: [ISSUER],
      invalid_target: [ISSUER],
      login_required: [ISSUER],
      unsupported_response_type: [ISSUER],
      access_denied: [ISSUER],
      server_error: [ISSUER]
    })
  })

  it("[RDU-07] keeps the redirect URI's own query and gives state back byte for byte", async () => {
    const uri = `${CALLBACK}?x=1&y=%20`
    const other = await makeWorld({
      clients: [{ clientId: "c1", name: "Q", redirectUris: [uri], tokenEndpointAuthMethod: "none" }]
    })
    for (const state of ["a&b=c", "a#b", "a\r\nb", "x".repeat(2048), "ü=%20+", "%0d%0a"]) {
      const answer = await new Browser(other).approve(authorizeUrl({ redirect_uri: uri, state }))
      expect(answer.href.startsWith(`${uri}&`)).toBe(true)
      expect(answer.hash).toBe("")
      expect(answer.searchParams.getAll("state")).toEqual([state])
      expect(answer.searchParams.getAll("code")).toHaveLength(1)
      expect(answer.searchParams.getAll("iss")).toEqual([ISSUER])
    }
  })

  it("[RDU-10] cannot be made to carry another header", async () => {
    for (const state of ["x\r\nSet-Cookie: a=b", "x\u0000"]) {
      const response = await world.handle(new Request(authorizeUrl({ state, scope: "unknown" })))
      expect(response.status).toBe(303)
      expect(response.headers.has("set-cookie")).toBe(false)
      expect(response.headers.get("location")).toMatch(/^https:\/\/client\.example\.com\/cb\?[\x21-\x7e]*$/)
      expect(redirectOf(response)).toMatchObject({ state })
    }
  })
})

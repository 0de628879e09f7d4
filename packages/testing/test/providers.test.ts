import { explain, type Relaxation } from "@postern/client-flow"
import {
  errorsWith200,
  metadataIssuer,
  offlineByParameter,
  scopePrefix,
  scopeWithCommas,
  tokenOfUser
} from "@postern/client-flow/exceptions"
import {
  atlassian,
  entra,
  ENTRA_APPLICATION_ID,
  figma,
  makeMcpServer,
  github,
  google,
  keycloak,
  okta,
  slack
} from "@postern/testing"
import { describe, expect, it } from "vitest"
import { makeWorld, RESOURCE, SECRET_CLIENT, used } from "./world.ts"

const named = (issuer: string, ...allowed: ReadonlyArray<Relaxation["allow"]>) =>
  allowed.map((allow) => ({ issuer, allow, reason: "its documentation" }))

const registered = (issuer: string, clientSecret: string) => ({
  registrations: [
    { issuer, clientId: "test-client", clientSecret, tokenEndpointAuthMethod: "client_secret_post" as const }
  ]
})

describe("Google", () => {
  const issuer = "https://accounts.google.com/"
  const basic = named(issuer, "issuer-trailing-slash", "endpoint-other-origin")
  const offline = [...basic, ...named(issuer, offlineByParameter)]
  const make = (relax: ReadonlyArray<Relaxation>, extra: ReadonlyArray<string> = []) => {
    const personality = google({ clients: [SECRET_CLIENT] })
    const client = { ...registered(issuer, SECRET_CLIENT.clientSecret), scope: { extra } }
    return { personality, ...makeWorld({ personality, client, relax }) }
  }

  it("gives a refresh token only to who asks by parameter: without the exception the user is asked every hour", async () => {
    const without = make(basic)
    await without.call()
    without.personality.endAccessTokens()
    expect(await without.call()).toBe(200)
    expect(without.visits).toHaveLength(2)

    const world = make(offline)
    await world.call()
    world.personality.endAccessTokens()
    expect(await world.call()).toBe(200)
    expect(world.visits).toHaveLength(1)
    expect(world.visits[0]?.searchParams.get("access_type")).toBe("offline")
    expect(world.visits[0]?.searchParams.get("prompt")).toBe("consent")
    expect(used(world.events)).toContain("offline-by-parameter")
  })

  it("does not know the scope offline_access, which the exception leaves out", async () => {
    expect(await make(basic, ["offline_access"]).call()).toMatchObject({
      _tag: "AuthorizationRefused",
      error: "invalid_scope"
    })
    const world = make(offline, ["offline_access"])
    expect(await world.call()).toBe(200)
    expect(world.visits[0]?.searchParams.get("scope")).toBe("notes.read")
  })

  it("gives another refresh token at a second login", async () => {
    const world = make(offline)
    await world.call()
    const credentials = await world.authorize()
    expect(credentials.refreshToken).toBeDefined()
  })

  it("is not helped where the exception is for another issuer", async () => {
    const world = make([...basic, ...named("https://accounts.google.com", offlineByParameter)])
    await world.call()
    expect(world.visits[0]?.searchParams.has("access_type")).toBe(false)
  })
})

describe("GitHub", () => {
  const issuer = "https://github.com/login/oauth"
  const basic = named(issuer, "pkce-metadata-absent")
  const errors = errorsWith200({
    incorrect_client_credentials: "invalid_client",
    bad_verification_code: "invalid_grant"
  })
  const make = (relax: ReadonlyArray<Relaxation>, clientSecret = SECRET_CLIENT.clientSecret) => {
    const server = { scope: ["repo", "gist"], namedScope: ["repo"] }
    const personality = github({ clients: [SECRET_CLIENT] })
    return makeWorld({ personality, server, client: registered(issuer, clientSecret), relax })
  }

  it("says no with 200: with the exception that is an error like another, by the name that the flow knows", async () => {
    expect(await make(basic, "wrong").call()).toMatchObject({ _tag: "TokenResponseMalformed" })
    const world = make([...basic, ...named(issuer, errors)], "wrong")
    expect(await world.call()).toMatchObject({ _tag: "TokenRequestRejected", status: 200, error: "invalid_client" })
    expect(used(world.events)).toContain("errors-with-200")
    expect(await make([...basic, ...named("https://github.com", errors)], "wrong").call()).toMatchObject({
      _tag: "TokenResponseMalformed"
    })
  })

  it("grants scopes with commas: with the exception they are two, and a step-up has what was demanded", async () => {
    expect(await make(basic).call()).toMatchObject({ _tag: "ScopeNotGranted", missing: ["repo", "gist"] })
    const world = make([...basic, ...named(issuer, scopeWithCommas)])
    expect(await world.call()).toBe(200)
    expect(used(world.events)).toContain("scope-with-commas")
    expect(await make([...basic, ...named("https://github.com", scopeWithCommas)]).call()).toMatchObject({
      _tag: "ScopeNotGranted"
    })
  })

  it("takes no other port of the redirect URI", async () => {
    const personality = github({ clients: [SECRET_CLIENT] })
    const url = new URL("https://github.com/login/oauth/authorize?client_id=test-client")
    url.searchParams.set("redirect_uri", "http://127.0.0.1:4000/callback")
    expect((await personality.fetch(new Request(url))).status).toBe(400)
  })
})

describe("Slack", () => {
  const issuer = "https://mcp.slack.com"
  const make = (...allowed: ReadonlyArray<Relaxation["allow"]>) => {
    const personality = slack({ clients: [SECRET_CLIENT] })
    const relax = named(issuer, "endpoint-other-origin", metadataIssuer("https://slack.com"), ...allowed)
    return makeWorld({ personality, client: registered(issuer, "wrong"), relax })
  }

  it("says no with 200 and ok: with the exception the error is told by its name", async () => {
    expect(await make(tokenOfUser).call()).toMatchObject({ _tag: "TokenResponseMalformed" })
    expect(await make(tokenOfUser, errorsWith200({ bad_client_secret: "invalid_client" })).call()).toMatchObject({
      _tag: "TokenRequestRejected",
      error: "invalid_client"
    })
  })
})

it("Keycloak registers no host that it does not trust", async () => {
  const world = makeWorld({ personality: keycloak({ audience: [RESOURCE] }), client: { registrations: [] } })
  expect(await world.call()).toMatchObject({ _tag: "RegistrationGated", status: 403, error: "insufficient_scope" })
})

it("Figma registers no client whose name it does not know", async () => {
  const world = makeWorld({
    personality: figma(),
    client: { registrations: [] },
    relax: named("https://api.figma.com", "endpoint-other-origin")
  })
  const error = await world.call()
  expect(error).toMatchObject({ _tag: "RegistrationGated", status: 403 })
  expect(explain(error)?.remedy).toContain("bring it by askForClient")
})

it("Okta gives a refresh token for offline_access, which its metadata lists and the client asks for by itself", async () => {
  const personality = okta({ audience: RESOURCE })
  const world = makeWorld({ personality })
  await world.call()
  personality.endAccessTokens()
  expect(await world.call()).toBe(200)
  expect(world.visits).toHaveLength(1)
})

it("Atlassian refuses a refresh without resource, which the client sends", async () => {
  const personality = atlassian()
  const world = makeWorld({
    personality,
    relax: named(personality.issuer, metadataIssuer("https://auth.atlassian.com"))
  })
  await world.call()
  personality.endAccessTokens()
  expect(await world.call()).toBe(200)
  expect(world.visits).toHaveLength(1)
})

it("Entra gives tokens that are for the application: an MCP server that is not told refuses them, and says why", async () => {
  const personality = entra({ applicationIdUri: RESOURCE })
  const relax = named(personality.issuer, "pkce-metadata-absent", scopePrefix())
  const { accessToken } = await makeWorld({ personality, relax }).authorize()
  const ask = (audience?: string) =>
    makeMcpServer({ resource: RESOURCE, authorizationServer: personality, audience }).fetch(
      new Request(RESOURCE, { headers: { authorization: `Bearer ${accessToken}` } })
    )
  expect((await ask(ENTRA_APPLICATION_ID)).status).toBe(200)
  const refused = await ask()
  expect(refused.status).toBe(401)
  expect(refused.headers.get("www-authenticate")).toContain(
    'error="invalid_token", error_description="the token is for 22222222-3333-4444-5555-666666666666 and not for https://mcp.example.com/mcp"'
  )
})

it("Entra gives a token scopes without the prefix that was asked for", async () => {
  const personality = entra({ applicationIdUri: RESOURCE, applicationId: RESOURCE })
  const relax = named(personality.issuer, "pkce-metadata-absent", scopePrefix())
  const world = makeWorld({ personality, relax })
  expect(await world.call()).toBe(200)
  const credentials = await world.authorize()
  expect(credentials.grantedScope).toEqual(["notes.read", "offline_access"])
  expect(personality.inspect(credentials.accessToken ?? "")?.scope).toEqual(["notes.read", "offline_access"])
})

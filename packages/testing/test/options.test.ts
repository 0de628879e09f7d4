import {
  auth0,
  type Character,
  clerkBehindFacade,
  cognito,
  ConfigurationInvalid,
  entra,
  figma,
  github,
  google,
  keycloak,
  makeMcpServer,
  makePersonality,
  okta,
  type Personality,
  slack,
  strict,
  type TestClient,
  TEST_CLIENT,
  TEST_CLIENT_WITH_SECRET
} from "@postern/testing"
import { describe, expect, it } from "vitest"
import { CALLBACK, RESOURCE } from "./world.ts"

// What a program without types can write.
type Untyped = (options?: unknown) => Personality
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const untyped = (make: unknown): Untyped => make as Untyped

const thrown = (make: () => unknown): unknown => {
  try {
    make()
  } catch (error) {
    return error
  }
  return undefined
}

const refusal = (key: string, reason: string) => ({
  _tag: "ConfigurationInvalid",
  key,
  reason: expect.stringContaining(reason)
})

const PUBLIC: TestClient = { clientId: "mine", redirectUris: [CALLBACK] }

describe("the options of every personality", () => {
  it.each([
    ["strict", strict, {}],
    ["entra", entra, { applicationIdUri: "api://notes" }],
    ["keycloak", keycloak, { audience: [RESOURCE] }],
    ["okta", okta, { audience: RESOURCE }],
    ["slack", slack, {}]
  ])("are looked at: %s", (_, make, needed) => {
    const at = (options: object) => thrown(() => untyped(make)({ ...needed, ...options }))
    expect(at({ nwo: () => 0 })).toMatchObject(refusal("nwo", "is not one of the options: clients, now"))
    expect(at({ toString: 1 })).toMatchObject(refusal("toString", "is not one of the options: "))
    expect(at({ now: 5 })).toMatchObject(refusal("now", "has to be a function"))
    expect(at({ clients: "app" })).toMatchObject(refusal("clients", "has to be a list"))
    expect(at({ clients: [null] })).toMatchObject(refusal("clients[0]", "has to be an object"))
    expect(at({ clients: [{ redirectUris: [CALLBACK] }] })).toMatchObject(refusal("clients[0].clientId", "a text"))
    const client = { clientId: "app", clientSecret: "s", redirectUris: [CALLBACK] }
    const with_ = (change: object) => at({ clients: [{ ...client, ...change }] })
    expect(with_({ clientSecret: "" })).toMatchObject(refusal("clients[0].clientSecret", "a text"))
    expect(with_({ redirectUris: undefined })).toMatchObject(refusal("clients[0].redirectUris", "has to be a list"))
    expect(with_({ redirectUris: [] })).toMatchObject(refusal("clients[0].redirectUris", "at least 1"))
    expect(with_({ redirectUris: ["/cb"] })).toMatchObject(refusal("clients[0].redirectUris[0]", "absolute URI"))
    expect(with_({ redirectUri: CALLBACK })).toMatchObject(
      refusal("clients[0].redirectUri", "is not one of the options: ")
    )
    expect(at({ clients: [client, client] })).toMatchObject(refusal("clients[1].clientId", "is there twice"))
    expect(thrown(() => untyped(make)(null))).toMatchObject({ _tag: "ConfigurationInvalid" })
    expect(at({ clients: [client] })).toBeUndefined()
  })

  it.each<[string, () => unknown, string, string]>([
    ["entra", () => untyped(entra)(), "applicationIdUri", "has to be given"],
    ["entra", () => entra({ applicationIdUri: "notes" }), "applicationIdUri", "an absolute URI"],
    ["entra", () => entra({ applicationIdUri: "api://a", tenant: "a/b" }), "tenant", "one segment"],
    ["entra", () => entra({ applicationIdUri: "api://a", applicationId: "" }), "applicationId", "a text"],
    ["okta", () => untyped(okta)({}), "audience", "has to be given"],
    ["okta", () => okta({ audience: "a", domain: "https://example.okta.com" }), "domain", "the name of a host"],
    ["okta", () => okta({ audience: "a", authorizationServer: "a b" }), "authorizationServer", "one segment"],
    ["keycloak", () => untyped(keycloak)({}), "audience", "has to be given"],
    ["keycloak", () => untyped(keycloak)({ audience: RESOURCE }), "audience", "has to be a list"],
    ["keycloak", () => keycloak({ audience: [""] }), "audience[0]", "a text"],
    ["keycloak", () => keycloak({ audience: [], server: "https://kc.example/" }), "server", "without a slash"],
    ["keycloak", () => keycloak({ audience: [], server: "kc.example" }), "server", "without a slash"],
    ["keycloak", () => keycloak({ audience: [], realm: "a/b" }), "realm", "one segment"],
    ["auth0", () => auth0({ domain: "example.eu.auth0.com/" }), "domain", "the name of a host"],
    ["auth0", () => untyped(auth0)({ compatibilityProfile: "yes" }), "compatibilityProfile", "true or false"],
    ["cognito", () => cognito({ userPool: "Example1" }), "userPool", "eu-central-1_Example1"],
    ["cognito", () => untyped(cognito)({ bindsResources: 1 }), "bindsResources", "true or false"],
    ["figma", () => untyped(figma)({ knownNames: "Known client" }), "knownNames", "has to be a list"],
    ["slack", () => untyped(slack)({ nested: "yes" }), "nested", "true or false"],
    ["clerkBehindFacade", () => clerkBehindFacade({ facade: "https://a.example/" }), "facade", "an origin"],
    ["clerkBehindFacade", () => clerkBehindFacade({ clerk: "a.example" }), "clerk", "an origin"]
  ])("are refused by %s by the name of the one that is wrong: %#", (_, make, key, reason) => {
    const error = thrown(make)
    expect(error).toBeInstanceOf(ConfigurationInvalid)
    expect(error).toMatchObject(refusal(key, reason))
    expect(String(error)).toContain(`${key}: `)
  })

  it("may be what each file says", () => {
    expect(keycloak({ audience: [RESOURCE], server: "https://kc.example/auth" }).issuer).toBe(
      "https://kc.example/auth/realms/staff"
    )
    expect(cognito({ userPool: "us-gov-west-1_Ab9" }).issuer).toBe(
      "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_Ab9"
    )
    expect(okta({ audience: RESOURCE, domain: "o.example:8443" }).issuer).toBe(
      "https://o.example:8443/oauth2/ausabc123"
    )
  })
})

describe("a character of one's own", () => {
  const character: Character = {
    issuer: "https://as.example.com",
    authorizationEndpoint: "https://as.example.com/authorize",
    tokenEndpoint: "https://as.example.com/token",
    metadataUrls: ["https://as.example.com/.well-known/oauth-authorization-server"]
  }

  it.each([
    ["issuer", { issuer: "as.example.com" }, "an http or https URL"],
    ["tokenEndpoint", { tokenEndpoint: undefined }, "an http or https URL"],
    ["metadataUrls", { metadataUrls: "https://as.example.com" }, "has to be a list"],
    ["metadataUrls[0]", { metadataUrls: ["/x"] }, "an http or https URL"],
    ["metadata", { metadata: "x" }, "has to be an object"],
    ["callbackIssuer", { callbackIssuer: 1 }, "a text"],
    ["refuses", { refuses: true }, "a function"],
    ["endpoint", { endpoint: "x" }, "is not one of the options: "]
  ])("is looked at: %s", (key, change, reason) => {
    const make = () => makePersonality({ ...character, ...change } as Character)
    expect(thrown(make)).toMatchObject(refusal(`character.${key}`, reason))
  })

  it("is all that is needed, and its options are looked at", () => {
    expect(makePersonality({ ...character, callbackIssuer: null }).issuer).toBe("https://as.example.com")
    expect(thrown(() => makePersonality(character, { clients: [{ ...PUBLIC, redirectUris: [] }] }))).toMatchObject(
      refusal("clients[0].redirectUris", "at least 1")
    )
  })
})

describe("the options of an MCP server", () => {
  const server = { resource: RESOURCE, authorizationServer: strict() }

  it.each([
    ["resource", { resource: "mcp.example.com" }, "an http or https URL"],
    ["authorizationServer", { authorizationServer: undefined }, "has to be a personality"],
    ["authorizationServer.issuer", { authorizationServer: {} }, "a text"],
    ["authorizationServer.inspect", { authorizationServer: { issuer: "x" } }, "a function"],
    ["scope", { scope: "notes.read" }, "has to be a list"],
    ["namedScope[0]", { namedScope: [1] }, "a text"],
    ["audience", { audience: [RESOURCE] }, "a text"],
    ["issuer", { issuer: "" }, "a text"],
    ["scopes", { scopes: [] }, "is not one of the options: "]
  ])("are looked at: %s", (key, change, reason) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const options = { ...server, ...change } as Parameters<typeof makeMcpServer>[0]
    expect(thrown(() => makeMcpServer(options))).toMatchObject(refusal(key, reason))
  })
})

describe("the clients that there are without `clients`", () => {
  const authorize = async (personality: Personality, clientId: string) => {
    const metadata = await personality.fetch(
      new Request("https://accounts.google.com/.well-known/openid-configuration")
    )
    const at = metadata.ok ? String(((await metadata.json()) as Record<string, unknown>)["authorization_endpoint"]) : ""
    const place = at || `${new URL(personality.issuer).origin}/authorize`
    return personality.fetch(
      new Request(`${place}?${new URLSearchParams({ client_id: clientId, redirect_uri: CALLBACK })}`)
    )
  }

  it("are a public one, and one with a secret", async () => {
    expect((await authorize(strict(), TEST_CLIENT.clientId)).status).toBe(302)
    expect((await authorize(strict(), TEST_CLIENT_WITH_SECRET.clientId)).status).toBe(302)
  })

  it("are the one with a secret alone where there are no public clients, and the page says so", async () => {
    expect((await authorize(google(), TEST_CLIENT_WITH_SECRET.clientId)).status).toBe(302)
    const page = await authorize(google(), TEST_CLIENT.clientId)
    expect(page.status).toBe(400)
    expect(await page.text()).toBe("unknown client test-client: there is test-client-with-secret")
  })

  it.each([
    ["slack", slack],
    ["google", google],
    ["github", github]
  ])("%s takes none without a secret, and says what is needed", (_, make) => {
    const clients = [{ ...PUBLIC, clientId: "first", clientSecret: "s" }, PUBLIC]
    expect(thrown(() => make({ clients }))).toMatchObject(
      refusal("clients[1].clientSecret", "has to be given: this provider has no client without a secret")
    )
  })
})

import { explain, type Relaxation } from "@postern/client-flow"
import {
  audienceParameter,
  callbackIssuer,
  metadataIssuer,
  omitResource,
  registerWithSecret,
  scopePrefix,
  scopeRequired,
  tokenOfUser
} from "@postern/client-flow/exceptions"
import {
  atlassian,
  auth0,
  clerkBehindFacade,
  cognito,
  entra,
  ENTRA_ISSUER_TEMPLATE,
  figma,
  github,
  google,
  keycloak,
  meta,
  okta,
  slack,
  strict
} from "@postern/testing"
import { describe, expect, it } from "vitest"
import { makeWorld, RESOURCE, SECRET_CLIENT, used, type WorldOptions } from "./world.ts"

interface Case extends Omit<WorldOptions, "personality" | "relax"> {
  readonly personality: () => WorldOptions["personality"]
  /** Each exception that is needed, and what happens where it alone is absent. */
  readonly needs: ReadonlyArray<readonly [Relaxation["allow"], Readonly<Record<string, unknown>>]>
}

const secret = (issuer: string, tokenEndpointAuthMethod: "client_secret_post" | "client_secret_basic") => ({
  registrations: [
    { issuer, clientId: "test-client", clientSecret: SECRET_CLIENT.clientSecret, tokenEndpointAuthMethod }
  ]
})

const APPLICATION = "22222222-3333-4444-5555-666666666666"

const cases: Readonly<Record<string, Case>> = {
  "an authorization server without deviation": { personality: strict, needs: [] },
  "Entra, where the Application ID URI is the resource": {
    personality: () => entra({ applicationIdUri: RESOURCE }),
    server: { audience: APPLICATION },
    needs: [
      ["pkce-metadata-absent", { _tag: "PkceUnsupported" }],
      [scopePrefix(), { _tag: "AuthorizationRefused", error: "invalid_target" }]
    ]
  },
  "Entra, where the Application ID URI is another and the server names whole scopes": {
    personality: () => entra({ applicationIdUri: "api://notes" }),
    server: { audience: APPLICATION, namedScope: ["api://notes/notes.read"] },
    needs: [
      ["pkce-metadata-absent", { _tag: "PkceUnsupported" }],
      [omitResource, { _tag: "AuthorizationRefused", error: "invalid_target" }]
    ]
  },
  "Entra, where the Application ID URI is another and the server names short scopes": {
    personality: () => entra({ applicationIdUri: "api://notes" }),
    server: { audience: APPLICATION },
    needs: [
      ["pkce-metadata-absent", { _tag: "PkceUnsupported" }],
      [omitResource, { _tag: "AuthorizationRefused", error: "invalid_target" }],
      [scopePrefix("api://notes"), { _tag: "AuthorizationRefused", error: "invalid_client" }]
    ]
  },
  "Entra, where the server names no scope": {
    personality: () => entra({ applicationIdUri: RESOURCE }),
    server: { audience: APPLICATION, scope: [], namedScope: [] },
    needs: [
      ["pkce-metadata-absent", { _tag: "PkceUnsupported" }],
      [scopeRequired(`${RESOURCE}/.default`), { _tag: "AuthorizationRefused", error: "invalid_request" }]
    ]
  },
  "Entra for every organization, whose metadata has a template": {
    personality: () => entra({ applicationIdUri: RESOURCE, tenant: "organizations" }),
    server: { audience: APPLICATION },
    needs: [
      [metadataIssuer(ENTRA_ISSUER_TEMPLATE), { _tag: "MetadataMalformed" }],
      ["pkce-metadata-absent", { _tag: "PkceUnsupported" }],
      [scopePrefix(), { _tag: "AuthorizationRefused", error: "invalid_target" }]
    ]
  },
  "Google, as its servers name it": {
    personality: () => google({ clients: [SECRET_CLIENT] }),
    client: secret("https://accounts.google.com/", "client_secret_post"),
    needs: [
      ["issuer-trailing-slash", { _tag: "IssuerMismatch" }],
      ["endpoint-other-origin", { _tag: "EndpointForbidden", member: "token_endpoint" }]
    ]
  },
  "Auth0 before the compatibility profile": {
    personality: auth0,
    needs: [[audienceParameter(), { _tag: "TokenRefused" }]]
  },
  "Auth0 with the compatibility profile": {
    personality: () => auth0({ compatibilityProfile: true }),
    needs: []
  },
  "Auth0, where the server leaves out the slash": {
    personality: () => auth0({ compatibilityProfile: true }),
    server: { issuer: "https://example.eu.auth0.com" },
    needs: [["issuer-trailing-slash", { _tag: "IssuerMismatch" }]]
  },
  GitHub: {
    personality: () => github({ clients: [SECRET_CLIENT] }),
    client: secret("https://github.com/login/oauth", "client_secret_post"),
    needs: [["pkce-metadata-absent", { _tag: "PkceUnsupported" }]]
  },
  Slack: {
    personality: () => slack({ clients: [SECRET_CLIENT] }),
    client: secret("https://mcp.slack.com", "client_secret_post"),
    needs: [
      [metadataIssuer("https://slack.com"), { _tag: "IssuerMismatch" }],
      ["endpoint-other-origin", { _tag: "EndpointForbidden" }],
      [tokenOfUser, { _tag: "TokenResponseMalformed" }]
    ]
  },
  "Slack, where the user's token stands beside the app's": {
    personality: () => slack({ clients: [SECRET_CLIENT], nested: true }),
    client: secret("https://mcp.slack.com", "client_secret_post"),
    needs: [
      [metadataIssuer("https://slack.com"), { _tag: "IssuerMismatch" }],
      ["endpoint-other-origin", { _tag: "EndpointForbidden" }],
      [tokenOfUser, { _tag: "TokenResponseMalformed" }]
    ]
  },
  "Figma, for a client that it knows": {
    personality: figma,
    client: { registrations: [], clientMetadata: { client_name: "Known client" } },
    needs: [
      ["endpoint-other-origin", { _tag: "EndpointForbidden" }],
      [registerWithSecret("client_secret_post"), { _tag: "RegistrationNotRecognized", error: "invalid_client" }]
    ]
  },
  Cognito: {
    personality: cognito,
    needs: [
      ["pkce-metadata-absent", { _tag: "PkceUnsupported" }],
      ["endpoint-other-origin", { _tag: "EndpointForbidden", member: "authorization_endpoint" }]
    ]
  },
  Atlassian: {
    personality: atlassian,
    needs: [[metadataIssuer("https://auth.atlassian.com"), { _tag: "IssuerMismatch" }]]
  },
  Meta: {
    personality: meta,
    needs: [["endpoint-other-origin", { _tag: "EndpointForbidden" }]]
  },
  "Clerk behind a facade": {
    personality: clerkBehindFacade,
    needs: [[callbackIssuer("https://clerk.example.com"), { _tag: "AuthorizationIssuerMismatch" }]]
  },
  Okta: {
    personality: () => okta({ audience: "api://notes" }),
    server: { audience: "api://notes" },
    needs: []
  },
  "Keycloak, with an audience mapper": {
    personality: () => keycloak({ audience: [RESOURCE] }),
    needs: []
  }
}

const MADE_BY: Readonly<Record<string, string>> = {
  "audience-parameter": "audienceParameter",
  "issuer-of-callback": "callbackIssuer",
  "issuer-of-metadata": "metadataIssuer",
  "registered-with-secret": "registerWithSecret",
  "resource-omitted": "omitResource",
  "scope-prefix": "scopePrefix",
  "scope-required": "scopeRequired",
  "token-of-user": "tokenOfUser"
}

const nameOf = (allow: Relaxation["allow"]): string => (typeof allow === "string" ? allow : allow.name)

describe.each(Object.entries(cases))("%s", (_, { needs, personality: make, ...options }) => {
  const issuerOf = () => options.server?.issuer ?? make().issuer
  const relax = (issuer: string, allowed = needs) =>
    allowed.map(([allow]) => ({ issuer, allow, reason: "its documentation" }))

  it("lets the client in with the exceptions that it needs, and tells of each", async () => {
    const world = makeWorld({ ...options, personality: make(), relax: relax(issuerOf()) })
    expect(await world.call()).toBe(200)
    expect([...used(world.events)].sort()).toEqual(needs.map(([allow]) => nameOf(allow)).sort())
    for (const event of world.events) {
      if (event._tag === "ExceptionUsed")
        expect(event).toMatchObject({ issuer: issuerOf(), reason: "its documentation" })
    }
  })

  it("goes on with them when the access token ends", async () => {
    const personality = make()
    const world = makeWorld({ ...options, personality, relax: relax(issuerOf()) })
    await world.call()
    personality.endAccessTokens()
    expect(await world.call()).toBe(200)
  })

  it.each(needs.map(([allow, refused], index) => ({ name: nameOf(allow), refused, index })))(
    "is refused without $name",
    async ({ index, name, refused }) => {
      const others = needs.filter((_, at) => at !== index)
      const world = makeWorld({ ...options, personality: make(), relax: relax(issuerOf(), others) })
      const error = await world.call()
      expect(error).toMatchObject(refused)
      // Whoever reads the explanation finds the exception.
      expect(explain(error)?.remedy).toContain(MADE_BY[name] ?? name)
    }
  )

  it.each(needs.slice(0, 1))("is not helped by exceptions for another issuer", async (_, refused) => {
    const issuer = issuerOf()
    for (const other of [
      `${issuer}/x`,
      issuer.endsWith("/") ? issuer.slice(0, -1) : `${issuer}/`,
      "https://x.example"
    ]) {
      const world = makeWorld({ ...options, personality: make(), relax: relax(other) })
      expect(await world.call()).toMatchObject(refused)
      expect(used(world.events)).toEqual([])
    }
  })
})

import { type AuthorizationServerOptions, makeAuthorizationServer, type Pages, type People } from "@postern/as-core"
import { createAuthorizationServer } from "@postern/as-core/promise"
import { openSqliteStore } from "@postern/as-store-sql"
import { type ClientOptions, makeClient, memoryStore } from "@postern/client-flow"
import { makeVerifier, type VerifierOptions } from "@postern/jwt-verify"
import { createVerifier } from "@postern/jwt-verify/promise"
import {
  decodeAuthorizationServerMetadata,
  decodeClientIdMetadataDocument,
  decodeProtectedResourceMetadata
} from "@postern/metadata"
import { openBrowser, type Spawn } from "@postern/node"
import { type GuardOptions, makeGuard } from "@postern/resource-server"
import { createGuard } from "@postern/resource-server/promise"
import { makeTransport, type Transport } from "@postern/safe-fetch"
import { makeNodeTransport } from "@postern/safe-fetch/node"
import { parseClientIdUrl, parseIssuer, parseRedirectUri, parseResource, parseSecureUrl } from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { exportJWK, generateKeyPair } from "jose"
import { afterAll, describe, expect, it } from "vitest"

// Every URL that any role accepts, publishes or dials is https, or http on loopback: one row per place.

const I = "https://as.example.com"
const R = "https://mcp.example.com/mcp"
const CALLBACK = "http://127.0.0.1:3999/callback"

const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true })
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" }] }
const KEY = { kid: "k1", alg: "ES256", privateKey: await exportJWK(privateKey) } as const

const store = await Effect.runPromise(openSqliteStore({ path: ":memory:" }))
afterAll(() => Effect.runPromise(store.close))

/** What an Effect came to: its value, or its error. */
const outcome = <A, E>(effect: Effect.Effect<A, E>): Promise<unknown> =>
  Effect.runPromise(
    Effect.match(effect, { onSuccess: (value): unknown => value, onFailure: (error): unknown => error })
  )

/** What a `Result` holds. */
const held = <A, E>(result: Result.Result<A, E>): unknown =>
  Result.isFailure(result) ? result.failure : result.success

const nobody: People = { authenticate: () => Effect.succeed(undefined), find: () => Effect.succeed(undefined) }
const pages: Pages = {
  signIn: () => "sign-in",
  consent: () => "consent",
  error: ({ detail, status, title }) => JSON.stringify({ status, title, detail })
}
const scopes = { read: { description: "Read" } }

/** Every fetch that some role made. */
const dialled: Array<string> = []
const never: Transport = {
  fetch: ({ url }) => {
    dialled.push(url)
    return Effect.die(new Error(`${url} was dialled`))
  }
}

const serverOptions: AuthorizationServerOptions = {
  issuer: I,
  resources: [{ resource: R, scopes, defaultScope: ["read"] }],
  store,
  keys: [KEY],
  people: nobody,
  pages,
  clients: [
    {
      clientId: "c1",
      name: "Client",
      redirectUris: ["https://client.example.com/cb"],
      tokenEndpointAuthMethod: "none"
    }
  ],
  registration: { dynamic: {}, documents: { transport: never } }
}
const server = (changes: Partial<AuthorizationServerOptions>) =>
  outcome(makeAuthorizationServer({ ...serverOptions, ...changes }))

const verifierOptions: VerifierOptions = {
  issuer: I,
  audience: R,
  jwks,
  fetch: ({ url }) => {
    dialled.push(url)
    return Effect.fail("nobody answers")
  }
}
const verifier = (changes: object) => held(makeVerifier({ ...verifierOptions, ...changes }))

const guardOptions: GuardOptions = {
  resource: R,
  authorizationServers: [I],
  verifier: Result.getOrThrow(makeVerifier(verifierOptions)),
  operations: { default: ["read"] }
}
const guard = (changes: Partial<GuardOptions>) => held(makeGuard({ ...guardOptions, ...changes }))

const clientOptions: ClientOptions = {
  transport: never,
  resourceFetch: (input) => {
    dialled.push(new Request(input).url)
    return Promise.reject(new Error("dialled"))
  },
  store: memoryStore(),
  userAgent: () => Effect.succeed(""),
  redirectUri: CALLBACK,
  clientMetadata: { client_name: "Client" }
}
const client = (changes: Partial<ClientOptions>) => held(makeClient({ ...clientOptions, ...changes }))

interface Documents {
  readonly challenge?: string
  readonly resource?: object
  readonly server?: object
  readonly callback?: (state: string) => string
}

/** A flow of a client against documents with a flaw, and where it went. */
const flow = async ({ callback, challenge, resource = {}, server: members = {} }: Documents) => {
  const PRM = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
  const json = (value: unknown, status = 200) => Response.json(value, { status })
  const routes: Readonly<Record<string, () => Response>> = {
    [R]: () =>
      new Response("", {
        status: 401,
        headers: { "www-authenticate": `Bearer resource_metadata="${challenge ?? PRM}"` }
      }),
    [PRM]: () => json({ resource: R, authorization_servers: [I], ...resource }),
    [`${I}/.well-known/oauth-authorization-server`]: () =>
      json({
        issuer: I,
        authorization_endpoint: `${I}/authorize`,
        token_endpoint: `${I}/token`,
        registration_endpoint: `${I}/register`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: ["none"],
        ...members
      }),
    [`${I}/register`]: () => json({ client_id: "registered", redirect_uris: [CALLBACK] }, 201)
  }
  const urls: Array<string> = []
  let opened = 0
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { url } = new Request(input, init)
    urls.push(url)
    return routes[url]?.() ?? new Response("not here", { status: 404 })
  }
  const made = Result.getOrThrow(
    makeClient({
      ...clientOptions,
      transport: makeTransport({ fetch }),
      resourceFetch: fetch,
      userAgent: ({ state }) => {
        opened += 1
        return Effect.succeed(callback?.(state) ?? `${CALLBACK}?code=c&state=${state}`)
      }
    })
  )
  const error = await outcome(made.fetch(R, new Request(R, { method: "POST", body: "{}" })))
  expect(urls.filter((url) => !url.startsWith("https://"))).toEqual([])
  expect(urls).not.toContain(`${I}/token`)
  return { error, opened }
}
const flowError = async (documents: Documents) => {
  const { error, opened } = await flow(documents)
  expect(opened).toBe(0)
  return error
}

const asked = (path: string, init?: RequestInit) =>
  Effect.runPromise(
    Effect.flatMap(makeAuthorizationServer(serverOptions), ({ handle }) => handle(new Request(`${I}${path}`, init)))
  )
const authorization = async (fields: Readonly<Record<string, string>>) => {
  const answer = await asked(
    `/authorize?${new URLSearchParams({
      response_type: "code",
      client_id: "c1",
      redirect_uri: "https://client.example.com/cb",
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
      scope: "read",
      ...fields
    })}`
  )
  const location = answer.headers.get("location")
  if (location !== null) return Object.fromEntries(new URL(location).searchParams)
  const { status, title } = (await answer.json()) as { readonly status: number; readonly title: string }
  return { status, title }
}
const registration = async (members: object) => {
  const body = JSON.stringify({ redirect_uris: ["https://client.example.com/cb"], ...members })
  const answer = await asked("/register", { method: "POST", headers: { "content-type": "application/json" }, body })
  return answer.json()
}

const ID = "https://client.example.com/client.json"
const document = (members: object) =>
  held(
    decodeClientIdMetadataDocument(
      { client_id: ID, client_name: "Client", redirect_uris: ["https://client.example.com/cb"], ...members },
      { url: ID }
    )
  )
const serverDocument = (members: object) =>
  held(
    decodeAuthorizationServerMetadata({
      issuer: I,
      authorization_endpoint: `${I}/authorize`,
      token_endpoint: `${I}/token`,
      response_types_supported: ["code"],
      ...members
    })
  )
const resourceDocument = (members: object) =>
  held(decodeProtectedResourceMetadata({ resource: R, authorization_servers: [I], ...members }))

const wrongOption = (key: string) => ({ _tag: "ConfigurationInvalid", kind: "rejection", key })
const INSECURE = { _tag: "TransportInsecure", spec: "OAuth 2.1 section 1.5" }
const malformed = (path: string) => ({ _tag: "MetadataMalformed", issues: [expect.objectContaining({ path })] })

const nothing: Spawn = (command) => {
  throw new Error(`${command} was started`)
}

type Row = readonly [place: string, refused: (url: string) => unknown, named: object]

const places: ReadonlyArray<Row> = [
  ["the authorization server's issuer", (issuer) => server({ issuer }), wrongOption("issuer")],
  [
    "a resource of the authorization server",
    (resource) => server({ resources: [{ resource, scopes }] }),
    wrongOption("resources[0].resource")
  ],
  [
    "a redirect URI of a configured client",
    (url) => server({ clients: [{ ...serverOptions.clients![0]!, redirectUris: [url] }] }),
    wrongOption("clients[0].redirectUris[0]")
  ],
  [
    "the redirect URI of an authorization request",
    (redirect_uri) => authorization({ redirect_uri }),
    { status: 400, title: expect.any(String) }
  ],
  ["the resource of an authorization request", (resource) => authorization({ resource }), { error: "invalid_target" }],
  [
    "the client identifier of an authorization request",
    (client_id) => authorization({ client_id }),
    { status: 400, title: "Unknown application" }
  ],
  [
    "a redirect URI that a client registers",
    (url) => registration({ redirect_uris: [url] }),
    { error: "invalid_redirect_uri" }
  ],
  ...["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri"].map((member): Row => [
    `the ${member} that a client registers`,
    (url) => registration({ [member]: url }),
    { error: "invalid_client_metadata" }
  ]),
  ["a redirect URI of a metadata document", (url) => document({ redirect_uris: [url] }), malformed("redirect_uris[0]")],
  ...["client_uri", "logo_uri", "policy_uri", "tos_uri"].map((member): Row => [
    `the ${member} of a metadata document`,
    (url) => document({ [member]: url }),
    malformed(member)
  ]),
  [
    "the jwks_uri of a metadata document",
    (jwks_uri) => document({ jwks_uri }),
    { _tag: "MetadataMalformed", issues: expect.arrayContaining([expect.objectContaining({ path: "jwks_uri" })]) }
  ],

  ["the guard's resource", (resource) => guard({ resource }), wrongOption("resource")],
  [
    "an authorization server of the guard",
    (url) => guard({ authorizationServers: [I, url] }),
    wrongOption("authorizationServers[1]")
  ],
  [
    "the guard's documentation",
    (resourceDocumentation) => guard({ resourceDocumentation }),
    wrongOption("resourceDocumentation")
  ],
  ["the verifier's issuer", (issuer) => verifier({ issuer }), wrongOption("issuer")],
  ["the verifier's key set", (uri) => verifier({ jwks: { uri } }), wrongOption("jwks")],
  [
    "one of several issuers of the verifier",
    (issuer) => verifier({ jwks: undefined, issuer: [{ issuer, jwks }] }),
    wrongOption("issuer[0].issuer")
  ],
  [
    "the key set of one of several issuers",
    (jwksUri) => verifier({ jwks: undefined, issuer: [{ issuer: I, jwksUri }] }),
    wrongOption("issuer[0].jwksUri")
  ],

  ["the client's redirect URI", (redirectUri) => client({ redirectUri }), wrongOption("redirectUri")],
  [
    "the URL of the client's own metadata document",
    (clientIdMetadataUrl) => client({ clientIdMetadataUrl }),
    wrongOption("clientIdMetadataUrl")
  ],
  [
    "the issuer of a registration",
    (issuer) => client({ registrations: [{ issuer, clientId: "c" }] }),
    wrongOption("registrations[0].issuer")
  ],
  [
    "the issuer of an exception",
    (issuer) => client({ relax: [{ issuer, allow: "pkce-metadata-absent", reason: "r" }] }),
    wrongOption("relax[0].issuer")
  ],
  [
    "the server that the client calls",
    (url) => outcome(Result.getOrThrow(makeClient(clientOptions)).fetch(url, new Request(url))),
    INSECURE
  ],
  [
    "the server that the client is to be authorized for",
    (resource) => outcome(Result.getOrThrow(makeClient(clientOptions)).authorize({ resource })),
    INSECURE
  ],
  [
    "the server whose token is asked for",
    (resource) => outcome(Result.getOrThrow(makeClient(clientOptions)).accessToken(resource)),
    INSECURE
  ],
  [
    "the metadata that a challenge points to",
    (challenge) => flowError({ challenge }),
    { _tag: "MetadataUrlForbidden", reason: "transport-insecure" }
  ],
  [
    "the resource that a protected resource metadata document names",
    (resource) => flowError({ resource: { resource } }),
    malformed("resource")
  ],
  [
    "an authorization server that a protected resource metadata document names",
    (url) => flowError({ resource: { authorization_servers: [url] } }),
    malformed("authorization_servers[0]")
  ],
  ["the issuer of authorization server metadata", (issuer) => flowError({ server: { issuer } }), malformed("issuer")],
  ...[
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "jwks_uri"
  ].map((member): Row => [
    `the ${member} of authorization server metadata`,
    (url) => flowError({ server: { [member]: url } }),
    malformed(member)
  ]),
  [
    "the URL at which the answer arrives",
    async (url) => (await flow({ callback: (state) => `${url}?code=c&state=${state}` })).error,
    { _tag: "CallbackUrlMismatch" }
  ],
  [
    "the URL that a browser is given",
    (url) => outcome(openBrowser(url, { spawn: nothing })),
    { _tag: "UrlForbidden", reason: "TransportInsecure" }
  ],

  [
    "an endpoint that nobody knows yet",
    (url) => serverDocument({ future_endpoint: url }),
    malformed("future_endpoint")
  ],
  ["the key set of a resource", (jwks_uri) => resourceDocument({ jwks_uri }), malformed("jwks_uri")],
  [
    "what a transport of the web fetches",
    (url) => outcome(makeTransport({ fetch: () => Promise.reject(new Error(`${url} was dialled`)) }).fetch({ url })),
    { _tag: "FetchRejected", reason: "transport-insecure" }
  ],
  [
    "what a transport of Node fetches",
    (url) =>
      outcome(
        makeNodeTransport({
          lookup: async () => Promise.reject(new Error(`${url} was looked up`)),
          dial: () => {
            throw new Error(`${url} was dialled`)
          }
        }).fetch({ url })
      ),
    { _tag: "FetchRejected", reason: "transport-insecure" }
  ],
  ["an issuer", (url) => held(parseIssuer(url)), INSECURE],
  ["a resource", (url) => held(parseResource(url)), INSECURE],
  ["a URL of any kind", (url) => held(parseSecureUrl(url)), INSECURE],
  ["a client identifier", (url) => held(parseClientIdUrl(url)), INSECURE],
  ["a redirect URI", (url) => held(parseRedirectUri(url)), INSECURE]
]

describe("http off loopback is refused by name for", () => {
  it.each(places)("%s", async (_, refused, named) => {
    for (const url of ["http://other.example.com/path", "http://10.0.0.5:8080/path"]) {
      expect(await refused(url), url).toMatchObject(named)
    }
    expect(dialled).toEqual([])
  })
})

describe("no authorization server and no resource server", () => {
  it("[TLS-01] [E8] is made with http off loopback", async () => {
    const insecure = "http://other.example.com/mcp"
    const wrong = (key: string) => expect.objectContaining({ _tag: "ConfigurationInvalid", key })
    const client = { ...serverOptions.clients![0]!, redirectUris: [insecure] }
    await expect(createAuthorizationServer({ ...serverOptions, issuer: insecure })).rejects.toEqual(wrong("issuer"))
    await expect(
      createAuthorizationServer({ ...serverOptions, resources: [{ resource: insecure, scopes }] })
    ).rejects.toEqual(wrong("resources[0].resource"))
    await expect(createAuthorizationServer({ ...serverOptions, clients: [client] })).rejects.toEqual(
      wrong("clients[0].redirectUris[0]")
    )
    expect(() => createGuard({ ...guardOptions, resource: insecure })).toThrow(wrong("resource"))
    expect(() => createGuard({ ...guardOptions, authorizationServers: [insecure] })).toThrow(
      wrong("authorizationServers[0]")
    )
    expect(() => createVerifier({ issuer: insecure, audience: R, jwks })).toThrow(wrong("issuer"))
    expect(() => createVerifier({ issuer: I, audience: R, jwks: { uri: insecure } })).toThrow(wrong("jwks"))
  })
})

describe("http on loopback is accepted for", () => {
  const http = "http://127.0.0.1:8080"
  it.each<readonly [string, () => unknown]>([
    ["the authorization server's issuer", () => server({ issuer: http })],
    ["a resource of the authorization server", () => server({ resources: [{ resource: `${http}/mcp`, scopes }] })],
    ["the guard's resource", () => guard({ resource: `${http}/mcp` })],
    ["an authorization server of the guard", () => guard({ authorizationServers: [http] })],
    ["the verifier's issuer", () => verifier({ issuer: http })],
    ["the verifier's key set", () => verifier({ jwks: { uri: `${http}/jwks` } })],
    ["the client's redirect URI", () => client({ redirectUri: `${http}/callback` })],
    ["the issuer of a registration", () => client({ registrations: [{ issuer: http, clientId: "c" }] })],
    ["a redirect URI of a metadata document", () => document({ redirect_uris: [`${http}/cb`] })],
    [
      "every endpoint of authorization server metadata",
      () =>
        serverDocument({
          issuer: http,
          authorization_endpoint: `${http}/authorize`,
          token_endpoint: `${http}/token`,
          jwks_uri: `${http}/jwks`
        })
    ]
  ])("%s", async (_, accepted) => {
    expect(await accepted()).not.toHaveProperty("_tag")
  })
})

describe("what is published", () => {
  it("[AS7] is https at every place of the authorization server's metadata", async () => {
    const answer = await asked("/.well-known/oauth-authorization-server")
    const metadata = (await answer.json()) as Readonly<Record<string, unknown>>
    const urls = Object.entries(metadata).filter(([name]) => /_endpoint$|_uri$|^issuer$/.test(name))
    expect(urls.map(([name]) => name).sort()).toEqual([
      "authorization_endpoint",
      "issuer",
      "jwks_uri",
      "registration_endpoint",
      "revocation_endpoint",
      "token_endpoint"
    ])
    for (const [name, url] of urls) expect(url, name).toMatch(/^https:\/\/as\.example\.com(\/|$)/)
  })

  it("is https at every place of a guard's metadata and challenge", async () => {
    const made = Result.getOrThrow(makeGuard(guardOptions))
    expect(made.protectedResourceMetadata).toMatchObject({ resource: R, authorization_servers: [I] })
    expect(made.metadataUrl).toBe("https://mcp.example.com/.well-known/oauth-protected-resource/mcp")
  })
})

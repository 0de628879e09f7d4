import { createHash } from "node:crypto"
import type { AuthorizationServerOptions, Pages, Store } from "@postern/as-core"
import * as Effect from "effect/Effect"
import { exportJWK, generateKeyPair } from "jose"
import { type ClientName, GROUP, LIFETIMES, type ResourceName, SCOPES } from "./state.ts"

// The servers that the model is compared with.

export const ISSUER = "https://as.example.com"
export const CALLBACK = "https://client.example.com/cb"
/** RFC 7636 appendix B. */
export const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
export const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
/** By client, the one that introspects too. */
export const SECRETS = { web: "the secret of web", rs: "the secret of rs" } as const

export const urlOf = (resource: ResourceName): string => `https://${resource}.example.com/mcp`
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64url")

const pair = await generateKeyPair("ES256", { extractable: true })
const privateKey = await exportJWK(pair.privateKey)

/** A page is its facts. */
const pages: Pages = {
  signIn: (facts) => JSON.stringify({ page: "signIn", ...facts }),
  consent: (facts) => JSON.stringify({ page: "consent", ...facts }),
  error: (facts) => JSON.stringify({ page: "error", ...facts })
}

const resources = (Object.keys(SCOPES) as ReadonlyArray<ResourceName>).map((name) => ({
  resource: urlOf(name),
  scopes: Object.fromEntries(SCOPES[name].map((scope) => [scope, { description: scope }]))
}))

const redirectUris = [CALLBACK]
const clients = [
  { clientId: "app" satisfies ClientName, name: "App", redirectUris, tokenEndpointAuthMethod: "none" },
  {
    clientId: "web" satisfies ClientName,
    name: "Web",
    redirectUris,
    tokenEndpointAuthMethod: "client_secret_basic",
    secretHash: sha256(SECRETS.web)
  },
  {
    clientId: "rs",
    name: "Resource servers",
    redirectUris: [],
    tokenEndpointAuthMethod: "client_secret_basic",
    secretHash: sha256(SECRETS.rs),
    grantTypes: ["client_credentials"]
  }
] as const

// Nothing here is slowed down: what is throttled would be told apart from what is refused.
const MANY = 1_000_000

/** A process's server over a store. */
export const optionsOf = (store: Store): AuthorizationServerOptions => ({
  issuer: ISSUER,
  resources,
  store,
  keys: [{ kid: "k1", alg: "ES256", privateKey }],
  people: {
    authenticate: () => Effect.succeed(undefined),
    find: (subject) => Effect.succeed({ subject, name: subject, roles: [] })
  },
  pages,
  clients,
  introspection: [{ clientId: "rs", resources: resources.map(({ resource }) => resource) }],
  audienceGroups: [{ name: "group", resources: GROUP.map(urlOf) }],
  lifetimes: LIFETIMES,
  rates: { tokens: MANY, authorizations: MANY, revocations: MANY }
})

import { isScopeToken } from "@postern/scope"
import { authorizationServerMetadataUrls, parseIssuer, parseResource, parseSecureUrl } from "@postern/uri"
import * as Result from "effect/Result"
import { decideKeys, type KeyMembers } from "./clients/key-members.ts"
import { applicationTypeOf, checkRedirectUris, isPrivateUse } from "./clients/redirect-uris.ts"
import { ConfigurationInvalid } from "./configuration-invalid.ts"
import { cookieSettings } from "./http/cookie.ts"
import { checkIntrospection } from "./introspect/check-options.ts"
import { findUnknownKey } from "./known-keys.ts"
import { checkDpop } from "./options/check-dpop.ts"
import { checkGrants } from "./options/check-grants.ts"
import { checkGroups } from "./options/check-groups.ts"
import { checkLifetimes, checkRates } from "./options/check-lifetimes.ts"
import { checkExceptions, checkMethods } from "./options/check-methods.ts"
import { checkDocuments, checkDynamic } from "./options/check-registration.ts"
import type { AuthorizationServerOptions, ConfiguredClient, ResourceOptions } from "./options.ts"
import type { Paths, ResourceSettings, Settings } from "./settings.ts"
import type { Client } from "./store.ts"

type Checked<A> = Result.Result<A, ConfigurationInvalid>

const invalid = (
  key: string,
  reason: string,
  spec = "Postern configuration"
): Result.Result<never, ConfigurationInvalid> => Result.fail(new ConfigurationInvalid({ key, reason, spec }))

/** Lifts a rule of a lower package, naming the key that it was broken at. */
const at = <A, E extends { readonly message: string; readonly spec: string }>(
  key: string,
  result: Result.Result<A, E>
): Checked<A> =>
  Result.mapError(result, ({ message, spec }) => new ConfigurationInvalid({ key, reason: message, spec }))

/** Checks every option and says which key is wrong and why; nothing is corrected, nothing ignored. */
export const checkOptions = (options: AuthorizationServerOptions): Checked<Settings> =>
  Result.gen(function* () {
    const unknown = findUnknownKey(options)
    if (unknown !== undefined) return yield* invalid(unknown, "is not an option")
    const issuer = yield* at("issuer", parseIssuer(options.issuer))
    const tokenEndpointAuthMethods = yield* checkMethods(options.tokenEndpointAuthMethods)
    const facts = {
      origin: new URL(issuer).origin,
      paths: pathsOf(issuer),
      privateUseSchemes: options.registration?.privateUseSchemes ?? [],
      documents: yield* checkDocuments(options.registration?.documents, tokenEndpointAuthMethods),
      tokenEndpointAuthMethods
    }
    const resources = yield* checkResources(options.resources)
    const dpop = yield* checkDpop(options.dpop)
    yield* checkGrants(options.clients ?? [], { dpop })
    const clients = yield* checkClients(options.clients ?? [], facts)
    return {
      ...facts,
      issuer,
      cookie: cookieSettings(issuer),
      resources,
      clients,
      introspection: yield* checkIntrospection(options.introspection ?? [], { clients, resources }),
      lifetimes: yield* checkLifetimes(options.lifetimes),
      rates: yield* checkRates(options.rates),
      audienceGroups: yield* checkGroups(options.audienceGroups ?? [], { resources }),
      dpop,
      dynamic: yield* checkDynamic(options.registration?.dynamic),
      relax: yield* checkExceptions(options.relax)
    }
  })

const pathsOf = (issuer: string): Paths => {
  // A terminating slash is no path segment of its own (RFC 8414 section 3.1).
  const base = new URL(issuer).pathname.replace(/\/$/, "")
  return {
    metadata: authorizationServerMetadataUrls(issuer).map((url) => new URL(url).pathname),
    jwks: `${base}/jwks`,
    authorize: `${base}/authorize`,
    interaction: `${base}/interaction`,
    login: `${base}/login`,
    consent: `${base}/consent`,
    token: `${base}/token`,
    register: `${base}/register`,
    revoke: `${base}/revoke`,
    introspect: `${base}/introspect`
  }
}

const checkResources = (resources: ReadonlyArray<ResourceOptions>): Checked<Settings["resources"]> =>
  Result.gen(function* () {
    if (resources.length === 0) return yield* invalid("resources", "at least one is required")
    const checked = new Map<string, ResourceSettings>()
    for (const [index, resource] of resources.entries()) {
      const key = `resources[${index}]`
      yield* at(`${key}.resource`, parseResource(resource.resource))
      if (checked.has(resource.resource)) return yield* invalid(`${key}.resource`, "is configured twice")
      checked.set(resource.resource, yield* checkScopes(key, resource))
    }
    return checked
  })

const checkScopes = (key: string, resource: ResourceOptions): Checked<ResourceSettings> =>
  Result.gen(function* () {
    const scopes = new Map<string, { readonly description: string; readonly administratorsOnly: boolean }>()
    for (const [scope, { description, administratorsOnly = false }] of Object.entries(resource.scopes)) {
      if (!isScopeToken(scope))
        return yield* invalid(`${key}.scopes`, "has a key that is no scope token", "RFC 6749 section 3.3")
      // It speaks to the authorization server, not to a resource (MCP Authorization section Refresh Tokens).
      if (scope === "offline_access") return yield* invalid(`${key}.scopes`, "offline_access is no scope of a resource")
      scopes.set(scope, { description, administratorsOnly })
    }
    if (scopes.size === 0) return yield* invalid(`${key}.scopes`, "at least one is required")
    const { defaultScope } = resource
    if (defaultScope?.every((scope) => scopes.has(scope)) === false) {
      return yield* invalid(`${key}.defaultScope`, "names a scope that the resource does not have")
    }
    return { resource: resource.resource, name: resource.name, scopes, defaultScope }
  })

const checkClients = (
  clients: ReadonlyArray<ConfiguredClient>,
  facts: Pick<Settings, "origin" | "paths" | "privateUseSchemes" | "documents" | "tokenEndpointAuthMethods">
): Checked<Settings["clients"]> =>
  Result.gen(function* () {
    const checked = new Map<string, Client>()
    for (const [index, client] of clients.entries()) {
      const key = `clients[${index}]`
      // RFC 6749 appendix A.1
      if (!/^[\x20-\x7e]{1,512}$/.test(client.clientId))
        return yield* invalid(`${key}.clientId`, "must be printable ASCII", "RFC 6749 appendix A.1")
      if (checked.has(client.clientId)) return yield* invalid(`${key}.clientId`, "is configured twice")
      const grantTypes = client.grantTypes ?? ["authorization_code", "refresh_token"]
      // Without codes nobody is sent back.
      if (grantTypes.includes("authorization_code") || client.redirectUris.length > 0) {
        yield* Result.mapError(
          checkRedirectUris(client.redirectUris, facts),
          ({ index: at, reason, spec }) => new ConfigurationInvalid({ key: `${key}.redirectUris[${at}]`, reason, spec })
        )
      }
      const { tokenEndpointAuthMethods: methods } = facts
      if (!methods.includes(client.tokenEndpointAuthMethod)) {
        return yield* invalid(`${key}.tokenEndpointAuthMethod`, `must be one of ${methods.join(", ")}`)
      }
      const needsSecret = client.tokenEndpointAuthMethod.startsWith("client_secret_")
      if (needsSecret !== (client.secretHash !== undefined)) {
        return yield* invalid(
          `${key}.secretHash`,
          needsSecret
            ? "is required for this method"
            : `must not stand beside the method ${client.tokenEndpointAuthMethod}`
        )
      }
      if (needsSecret && !/^[\w-]{43}$/.test(client.secretHash ?? "")) {
        return yield* invalid(`${key}.secretHash`, "must be a SHA-256 hash as base64url")
      }
      if (needsSecret && (client.applicationType === "native" || client.redirectUris.some(isPrivateUse))) {
        // OAuth 2.1 section 8.1: what is in a program that everybody has is no secret.
        return yield* invalid(
          `${key}.tokenEndpointAuthMethod`,
          "a native client keeps no secret",
          "OAuth 2.1 section 8.1"
        )
      }
      const { jwks: _, ...members } = client
      checked.set(client.clientId, {
        ...members,
        ...(yield* checkClientKeys(key, client, facts)),
        applicationType: client.applicationType ?? (needsSecret ? "web" : applicationTypeOf(client.redirectUris)),
        grantTypes,
        origin: "configured",
        createdAt: 0
      })
    }
    return checked
  })

const checkClientKeys = (
  key: string,
  client: ConfiguredClient,
  { documents }: Pick<Settings, "documents">
): Checked<KeyMembers> =>
  Result.gen(function* () {
    const { jwks, jwksUri, tokenEndpointAuthMethod: method, tokenEndpointAuthSigningAlg: algorithm } = client
    if (method !== "private_key_jwt") {
      const beside = Object.entries({ jwks, jwksUri, tokenEndpointAuthSigningAlg: algorithm })
      const [name] = beside.find(([, value]) => value !== undefined) ?? []
      return name === undefined ? {} : yield* invalid(`${key}.${name}`, `must not stand beside the method ${method}`)
    }
    if (jwks !== undefined && jwksUri !== undefined) {
      return yield* invalid(`${key}.jwks`, "must not stand beside jwksUri", "RFC 7591 section 2")
    }
    if (jwksUri !== undefined) {
      yield* at(`${key}.jwksUri`, parseSecureUrl(jwksUri))
      if (!documents)
        return yield* invalid(`${key}.jwksUri`, "needs registration.documents, whose transport fetches it")
    }
    return yield* Result.mapError(
      decideKeys({ jwks, jwks_uri: jwksUri, token_endpoint_auth_signing_alg: algorithm }),
      ({ member, reason, spec }) =>
        new ConfigurationInvalid({ key: `${key}.${KEY_OPTIONS.get(member) ?? member}`, reason, spec })
    )
  })

/** The options that the members of RFC 7591 are called by here. */
const KEY_OPTIONS: ReadonlyMap<string, string> = new Map([
  ["jwks_uri", "jwksUri"],
  ["token_endpoint_auth_signing_alg", "tokenEndpointAuthSigningAlg"]
])

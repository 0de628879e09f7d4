import type { ProofKey, ProofKeyUnusable, ProvenRequest } from "@postern/dpop"
import type { Failure, Rejection } from "@postern/rejection"
import type { Transport } from "@postern/safe-fetch"
import type { ScopeSet } from "@postern/scope"
import type * as Effect from "effect/Effect"
import type { Adjustment } from "./adjustment.ts"
import type { FlowEvent } from "./events.ts"
import type { ClientKeyUnusable } from "./rejections/index.ts"
import type { ClientAuthenticationMethod, CredentialStore, RegisteredMethod } from "./store.ts"

/**
 * The ways out of a rule, each for one issuer and with a reason.
 * - `issuer-trailing-slash`: the metadata's issuer may differ from the one asked for by one slash at the end
 * - `pkce-metadata-absent`: the metadata may say nothing about PKCE (saying that it lacks S256 is still refused)
 * - `metadata-other-origin`: a challenge may point to protected resource metadata at another origin, if that names this issuer
 * - `endpoint-other-origin`: the endpoints may stand at another origin than the issuer
 * - `legacy-2025-03-26`: a server without protected resource metadata, whose origin this issuer is; where that has no metadata
 *   either, its endpoints are `/authorize`, `/token` and `/register`
 */
export type Exception =
  | "issuer-trailing-slash"
  | "pkce-metadata-absent"
  | "metadata-other-origin"
  | "endpoint-other-origin"
  | "legacy-2025-03-26"

/** One named exception. */
export interface Relaxation {
  readonly issuer: string
  /** A name, or what a function of `@postern/client-flow/exceptions` made. */
  readonly allow: Exception | Adjustment
  /** Why it has to be: shown in the event of every use. */
  readonly reason: string
}

/**
 * Resources that get one token of one server, which is asked for all of them (RFC 8707 section 2). Each of them can use it at
 * the others: only for servers that trust each other. One that names another server in its metadata does not get it.
 */
export interface SharedResources {
  readonly issuer: string
  readonly resources: ReadonlyArray<string>
}

/** A client id that was registered at one issuer beforehand; used there and nowhere else. */
export interface PreRegistration {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret?: string | undefined
  /** Instead of a secret: the key whose public half is registered. */
  readonly clientKey?: ClientKey | undefined
  /** `private_key_jwt` with a key; with a secret, what the server supports (basic first); else `none`, unless told. */
  readonly tokenEndpointAuthMethod?: ClientAuthenticationMethod | undefined
}

/** Proves who a client is (RFC 7523 section 2.2). Made by `makeClientKey` of `@postern/client-flow/private-key-jwt`. */
export interface ClientKey {
  /** What it signs with (RFC 7518 section 3.1). */
  readonly algorithm: string
  /** A new assertion for this issuer alone. */
  readonly assert: (facts: {
    readonly clientId: string
    readonly issuer: string
  }) => Effect.Effect<string, ClientKeyUnusable>
}

/** Binds tokens to keys (RFC 9449). Made by `makeDpop` of `@postern/client-flow/dpop`. */
export interface Dpop {
  /** What proofs are signed with (RFC 7518 section 3.1). */
  readonly algorithm: string
  /** Whether a token that is bound to no key is of no use. */
  readonly required: boolean
  /** A key for one authorization. */
  readonly generateKey: Effect.Effect<ProofKey, ProofKeyUnusable>
  /** What a code is bound to, `dpop_jkt` (RFC 9449 section 10). */
  readonly thumbprint: (key: ProofKey) => Effect.Effect<string>
  /** The proof of one request (RFC 9449 section 4.2). */
  readonly sign: (key: ProofKey, request: ProvenRequest) => Effect.Effect<string, ProofKeyUnusable>
}

/** What the user agent is asked to do: show the URL, and bring the URL that arrives at the redirect URI. */
export interface UserAgentRequest {
  readonly authorizationUrl: string
  readonly redirectUri: string
  readonly state: string
}

/** How this client names itself where it is registered dynamically (RFC 7591 section 2). */
export interface ClientDescription {
  readonly client_name: string
  readonly client_uri?: string | undefined
  readonly logo_uri?: string | undefined
  readonly tos_uri?: string | undefined
  readonly policy_uri?: string | undefined
  readonly contacts?: ReadonlyArray<string> | undefined
  readonly software_id?: string | undefined
  readonly software_version?: string | undefined
  /** `native` for a loopback or private-use redirect URI, else `web`, unless told. */
  readonly application_type?: "native" | "web" | undefined
}

/** What {@link CommonOptions.chooseAuthorizationServer} chooses from: issuers. */
export interface AuthorizationServerChoice {
  readonly resource: string
  /** In the order of the metadata of the resource. */
  readonly named: ReadonlyArray<string>
  /** Those for which `registrations` has a client. */
  readonly configured: ReadonlyArray<string>
  /** Those that gave credentials for this resource. */
  readonly held: ReadonlyArray<string>
}

/** What every client is made from. */
export interface CommonOptions {
  /** For every document and token request. */
  readonly transport: Transport
  /** Dials the MCP server itself; the platform's `fetch` unless told. */
  readonly resourceFetch?: typeof globalThis.fetch | undefined
  readonly store: CredentialStore
  /**
   * Whose login is used: a name that the host gives it, of its own choice. Credentials of one account are never used for
   * another. `"default"` unless told.
   */
  readonly account?: string | undefined
  readonly registrations?: ReadonlyArray<PreRegistration> | undefined
  /**
   * Chooses where the metadata of a resource names several authorization servers: one of them, or nothing, which ends the
   * flow. Without it: one with a registration, else one with credentials, else the first.
   */
  readonly chooseAuthorizationServer?:
    | ((choice: AuthorizationServerChoice) => Effect.Effect<string | undefined>)
    | undefined
  /** With it, tokens are bound to a key wherever the authorization server can do that. */
  readonly dpop?: Dpop | undefined
  readonly relax?: ReadonlyArray<Relaxation> | undefined
  /** For one resource and operation; 3 unless told. */
  readonly maximumAuthorizations?: number | undefined
  /** Every exchange and decision, without secrets. */
  readonly events?: ((event: FlowEvent) => void) | undefined
}

/** What a client is made from that a person uses. */
export interface ClientOptions extends CommonOptions {
  /** Shows a URL to the user; resolves to the full callback URL that arrived. */
  readonly userAgent: (request: UserAgentRequest) => Effect.Effect<string, Failure | Rejection>
  /** Registered and sent. An Effect where a listener is opened first: it runs once per authorization. */
  readonly redirectUri: string | Effect.Effect<string, Failure | Rejection>
  readonly clientMetadata: ClientDescription
  /** Our Client ID Metadata Document, used as the client id where the server supports that. */
  readonly clientIdMetadataUrl?: string | undefined
  /** Where the document has `jwks` and `private_key_jwt`: the key. It is then used where the server takes its assertions. */
  readonly clientIdMetadataKey?: ClientKey | undefined
  /**
   * The last resort, where the server knows none of our clients and lets nobody register: asks for a client that its operator
   * has registered for this redirect URI. It is kept as a registration is, for this issuer alone. Nothing: the flow ends.
   */
  readonly askForClient?: ((request: ClientRequest) => Effect.Effect<AskedClient | undefined>) | undefined
  readonly scope?: ScopePolicy | undefined
  /** Resources of one server that get one token; each has its own unless told. None may stand in two groups. */
  readonly sharedResources?: ReadonlyArray<SharedResources> | undefined
}

/** What {@link ClientOptions.askForClient} is asked for. */
export interface ClientRequest {
  readonly issuer: string
  readonly resource: string
  /** What the client has to be registered with. */
  readonly redirectUri: string
  /** Whether there is no registration endpoint, or one that serves not everybody. */
  readonly reason: "RegistrationUnavailable" | "RegistrationGated"
}

/** A client that somebody knows of. */
export interface AskedClient {
  readonly clientId: string
  readonly clientSecret?: string | undefined
  /** With a secret, what the server supports (basic first); else `none`, unless told. */
  readonly tokenEndpointAuthMethod?: RegisteredMethod | undefined
}

/** What this client thinks about scopes. */
export interface ScopePolicy {
  /** Asked for in addition, in every authorization. */
  readonly extra?: ReadonlyArray<string> | undefined
  /** Whether `offline_access` is added where the server lists it; true unless told. */
  readonly offlineAccess?: boolean | undefined
  /** Asked before more rights are requested than the ones held; a `false` ends the flow. */
  readonly onStepUp?: ((added: ScopeSet, resource: string) => Effect.Effect<boolean>) | undefined
}

import type { ProofAlgorithm } from "@postern/dpop"
import type { ClientException, RegistrationOptions } from "./clients/options.ts"
import type { Pages } from "./pages.ts"
import type { People } from "./people.ts"
import type { Client, Store, TokenEndpointAuthMethod } from "./store.ts"

/** A scope that a resource server knows. */
export interface ScopeOptions {
  /** What the consent page says it allows. */
  readonly description: string
  /** Only a user with the role `administrator` may grant it, or one who was allowed to beforehand. */
  readonly administratorsOnly?: boolean | undefined
}

/** A resource server (MCP server) that tokens are issued for. */
export interface ResourceOptions {
  /** The resource identifier (RFC 8707 section 2), byte for byte what its metadata says. */
  readonly resource: string
  readonly name?: string | undefined
  readonly scopes: Readonly<Record<string, ScopeOptions>>
  /**
   * Asked the user for when a request names no scope (RFC 6749 section 3.3). Absent: every scope that is not kept for
   * administrators. Empty: such a request is refused with `invalid_scope`.
   */
  readonly defaultScope?: ReadonlyArray<string> | undefined
}

/** A key that access tokens are signed with. */
export interface SigningKey {
  readonly kid: string
  readonly alg: "ES256" | "EdDSA" | "RS256"
  /** Private key as a JWK: `kty: "EC"` on P-256, `kty: "OKP"` on Ed25519, or `kty: "RSA"` with 2048 bits at least. */
  readonly privateKey: JsonWebKey
}

/** Keys that the server makes, keeps in its store (encrypted) and changes in time. */
export interface KeyRingOptions {
  /** 32 random bytes each. The first one encrypts, all decrypt, so that it can be changed. */
  readonly encryptionKeys: ReadonlyArray<Uint8Array>
  /** `ES256` unless told. Another one than before begins with the next key. */
  readonly algorithm?: SigningKey["alg"] | undefined
  /** Seconds that a key signs: 30 days unless told, and longer than `publishAhead`. */
  readonly rotateAfter?: number | undefined
  /** Seconds that a key is published before it signs: an hour unless told, six minutes at least (the set may be kept for five). */
  readonly publishAhead?: number | undefined
}

/** Lifetimes in seconds. */
export interface Lifetimes {
  /** 60. */
  readonly code?: number | undefined
  /** 600. */
  readonly accessToken?: number | undefined
  /** 30 days; at least as long as an access token. */
  readonly refreshToken?: number | undefined
  /** 90 days: no chain of rotations lives longer. */
  readonly grant?: number | undefined
  /** 90 days: how long what a user allowed a client is remembered. */
  readonly consent?: number | undefined
  /** 600: how long a page may stay open. */
  readonly interaction?: number | undefined
  /** 8 hours. */
  readonly session?: number | undefined
  /**
   * 10: how long the same refresh request is given the same answer again, as long as the new refresh token was not used. 0:
   * a refresh token that comes twice always ends its grant.
   */
  readonly refreshReplay?: number | undefined
}

/** How much may be asked for in a minute before the answer is 429 with `Retry-After`; each process counts for itself. */
export interface Rates {
  /** 600: tokens of one client for one account. */
  readonly tokens?: number | undefined
  /** 120: authorization requests of one account, or of one browser while nobody is signed in. */
  readonly authorizations?: number | undefined
  /** 600: revocations of one client that had something to revoke. */
  readonly revocations?: number | undefined
}

/** A client known beforehand. */
export interface ConfiguredClient extends Omit<
  Client,
  "origin" | "createdAt" | "applicationType" | "grantTypes" | "jwks"
> {
  /** Public keys for `private_key_jwt` (RFC 7517 section 5); or name `jwksUri`, which needs `registration.documents`. */
  readonly jwks?: { readonly keys: ReadonlyArray<Readonly<Record<string, unknown>>> } | undefined
  readonly applicationType?: Client["applicationType"] | undefined
  readonly grantTypes?: Client["grantTypes"] | undefined
}

/** What an authorization server is made of. */
export interface AuthorizationServerOptions {
  /** The issuer identifier (RFC 8414 section 2): https, or http on loopback. */
  readonly issuer: string
  readonly resources: ReadonlyArray<ResourceOptions>
  readonly store: Store
  /** A key ring in the store, or keys that you keep: the first one signs, all are published. */
  readonly keys: KeyRingOptions | ReadonlyArray<SigningKey>
  /**
   * Who may ask whether a token is active (RFC 7662): configured clients with authentication, each for the resources that
   * it stands for. Absent or empty means that there is no such endpoint.
   */
  readonly introspection?: ReadonlyArray<{ readonly clientId: string; readonly resources: ReadonlyArray<string> }>
  readonly people: People
  readonly pages: Pages
  readonly clients?: ReadonlyArray<ConfiguredClient>
  readonly registration?: RegistrationOptions
  /**
   * The authentication methods that are offered; all four unless told. Without `none` there are no public clients, and a
   * client that takes the first method that it knows takes another.
   */
  readonly tokenEndpointAuthMethods?: ReadonlyArray<TokenEndpointAuthMethod>
  /** Exceptions for one client each. */
  readonly relax?: ReadonlyArray<ClientException>
  readonly lifetimes?: Lifetimes
  readonly rates?: Rates
  /** Resources whose servers trust each other with their tokens: one token may be for several of one group, and for no others. */
  readonly audienceGroups?: ReadonlyArray<{ readonly name: string; readonly resources: ReadonlyArray<string> }>
  /** DPoP (RFC 9449): tokens bound to a key of the client. Absent means not served: no proof is looked at. */
  readonly dpop?: {
    /** ES256, ES384, ES512, EdDSA, Ed25519, PS256 and RS256 unless told. */
    readonly algorithms?: ReadonlyArray<ProofAlgorithm> | undefined
    /** With it every proof needs a nonce of ours. At least 32 random bytes, the same ones for all instances of the server. */
    readonly nonces?: { readonly secret: Uint8Array; readonly lifetimeSeconds?: number | undefined } | undefined
  }
  /** Told of what an operator should know; never holds a secret. */
  readonly onEvent?: (event: ServerEvent) => void
}

/** Something that an operator should know. */
export interface ServerEvent {
  readonly event:
    | "code-replayed"
    | "refresh-token-replayed"
    | "sign-in-failed"
    | "client-registered"
    | "client-document-refused"
    /** The document's server could not be asked, and what it last said is used on; `detail` is why. */
    | "client-document-stale"
    | "client-changed"
    | "client-removed"
    /** At start: an exception from a rule; `detail` says which and why. */
    | "exception-in-use"
    /** An assertion was not accepted; `detail` is the reason of `ClientAuthenticationFailed`. */
    | "client-assertion-refused"
    /** A person's subject is a client's identifier, which `clientId` names: nobody could tell their tokens apart. */
    | "subject-is-client"
    /** The store or the directory of people did not answer; `detail` says which and at what. */
    | "unavailable"
    | "defect"
  readonly clientId?: string | undefined
  readonly grantId?: string | undefined
  readonly detail?: string | undefined
}

import type { Transport } from "@postern/safe-fetch"
import type { Pages } from "./pages.ts"
import type { People } from "./people.ts"
import type { Client, Store } from "./store.ts"

/** A scope that a resource server knows. */
export interface ScopeOptions {
  /** What the consent page says it allows. */
  readonly description: string
  /** Only a user with the role `administrator` may grant it. */
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
  readonly alg: "ES256"
  /** Private key as a JWK (`kty: "EC"`, `crv: "P-256"`, with `d`). */
  readonly privateKey: JsonWebKey
}

/** Lifetimes in seconds. */
export interface Lifetimes {
  /** 60. */
  readonly code?: number | undefined
  /** 300. */
  readonly accessToken?: number | undefined
  /** 30 days. */
  readonly refreshToken?: number | undefined
  /** 90 days: no chain of rotations lives longer. */
  readonly grant?: number | undefined
  /** 600: how long a page may stay open. */
  readonly interaction?: number | undefined
  /** 8 hours. */
  readonly session?: number | undefined
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
  /** The first one signs; all are published. */
  readonly keys: ReadonlyArray<SigningKey>
  readonly people: People
  readonly pages: Pages
  readonly clients?: ReadonlyArray<ConfiguredClient>
  readonly registration?: {
    /**
     * Client ID Metadata Documents and key sets of clients; absent means that neither is fetched. A document has 5 kB at
     * most, a key set may have 64 kB: `keySetTransport`, where the bounds of `transport` are those of a document.
     */
    readonly documents?: { readonly transport: Transport; readonly keySetTransport?: Transport | undefined }
    /** Dynamic registration (RFC 7591); absent means not supported. */
    readonly dynamic?: { readonly maximumClients?: number | undefined }
    /** Private-use redirect schemes without a dot that are accepted all the same, for example `cursor`. */
    readonly privateUseSchemes?: ReadonlyArray<string> | undefined
  }
  readonly lifetimes?: Lifetimes
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
    /** An assertion was not accepted; `detail` is the reason of `ClientAuthenticationFailed`. */
    | "client-assertion-refused"
    /** The store or the directory of people did not answer; `detail` says which and at what. */
    | "unavailable"
    | "defect"
  readonly clientId?: string | undefined
  readonly grantId?: string | undefined
  readonly detail?: string | undefined
}

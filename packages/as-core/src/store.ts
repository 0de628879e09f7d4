import type * as Effect from "effect/Effect"
import { Failure } from "@postern/rejection"

/** The store could not answer. Whatever it was asked to change is unchanged. */
export class StoreFailed extends Failure("StoreFailed")<{ readonly operation: string }> {
  override get message() {
    return `the store failed at ${this.operation}`
  }
}

/** How a client proves who it is at the token endpoint (RFC 7591 section 2). */
export type TokenEndpointAuthMethod = "none" | "client_secret_basic" | "client_secret_post" | "private_key_jwt"

/** Public keys of a client (RFC 7517 section 5): of each the members that verify, all of them text. */
export interface ClientKeySet {
  readonly keys: ReadonlyArray<Readonly<Record<string, string>>>
}

/** A client as the rules see it, from whichever place it came. Times are seconds since 1970. */
export interface Client {
  readonly clientId: string
  /** `document`: a Client ID Metadata Document, never stored. */
  readonly origin: "configured" | "registered" | "document"
  readonly name: string
  readonly redirectUris: ReadonlyArray<string>
  readonly tokenEndpointAuthMethod: TokenEndpointAuthMethod
  /** SHA-256 of the secret as base64url; only where the method needs one. */
  readonly secretHash?: string | undefined
  /** The keys of `private_key_jwt`, or where they are: one of the two, and only where the method needs it. */
  readonly jwks?: ClientKeySet | undefined
  readonly jwksUri?: string | undefined
  /** The one algorithm that the client signs with, where it was registered with one (RFC 7591 section 2). */
  readonly tokenEndpointAuthSigningAlg?: string | undefined
  readonly grantTypes: ReadonlyArray<"authorization_code" | "refresh_token">
  readonly applicationType: "native" | "web"
  readonly clientUri?: string | undefined
  readonly logoUri?: string | undefined
  readonly policyUri?: string | undefined
  readonly tosUri?: string | undefined
  /** Limits what the client may ever ask for (RFC 7591 section 2), where it was registered with a scope. */
  readonly scope?: ReadonlyArray<string> | undefined
  readonly createdAt: number
}

/** A browser that we know: anonymous until somebody signs in, with a new id from then on. */
export interface Session {
  /** SHA-256 of the cookie's value, base64url. */
  readonly idHash: string
  readonly subject?: string | undefined
  readonly authenticatedAt?: number | undefined
  readonly expiresAt: number
}

/** An authorization request that passed every check: what the user decides on is this, and nothing sent later. */
export interface PendingRequest {
  /** Without its keys, which are read again when it authenticates. */
  readonly client: Omit<Client, "jwks">
  readonly redirectUri: string
  readonly state?: string | undefined
  readonly codeChallenge: string
  readonly resources: ReadonlyArray<string>
  readonly scope: ReadonlyArray<string>
}

/** A pending authorization request, bound to one browser. */
export interface Interaction {
  /** SHA-256 of the handle in the page's form, base64url. */
  readonly idHash: string
  readonly sessionHash: string
  readonly request: PendingRequest
  readonly expiresAt: number
}

/** What one user allowed one client: all codes and tokens hang on it and end with it. */
export interface Grant {
  readonly grantId: string
  readonly clientId: string
  readonly subject: string
  readonly resources: ReadonlyArray<string>
  readonly scope: ReadonlyArray<string>
  readonly createdAt: number
  readonly expiresAt: number
}

/** An authorization code, by its hash. */
export interface Code {
  readonly codeHash: string
  readonly grantId: string
  readonly clientId: string
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly expiresAt: number
}

/** A refresh token, by its hash; its scope and resources are its grant's. */
export interface RefreshToken {
  readonly tokenHash: string
  readonly grantId: string
  readonly clientId: string
  readonly expiresAt: number
}

/** What `gather` sees of a code or a refresh token. `used` and `ended` are hints: the commit decides. */
export interface Found<A> {
  readonly value: A
  readonly grant: Grant
  readonly used: boolean
  /** The grant was ended (replay, revocation). */
  readonly ended: boolean
}

/** `Gone`: no such interaction in this browser, or no longer. */
export type ApproveOutcome = "Approved" | "Gone"
/** `Gone`: no such interaction in this browser, or no longer. */
export type DenyOutcome = "Denied" | "Gone"
/** `Gone`: no such interaction in this browser, or no longer. */
export type SignInOutcome = "SignedIn" | "Gone"
/** `Full`: as many clients are registered as may be. */
export type AddClientOutcome = "Added" | "Full"
/**
 * `Replayed`: it was used before, and its grant is ended now, in the same transaction. `Stale`: what the decision relied
 * on is gone (no such record, the grant ended).
 */
export type UseOutcome = "Used" | "Replayed" | "Expired" | "Stale"
/** `Replayed`: it is remembered already. */
export type RememberOutcome = "Remembered" | "Replayed"

/** The identifier of something that may be presented once, such as the `jti` of an assertion and whose it is. */
export interface SpentId {
  /** SHA-256 of the identifier, base64url. */
  readonly idHash: string
  readonly expiresAt: number
}

/**
 * The authorization server's state. **One method is one transaction**: of any number of callers at once each
 * single-use thing is used by exactly one, and nothing is half written after a crash. A protocol outcome is a value, so that the
 * transaction that found it commits. Only `StoreFailed` rolls back. All times are seconds since 1970; `now` comes from the caller.
 */
export interface Store {
  /** Adds a registered client unless `maximum` registered clients are held already. */
  readonly addClient: (
    client: Client,
    limits: { readonly maximum: number }
  ) => Effect.Effect<AddClientOutcome, StoreFailed>
  /** A registered client, by its id. */
  readonly findClient: (clientId: string) => Effect.Effect<Client | undefined, StoreFailed>

  /** Adds an anonymous session. */
  readonly addSession: (session: Session) => Effect.Effect<void, StoreFailed>
  /** A session that has not expired. */
  readonly findSession: (idHash: string, now: number) => Effect.Effect<Session | undefined, StoreFailed>

  /** Adds a pending request; beyond `maximum` of them the oldest leaves. */
  readonly addInteraction: (
    interaction: Interaction,
    limits: { readonly maximum: number }
  ) => Effect.Effect<void, StoreFailed>
  /** A pending request that has not expired. */
  readonly findInteraction: (idHash: string, now: number) => Effect.Effect<Interaction | undefined, StoreFailed>

  /**
   * Somebody signed in: the old session ends, the new one begins, and the interaction moves to it. `Gone` when the
   * interaction does not exist or is not the old session's.
   */
  readonly signIn: (change: {
    readonly interactionHash: string
    readonly fromSessionHash: string
    readonly session: Session
    readonly now: number
  }) => Effect.Effect<SignInOutcome, StoreFailed>

  /** The user said yes: the interaction leaves, the grant and its code arrive. */
  readonly approve: (change: {
    readonly interactionHash: string
    readonly sessionHash: string
    readonly grant: Grant
    readonly code: Code
    readonly now: number
  }) => Effect.Effect<ApproveOutcome, StoreFailed>
  /** The user said no: the interaction leaves. */
  readonly deny: (change: {
    readonly interactionHash: string
    readonly sessionHash: string
    readonly now: number
  }) => Effect.Effect<DenyOutcome, StoreFailed>

  /** A code with its grant, used and expired ones too. */
  readonly findCode: (codeHash: string) => Effect.Effect<Found<Code> | undefined, StoreFailed>
  /** Uses a code once and saves the refresh token that it bought, if any. */
  readonly redeem: (change: {
    readonly codeHash: string
    readonly refreshToken?: RefreshToken | undefined
    readonly now: number
  }) => Effect.Effect<UseOutcome, StoreFailed>

  /** A refresh token with its grant, used and expired ones too. */
  readonly findRefreshToken: (tokenHash: string) => Effect.Effect<Found<RefreshToken> | undefined, StoreFailed>
  /** Uses a refresh token once and saves its successor. */
  readonly rotate: (change: {
    readonly tokenHash: string
    readonly next: RefreshToken
    readonly now: number
  }) => Effect.Effect<UseOutcome, StoreFailed>

  /**
   * Remembers an identifier until it expires: of all who bring the same one until then exactly one is told `Remembered`.
   * One that has expired counts as new.
   */
  readonly remember: (id: SpentId, now: number) => Effect.Effect<RememberOutcome, StoreFailed>

  /** Ends a grant and all that hangs on it; ending an ended one is no error. */
  readonly endGrant: (grantId: string, now: number) => Effect.Effect<void, StoreFailed>

  /** Removes what expired before `now`, at most `limit` rows of each kind; how many rows went. */
  readonly purge: (now: number, limit: number) => Effect.Effect<number, StoreFailed>
  /** Whether the store answers. */
  readonly check: Effect.Effect<void, StoreFailed>
}

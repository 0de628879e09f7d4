import type * as Effect from "effect/Effect"
import { Failure } from "@postern/rejection"

/**
 * The store could not answer. What it was asked to change is unchanged, unless the way to a database was lost just when that was
 * to commit: then nobody knows, and it must not be tried again as if nothing had happened.
 */
export class StoreFailed extends Failure("StoreFailed")<{ readonly operation: string }> {
  override get message() {
    return `the store failed at ${this.operation}`
  }
}

/** How a client proves who it is at the token endpoint (RFC 7591 section 2). */
export type TokenEndpointAuthMethod = "none" | "client_secret_basic" | "client_secret_post" | "private_key_jwt"

/** A grant type that a client may use (OAuth 2.1 section 3.2.2). */
export type GrantType = "authorization_code" | "refresh_token" | "client_credentials"

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
  readonly grantTypes: ReadonlyArray<GrantType>
  /** Every access token of this client is bound to a key of its own (RFC 9449 section 5.2). */
  readonly dpopBoundAccessTokens?: boolean | undefined
  readonly applicationType: "native" | "web"
  readonly clientUri?: string | undefined
  readonly logoUri?: string | undefined
  readonly policyUri?: string | undefined
  readonly tosUri?: string | undefined
  /** Limits what the client may ever ask for (RFC 7591 section 2), where it was registered with a scope. */
  readonly scope?: ReadonlyArray<string> | undefined
  readonly createdAt: number
}

/** A registered client with what only the registration endpoints read. */
export interface Registration {
  readonly client: Client
  /** SHA-256 of what a public client registered, base64url: one that registers the same again is the same client. */
  readonly metadataHash?: string | undefined
  /** SHA-256 of its registration access token (RFC 7592), base64url; only where an initial access token was used. */
  readonly registrationTokenHash?: string | undefined
  /** It leaves from then on if nobody has used it; absent where it stays in any case. */
  readonly unusedUntil?: number | undefined
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
  /** Thumbprint of the key that the code will be bound to (RFC 9449 section 10). */
  readonly dpopJkt?: string | undefined
  /** The user is to be asked, whatever they allowed before (`prompt=consent`). */
  readonly ask?: boolean | undefined
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

/** What one user allowed one client at one time: its code and tokens hang on it and end with it. */
export interface Grant {
  readonly grantId: string
  readonly clientId: string
  readonly subject: string
  readonly resources: ReadonlyArray<string>
  readonly scope: ReadonlyArray<string>
  readonly createdAt: number
  readonly expiresAt: number
}

/** What one user allowed one client to do at one resource: remembered from one grant to the next. */
export interface Consent {
  readonly subject: string
  readonly clientId: string
  readonly resource: string
  readonly scope: ReadonlyArray<string>
  /** SHA-256 of the client as the page showed it, base64url: the consent was given to that one. */
  readonly clientHash: string
  readonly expiresAt: number
}

/** A scope kept for administrators that one of them gave to a user or a client beforehand. */
export interface Allowance {
  readonly resource: string
  readonly scope: string
  readonly to: { readonly kind: "subject" | "client"; readonly id: string }
  /** The administrator's subject. */
  readonly by: string
  readonly createdAt: number
}

/** An authorization code, by its hash. */
export interface Code {
  readonly codeHash: string
  readonly grantId: string
  readonly clientId: string
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly dpopJkt?: string | undefined
  readonly expiresAt: number
}

/**
 * The one live refresh token of a grant; its scope and resources are its grant's. A token is a name that stays the same
 * through all rotations and a secret that does not: whatever comes under the name and is not the live token is an old
 * one, so that a grant takes the same room however often it is rotated.
 */
export interface RefreshToken {
  /** SHA-256 of the name, base64url. */
  readonly chainHash: string
  /** SHA-256 of the whole token, base64url. */
  readonly tokenHash: string
  readonly grantId: string
  readonly clientId: string
  /** Thumbprint of the key that it is bound to: a public client's with DPoP (RFC 9449 section 5). */
  readonly jkt?: string | undefined
  readonly expiresAt: number
}

/** The answer that a rotation gave, kept for whoever did not get it. */
export interface SealedAnswer {
  /** The token response's bytes, encrypted under the old token, base64url: nobody else can open it. */
  readonly sealed: string
  /** SHA-256 of all that the request has to have in common with the first one, base64url. */
  readonly binding: string
  /** It is given out again before this time. */
  readonly until: number
}

/** What `gather` sees of a code. `used` and `ended` are hints: the commit decides. */
export interface FoundCode {
  readonly value: Code
  readonly grant: Grant
  readonly used: boolean
  /** The grant was ended (replay, revocation). */
  readonly ended: boolean
}

/** What `gather` sees of a refresh token, by its name: a hint, the commit decides. */
export interface FoundRefreshToken {
  /** The live one. */
  readonly value: RefreshToken
  readonly grant: Grant
  readonly ended: boolean
}

/** A grant, and whether it was ended. */
export interface FoundGrant {
  readonly grant: Grant
  readonly ended: boolean
}

/** A key that signs tokens, encrypted, and when it does what. Times are seconds since 1970. */
export interface StoredKey {
  readonly kid: string
  readonly alg: "ES256" | "EdDSA" | "RS256"
  /** Public members, all of them text (RFC 7517 section 4). */
  readonly publicJwk: Readonly<Record<string, string>>
  /** The private key, encrypted under a key that the store never sees. */
  readonly sealedPrivateKey: string
  readonly createdAt: number
  /** Published from its creation on, and the signing key from this time until another one's begins. */
  readonly signsFrom: number
  /** It stays published until then; absent as long as nothing takes its place. */
  readonly publishedUntil?: number | undefined
}

/** All keys, as of one version: each change makes the next. */
export interface KeyRing {
  readonly version: number
  readonly keys: ReadonlyArray<StoredKey>
}

/** `Gone`: no such interaction in this browser, or no longer; or its client was registered and is no longer. */
export type ApproveOutcome = "Approved" | "Gone"
/** `Gone`: the session ended or is not the grant's subject's. `Stale`: the consent does not cover it, or no longer. */
export type ApproveByConsentOutcome = "Approved" | "Gone" | "Stale"
/** `Gone`: no such interaction in this browser, or no longer. */
export type DenyOutcome = "Denied" | "Gone"
/** `Gone`: no such interaction in this browser, or no longer. */
export type SignInOutcome = "SignedIn" | "Gone"
/** `Known`: this very public client is registered already. `Full`: as many are registered as may be, and all are in use. */
export type AddClientOutcome =
  | { readonly _tag: "Added" }
  | { readonly _tag: "Known"; readonly client: Client }
  | { readonly _tag: "Full" }
/** `Gone`: no such client, or its registration access token is another one now. */
export type ReplaceClientOutcome = "Replaced" | "Gone"
/** `Gone`: no such client, or its registration access token is another one now. */
export type RemoveClientOutcome = "Removed" | "Gone"
/**
 * `Replayed`: it was used before, and its grant is ended now, in the same transaction. `Stale`: what the decision relied
 * on is gone (no such record, the grant ended).
 */
export type RedeemOutcome = "Redeemed" | "Replayed" | "Expired" | "Stale"
/**
 * `Repeated`: this token was the last one to be rotated, its successor was not used yet, and the request is the same as the
 * first: the sealed answer of that one. `Replayed`: it is an old token, and its grant is ended now, in the same transaction.
 */
export type RotateOutcome =
  | { readonly _tag: "Rotated" }
  | { readonly _tag: "Repeated"; readonly sealed: string }
  | { readonly _tag: "Replayed" }
  | { readonly _tag: "Expired" }
  | { readonly _tag: "Stale" }
/** `Replayed`: it is remembered already. */
export type RememberOutcome = "Remembered" | "Replayed"
/** `Stale`: somebody else saved a ring since. */
export type SaveKeyRingOutcome = "Saved" | "Stale"

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
  /**
   * Adds a client that registered itself, whose identifier is 22 letters of base64url, or finds the one with the same
   * `metadataHash`, which from now on stays as long as the new one would.
   * At `maximum` registered clients one leaves that was never used, the one that was registered, or registered again, longest ago:
   * a client is used once a grant is approved for it. One with a registration access token stays in any case: somebody with an
   * initial access token registered it, and it may be one that acts for itself.
   */
  readonly addClient: (
    registration: Registration,
    limits: { readonly maximum: number }
  ) => Effect.Effect<AddClientOutcome, StoreFailed>
  /** A registered client, by its id. */
  readonly findClient: (clientId: string) => Effect.Effect<Client | undefined, StoreFailed>
  /** A registered client with its registration. */
  readonly findRegistration: (clientId: string) => Effect.Effect<Registration | undefined, StoreFailed>
  /** Puts a new registration in the place of the one with this registration access token (RFC 7592 section 2.2). */
  readonly replaceClient: (change: {
    readonly registration: Registration
    /** The one in force. */
    readonly registrationTokenHash: string
  }) => Effect.Effect<ReplaceClientOutcome, StoreFailed>
  /** Removes a registered client and ends its grants and consents (RFC 7592 section 2.3). */
  readonly removeClient: (change: {
    readonly clientId: string
    readonly registrationTokenHash: string
    readonly now: number
  }) => Effect.Effect<RemoveClientOutcome, StoreFailed>

  /** Adds an anonymous session. */
  readonly addSession: (session: Session) => Effect.Effect<void, StoreFailed>
  /** A session that has not expired. */
  readonly findSession: (idHash: string, now: number) => Effect.Effect<Session | undefined, StoreFailed>

  /**
   * Adds a pending request; beyond `maximum` of them the oldest leaves, and its browser's session with it where nobody is signed
   * in there and no other request waits.
   */
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

  /**
   * The user said yes: the interaction leaves, the grant and its code arrive, and each consent is added to what this user allowed
   * this client before, if that was given to the same `clientHash`; else it takes its place.
   */
  readonly approve: (change: {
    readonly interactionHash: string
    readonly sessionHash: string
    readonly grant: Grant
    readonly code: Code
    readonly consents: ReadonlyArray<Consent>
    readonly now: number
  }) => Effect.Effect<ApproveOutcome, StoreFailed>
  /** The user said no: the interaction leaves. */
  readonly deny: (change: {
    readonly interactionHash: string
    readonly sessionHash: string
    readonly now: number
  }) => Effect.Effect<DenyOutcome, StoreFailed>

  /** What this user allowed this client at these resources and has not expired. */
  readonly findConsents: (of: {
    readonly subject: string
    readonly clientId: string
    readonly resources: ReadonlyArray<string>
    readonly now: number
  }) => Effect.Effect<ReadonlyArray<Consent>, StoreFailed>
  /**
   * A grant and its code by what the user allowed before: approved if the session still is the grant's subject's, and each of
   * `needed`, which is something, is within a consent in force with its `clientHash`.
   */
  readonly approveByConsent: (change: {
    readonly sessionHash: string
    /** The page that the request waited at, which closes: `Gone` where it is not this session's. */
    readonly interactionHash?: string | undefined
    readonly grant: Grant
    readonly code: Code
    readonly needed: ReadonlyArray<Pick<Consent, "resource" | "scope" | "clientHash">>
    readonly now: number
  }) => Effect.Effect<ApproveByConsentOutcome, StoreFailed>
  /** Forgets what this user allowed this client, and ends their grants. */
  readonly endConsents: (of: {
    readonly subject: string
    readonly clientId: string
    readonly now: number
  }) => Effect.Effect<void, StoreFailed>

  /** Adds an allowance; adding one that exists changes nothing. */
  readonly addAllowance: (allowance: Allowance) => Effect.Effect<void, StoreFailed>
  /** Removes an allowance; removing one that does not exist is no error. */
  readonly removeAllowance: (
    allowance: Pick<Allowance, "resource" | "scope" | "to">
  ) => Effect.Effect<void, StoreFailed>
  /** The allowances of a user and of a client. */
  readonly findAllowances: (of: {
    readonly subject?: string | undefined
    readonly clientId: string
  }) => Effect.Effect<ReadonlyArray<Allowance>, StoreFailed>

  /** A code with its grant, used and expired ones too. */
  readonly findCode: (codeHash: string) => Effect.Effect<FoundCode | undefined, StoreFailed>
  /** Uses a code once and saves the refresh token that it bought, if any. */
  readonly redeem: (change: {
    readonly codeHash: string
    readonly refreshToken?: RefreshToken | undefined
    readonly now: number
  }) => Effect.Effect<RedeemOutcome, StoreFailed>

  /** The live refresh token of a name, with its grant, an expired one too. */
  readonly findRefreshToken: (chainHash: string) => Effect.Effect<FoundRefreshToken | undefined, StoreFailed>
  /**
   * Puts the next refresh token in the place of the live one if that is what was presented (`tokenHash`), and keeps the
   * answer for whoever presents the same once more before `answer.until`. The successor's first use ends that. A `jkt` binds
   * the chain from now on; without one it stays as it is.
   */
  readonly rotate: (change: {
    readonly chainHash: string
    readonly tokenHash: string
    readonly next: Pick<RefreshToken, "tokenHash" | "expiresAt" | "jkt">
    readonly answer: SealedAnswer
    readonly now: number
  }) => Effect.Effect<RotateOutcome, StoreFailed>

  /**
   * Remembers an identifier until it expires: of all who bring the same one until then exactly one is told `Remembered`.
   * One that has expired counts as new.
   */
  readonly remember: (id: SpentId, now: number) => Effect.Effect<RememberOutcome, StoreFailed>
  /** Whether an identifier is remembered. */
  readonly isRemembered: (idHash: string, now: number) => Effect.Effect<boolean, StoreFailed>

  /** A grant, an ended or expired one too. */
  readonly findGrant: (grantId: string) => Effect.Effect<FoundGrant | undefined, StoreFailed>
  /** Ends a grant and all that hangs on it; ending an ended one is no error. */
  readonly endGrant: (grantId: string, now: number) => Effect.Effect<void, StoreFailed>

  /** The key ring, if one was ever saved. */
  readonly findKeyRing: Effect.Effect<KeyRing | undefined, StoreFailed>
  /** Saves a ring as version `expected + 1` if the one in force is `expected` (0: there is none). */
  readonly saveKeyRing: (change: {
    readonly expected: number
    readonly keys: ReadonlyArray<StoredKey>
  }) => Effect.Effect<SaveKeyRingOutcome, StoreFailed>

  /** Removes what expired before `now`, at most `limit` rows of each kind; how many went or were put off: 0 when it is done. */
  readonly purge: (now: number, limit: number) => Effect.Effect<number, StoreFailed>
  /** Whether the store answers. */
  readonly check: Effect.Effect<void, StoreFailed>
}

import type { ProofKey } from "@postern/dpop"
import { Failure } from "@postern/rejection"
import type * as Effect from "effect/Effect"

/** The credential store could not answer. Whatever it was asked to change is unchanged. */
export class CredentialStoreFailed extends Failure("CredentialStoreFailed")<{ readonly operation: string }> {
  override get message() {
    return `the credential store failed at ${this.operation}`
  }
}

/** How we prove who we are at the token endpoint (RFC 7591 section 2). */
export type ClientAuthenticationMethod = "none" | "client_secret_basic" | "client_secret_post" | "private_key_jwt"

/** What a registration over the wire is asked for: a key is the host's, and registered by hand. */
export type RegisteredMethod = Exclude<ClientAuthenticationMethod, "private_key_jwt">

/** The account of a host that names none. */
export const DEFAULT_ACCOUNT = "default"

/** A login: somebody's at one server, for one resource. */
export interface LoginKey {
  readonly issuer: string
  readonly resource: string
  /** Whose login it is: the name that the host gives it, of no meaning to a server. */
  readonly account: string
}

/** What one set of credentials belongs to. It is never used for another issuer, resource, account or client (MCP CL15). */
export interface CredentialsKey extends LoginKey {
  readonly clientId: string
}

/** How a client authenticates that a server registered for us, or that a person brought (RFC 7591 section 3.2.1). */
export interface RegisteredAuthentication {
  readonly clientSecret?: string | undefined
  readonly tokenEndpointAuthMethod: RegisteredMethod
}

/** What one authorization at one server got for one resource. Times are seconds since 1970. */
export interface StoredCredentials extends CredentialsKey {
  /** All resources that the tokens were asked for, where the user had them asked for several: `resource` is the first. */
  readonly resources?: ReadonlyArray<string> | undefined
  readonly accessToken?: string | undefined
  /** When the access token ends; absent where the server did not say. */
  readonly expiresAt?: number | undefined
  readonly refreshToken?: string | undefined
  /** The key that the tokens are bound to (RFC 9449). Made for these credentials, and used with no others. */
  readonly proofKey?: ProofKey | undefined
  /**
   * How the client authenticates that the tokens were issued to; absent where the options say it. A refresh and a revocation
   * need it, whatever client was registered since.
   */
  readonly clientAuthentication?: RegisteredAuthentication | undefined
  /** Every scope that was ever asked for here: what a step-up adds to. */
  readonly requestedScope: ReadonlyArray<string>
  readonly grantedScope: ReadonlyArray<string>
}

/**
 * A client that a server registered for us (RFC 7591 section 3.2.1), for the logins to come: what was issued to an earlier one says
 * itself how that authenticates. Belongs to this issuer alone.
 */
export interface StoredRegistration extends RegisteredAuthentication {
  readonly issuer: string
  readonly clientId: string
  /** Seconds since 1970; absent or 0: never. */
  readonly clientSecretExpiresAt?: number | undefined
  readonly redirectUris: ReadonlyArray<string>
}

/**
 * Where a client keeps what it was given. One method is one transaction. Keys are compared byte for byte. What is kept
 * are secrets: readable by their owner alone.
 */
export interface CredentialStore {
  /** All that is held for a resource in this account, the one saved last first. */
  readonly findCredentials: (
    resource: string,
    account: string
  ) => Effect.Effect<ReadonlyArray<StoredCredentials>, CredentialStoreFailed>
  /** All that is held, of every account, the one saved last first. */
  readonly listCredentials: Effect.Effect<ReadonlyArray<StoredCredentials>, CredentialStoreFailed>
  /** Puts these credentials in the place of those with the same key. */
  readonly saveCredentials: (credentials: StoredCredentials) => Effect.Effect<void, CredentialStoreFailed>
  /**
   * Takes the named tokens out, each only while it is still the held one, so that a newer one of another process stays.
   * The rest of the record stays, its scopes too.
   */
  readonly forgetTokens: (
    key: CredentialsKey,
    tokens: { readonly accessToken?: string | undefined; readonly refreshToken?: string | undefined }
  ) => Effect.Effect<void, CredentialStoreFailed>
  /** Takes the whole record out. */
  readonly forgetCredentials: (key: CredentialsKey) => Effect.Effect<void, CredentialStoreFailed>
  /**
   * Runs an effect while nobody else who shares this store runs one for the same login, and waits for that with a bound. The
   * other methods are called within it, and never this one. A store that processes share needs it: the client reads again,
   * refreshes and writes in it, so that no refresh token is used twice, and asks in it where no person is asked. One that a single
   * client uses does without.
   */
  readonly exclusively?:
    | (<A, E>(key: LoginKey, effect: Effect.Effect<A, E>) => Effect.Effect<A, E | CredentialStoreFailed>)
    | undefined

  /** The client that this issuer registered for us last. */
  readonly findRegistration: (issuer: string) => Effect.Effect<StoredRegistration | undefined, CredentialStoreFailed>
  /** Puts this registration in the place of that issuer's. Credentials that were issued to the earlier one stay as they are. */
  readonly saveRegistration: (registration: StoredRegistration) => Effect.Effect<void, CredentialStoreFailed>
  /** Takes the issuer's registration out, only while it still has this client id. */
  readonly forgetRegistration: (issuer: string, clientId: string) => Effect.Effect<void, CredentialStoreFailed>
}

import type { Transport } from "@postern/safe-fetch"
import type { HostPolicy } from "./host-policy.ts"

/** How clients are fetched that are known by a URL. */
export interface DocumentOptions {
  /** Fetches documents, and key sets where `keySetTransport` is absent. */
  readonly transport: Transport
  /** Where the bounds of `transport` are those of a document (5 kB), which a key set may exceed (64 kB). */
  readonly keySetTransport?: Transport | undefined
  /** Fetches logos for the pages; absent means that none is shown. */
  readonly logoTransport?: Transport | undefined
  /** Whose documents are read; every host unless told. Nothing is fetched from another one. */
  readonly hosts?: HostPolicy | undefined
  /**
   * For how many seconds a document counts, after it has expired, while its server cannot be asked: 3600 unless told, 0 for
   * not at all, a day at most. Never where the document was served with `no-cache` or `must-revalidate`.
   */
  readonly staleSeconds?: number | undefined
}

/** A secret that the operator gave to somebody who may register clients (RFC 7591 section 3). */
export interface InitialAccessToken {
  /** SHA-256 of the token, base64url. */
  readonly hash: string
  /** Seconds since 1970 from which on it is worth nothing; absent means that it stays. */
  readonly expiresAt?: number | undefined
}

/** Dynamic registration (RFC 7591). */
export interface DynamicOptions {
  /** 10000; beyond it the oldest client leaves that was never used and came without an initial access token. */
  readonly maximumClients?: number | undefined
  /**
   * Who registers with one of these may have a shared secret and `client_credentials`, and may read, change and remove
   * the client afterwards (RFC 7592).
   */
  readonly initialAccessTokens?: ReadonlyArray<InitialAccessToken> | undefined
  /** Nobody registers without an initial access token; `false` unless told. */
  readonly required?: boolean | undefined
}

/** Where clients come from that are not configured. */
export interface RegistrationOptions {
  /** Client ID Metadata Documents, and key sets behind `jwks_uri`; absent means that neither is fetched. */
  readonly documents?: DocumentOptions
  /** Dynamic registration (RFC 7591); absent means not supported. */
  readonly dynamic?: DynamicOptions
  /**
   * Private-use redirect schemes that a client may have, for example `cursor` or `com.example.app`; none unless named, since
   * any program on the user's computer can claim one. Each one named is told by an event at start.
   */
  readonly privateUseSchemes?: ReadonlyArray<string> | undefined
}

/** An exception from a rule for one client; each one is told by an event at start. */
export interface ClientException {
  /** Its `client_id`. */
  readonly client: string
  /**
   * - `token-endpoint-as-audience`: an assertion of `private_key_jwt` may name the token endpoint in place of the issuer, as
   *   RFC 7523 had it before audience injection was known.
   */
  readonly allow: "token-endpoint-as-audience"
  /** Why, for whoever reads the log. */
  readonly reason: string
}

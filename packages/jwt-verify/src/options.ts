import type { Algorithm } from "./algorithm.ts"
import type { ClientRule } from "./claims.ts"
import type { Dialect } from "./dialect.ts"
import type { FetchDocument, KeyCache, KeyProblem } from "./key-source.ts"
import type { Revoked } from "./revocation.ts"
import type { TokenCacheOptions } from "./token-cache.ts"

/** What tokens are held to. It may stand for all issuers; what an issuer says itself wins. */
export interface TokenRules {
  /** The only algorithms accepted, the first that fits an RSA key first. */
  readonly algorithms?: ReadonlyArray<Algorithm>
  /** How far clocks may differ, 0 to 60 seconds; 5 unless told. */
  readonly clockToleranceSeconds?: number
  /** The longest `exp - iat` accepted; 86400 (a day) unless told. */
  readonly maximumLifetimeSeconds?: number
  /** Audiences of others that may stand beside ours; none unless told. */
  readonly foreignAudiences?: ReadonlyArray<string>
  /** The clients that are let in: their ids, or a predicate that is asked on every request; all unless told. */
  readonly clients?: ClientRule
}

/** One issuer: where its keys are, and how its tokens differ. */
export interface TrustedIssuer extends TokenRules {
  readonly issuer: string
  /** Without `jwksUri` and `jwks` the keys are found by the issuer's metadata (RFC 8414 section 3). */
  readonly jwksUri?: string
  readonly jwks?: { readonly keys: ReadonlyArray<unknown> }
  /** Our names in this issuer's tokens; the verifier's unless told. */
  readonly audience?: string | ReadonlyArray<string>
  /** RFC 9068 unless told. */
  readonly dialect?: Dialect
}

/** What a verifier is made of. */
export interface VerifierOptions extends TokenRules {
  /** The one issuer, or several, each with its own keys and rules. */
  readonly issuer: string | ReadonlyArray<TrustedIssuer>
  /** The names by which tokens are meant for us: the resource identifier, and aliases if any; compared by one rule, see the README. */
  readonly audience: string | ReadonlyArray<string>
  /** The keys of the one issuer: a JWKS, or the URL of one; found by the issuer's metadata unless told. */
  readonly jwks?: { readonly keys: ReadonlyArray<unknown> } | { readonly uri: string }
  /** Fetches metadata and key sets; needed when keys are not given by value. */
  readonly fetch?: FetchDocument
  /** Resource identifiers of servers that share a token, one of ours among them: each may stand beside ours. */
  readonly audienceGroup?: ReadonlyArray<string>
  /** Whether a token was revoked. Without it a token is good until it expires. */
  readonly revoked?: Revoked
  /** How long fetched keys are used. */
  readonly keyCache?: KeyCache
  /** How many verified tokens are remembered and how long; `false` remembers none. */
  readonly tokenCache?: false | TokenCacheOptions
  /** Told of what is wrong with an issuer's keys. */
  readonly onKeyProblem?: (problem: KeyProblem) => void
}

/** The names of {@link TokenRules}. */
export const tokenRules: Readonly<Record<keyof TokenRules, true>> = {
  algorithms: true,
  clockToleranceSeconds: true,
  maximumLifetimeSeconds: true,
  foreignAudiences: true,
  clients: true
}

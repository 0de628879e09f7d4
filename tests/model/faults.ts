/** What may be wrong with the model's server and store, for the invariants to find. */
export type Fault =
  // A commit that believes what was read before it.
  | "redeem trusts its read"
  | "rotate trusts its read"
  | "approve by consent trusts its read"
  // A use that leaves no mark.
  | "redeem leaves the code unused"
  | "approve leaves the page open"
  | "rotate leaves the old token live"
  // An end that does not count.
  | "redeem ignores that the grant ended"
  | "rotate ignores that the grant ended"
  | "introspection ignores that the grant ended"
  | "introspection ignores what was revoked"
  | "a code's replay leaves the grant"
  | "a refresh token's replay leaves the grant"
  | "a revocation leaves the grant"
  | "the end of consents leaves the grants"
  | "purge forgets what is still revoked"
  // A right that nobody gave.
  | "a token is for all resources"
  | "a token has all scopes of its resources"
  // A request that was refused, or is another's, and changes something.
  | "a wrong secret is not noticed"
  | "any client redeems a code"
  | "any client revokes"
  | "a wrong verifier uses the code up"

export type Faults = ReadonlySet<Fault>

export const NONE: Faults = new Set()

/** Where a scope stands in a token: one text with spaces between the tokens (RFC 6749 section 3.3), or a list of tokens. */
export interface ScopeForm {
  readonly claim: string
  readonly form: "text" | "list"
}

/**
 * Where a token says for whom it is: in `aud`; in another claim; or in its scopes, each of which begins with the name of a
 * resource and a separator. Where it is not `aud` and the token has one all the same, that has to name us too.
 */
export type AudienceSource =
  | { readonly from: "aud" }
  | { readonly from: "claim"; readonly claim: string }
  | { readonly from: "scope-prefix"; readonly separator: string }

/** How one provider's access tokens differ from RFC 9068; {@link profile} is the one that does not. */
export interface Dialect {
  /** For example `"rfc9068"` or `"entra-v2"`. */
  readonly name: string
  /** The values of the header's `typ` that are taken, in lower case and without `application/`. */
  readonly types: ReadonlyArray<string>
  readonly typeMayBeAbsent: boolean
  readonly audience: AudienceSource
  /** The names of the claim with the client; the first that a token has counts. */
  readonly clientId: ReadonlyArray<string>
  /** The first whose claim a token has counts; its form must be one that stands here with it. */
  readonly scope: ReadonlyArray<ScopeForm>
  /** What to put before each scope token: for providers that leave out the resource that the client named. */
  readonly scopePrefix?: string
  /** The names of the claim with the subject; the first that a token has counts. */
  readonly subject: ReadonlyArray<string>
  /** The names of the claim with the token's own id; none when the provider has none. */
  readonly id: ReadonlyArray<string>
  /** What RFC 9068 requires and this provider does not always send. */
  readonly mayLack: ReadonlyArray<"iat" | "jti" | "scope">
  /** Claims that must be there with one of these values. */
  readonly fixed: Readonly<Record<string, ReadonlyArray<string>>>
  /** Claims that mark another kind of token, such as an ID token's `at_hash`. */
  readonly absent: ReadonlyArray<string>
  /** Sentences: what these tokens cannot be protected against here. */
  readonly unprotected: ReadonlyArray<string>
}

/** The strict one: RFC 9068 section 2, nothing left out. */
export const profile: Dialect = {
  name: "rfc9068",
  types: ["at+jwt"],
  typeMayBeAbsent: false,
  audience: { from: "aud" },
  clientId: ["client_id"],
  scope: [{ claim: "scope", form: "text" }],
  subject: ["sub"],
  id: ["jti"],
  mayLack: [],
  fixed: {},
  absent: [],
  unprotected: []
}

import type { ParameterRepeated, ParametersTooLarge } from "@postern/messages"
import type { RedirectUriMismatch } from "@postern/uri"
import type {
  ClientDocumentRefused,
  ClientDocumentThrottled,
  ClientUnknown,
  ConsentDenied,
  RedirectUriMissing,
  RequestThrottled,
  ScopeWithheld
} from "../rejections.ts"
import type { WireTable } from "../wire-table.ts"
import type { RequestRejection } from "./decide.ts"

/** What is shown here and never redirected, since it is not certain to whom (OAuth 2.1 section 4.1.2.1). */
export type TargetRejection =
  | ClientUnknown
  | ClientDocumentRefused
  | ClientDocumentThrottled
  | RequestThrottled
  | RedirectUriMissing
  | RedirectUriMismatch
  | ParametersTooLarge

/** What the client is told by a redirect. */
export type RedirectedRejection = RequestRejection | ParameterRepeated | ConsentDenied | ScopeWithheld

/** A page of ours. */
export interface PageRow {
  readonly status: number
  readonly title: string
}

/** Rejections of the authorization endpoint that end on a page. */
export const targetPages: WireTable<TargetRejection, PageRow> = {
  ClientUnknown: () => ({ status: 400, title: "Unknown application" }),
  ClientDocumentRefused: () => ({ status: 400, title: "Unknown application" }),
  ClientDocumentThrottled: () => ({ status: 429, title: "Too many requests" }),
  // Shown and not redirected: a client that loops is stopped by it.
  RequestThrottled: () => ({ status: 429, title: "Too many requests" }),
  RedirectUriMissing: () => ({ status: 400, title: "No address to return to" }),
  RedirectUriMismatch: () => ({ status: 400, title: "Wrong address to return to" }),
  ParametersTooLarge: () => ({ status: 400, title: "Request too large" })
}

/** For what a client that nobody vouches for would be told, while nobody is signed in. */
export const heldBackPage: PageRow = { status: 400, title: "Request refused" }

/** Error codes of the authorization response (OAuth 2.1 section 4.1.2.1, RFC 8707 section 2, OpenID Connect Core section 3.1.2.6). */
export const redirectErrors: WireTable<RedirectedRejection, string> = {
  ParameterMissing: () => "invalid_request",
  ParameterInvalid: () => "invalid_request",
  ParameterRepeated: () => "invalid_request",
  ParameterUnsupported: ({ parameter }) => `${parameter}_not_supported`,
  ResponseTypeUnsupported: () => "unsupported_response_type",
  ChallengeMissing: () => "invalid_request",
  CodeChallengeMalformed: () => "invalid_request",
  ChallengeMethodUnsupported: () => "invalid_request",
  GrantTypeForbidden: () => "unauthorized_client",
  ResourceInvalid: () => "invalid_target",
  ResourceRefused: () => "invalid_target",
  ScopeMalformed: () => "invalid_scope",
  ScopeRefused: () => "invalid_scope",
  ScopeWithheld: () => "access_denied",
  ConsentDenied: () => "access_denied",
  InteractionRequired: ({ reason }) => reason
}

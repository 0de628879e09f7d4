import { formatScope } from "@postern/scope"
import { parseSecureUrl, type TransportInsecure, type UrlMalformed } from "@postern/uri"
import * as Result from "effect/Result"
import type { Prompt } from "./authorization-request.ts"
import { appendQuery, type QueryEntries } from "./query.ts"

/** What a client asks for (OAuth 2.1 section 4.1.1); `response_type` and `code_challenge_method` are always the same. */
export interface AuthorizationUrlRequest {
  readonly clientId: string
  readonly redirectUri?: string | undefined
  /** The S256 challenge. */
  readonly codeChallenge: string
  /** Left out when it is empty. */
  readonly scope?: Iterable<string> | undefined
  readonly state?: string | undefined
  readonly resources?: ReadonlyArray<string> | undefined
  readonly prompt?: ReadonlyArray<Prompt> | undefined
  /** Thumbprint of the key that the code is to be bound to (RFC 9449 section 10). */
  readonly dpopJkt?: string | undefined
  /** What this server alone wants beside that; one of the names above is not sent from here. */
  readonly additional?: Readonly<Record<string, string | undefined>> | undefined
}

// Also those that we never send: an endpoint's own query must not bring in a request of its own.
const OWNED: ReadonlySet<string> = new Set([
  "response_type",
  "response_mode",
  "client_id",
  "redirect_uri",
  "code_challenge",
  "code_challenge_method",
  "scope",
  "state",
  "resource",
  "prompt",
  "dpop_jkt",
  "request",
  "request_uri"
])

/**
 * The URL to open for an authorization request. The endpoint is https, or http on loopback, without fragment (OAuth 2.1
 * section 3.1); its query is kept byte for byte, and a parameter of the request that it already has is replaced by ours.
 */
export const buildAuthorizationUrl = (
  endpoint: string,
  request: AuthorizationUrlRequest
): Result.Result<string, UrlMalformed | TransportInsecure> =>
  Result.map(parseSecureUrl(endpoint), () => {
    const additional = Object.entries(request.additional ?? {}).filter(
      ([name, value]) => value !== undefined && !OWNED.has(name)
    )
    const owned = new Set([...OWNED, ...additional.map(([name]) => name)])
    return appendQuery(endpoint, [...entries(request), ...additional], owned)
  })

const entries = (request: AuthorizationUrlRequest): QueryEntries => [
  ["response_type", "code"],
  ["client_id", request.clientId],
  ["redirect_uri", request.redirectUri],
  ["code_challenge", request.codeChallenge],
  ["code_challenge_method", "S256"],
  ["scope", formatScope(request.scope ?? []) || undefined],
  ["state", request.state],
  ...(request.resources ?? []).map((resource) => ["resource", resource] as const),
  ["prompt", request.prompt?.join(" ")],
  ["dpop_jkt", request.dpopJkt]
]

import { formatBearerChallenge, formatDpopChallenge } from "@postern/challenge-parser"
import * as Result from "effect/Result"
import { corsHeaders, dpopCorsHeaders } from "./cors.ts"
import type { Scheme } from "./credentials.ts"
import type { Answer } from "./incoming.ts"
import type { MessageId, Refusal } from "./rejections.ts"

/** What a refusal looks like. The description is fixed text: nothing of the request or of an error's message is in it. */
interface Row {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 503
  readonly error?:
    | "invalid_request"
    | "invalid_token"
    | "insufficient_scope"
    | "invalid_dpop_proof"
    | "use_dpop_nonce"
    | "access_denied"
    | "temporarily_unavailable"
  readonly description?: string
  /** Whether `WWW-Authenticate` asks for a token: a refusal that no token changes has none. */
  readonly challenge: boolean
  /** The JSON-RPC error code of a refusal that concerns the message. */
  readonly code?: number
  readonly headers?: Readonly<Record<string, string>>
}

const invalidToken = (description: string): Row => ({
  status: 401,
  error: "invalid_token",
  description,
  challenge: true
})

const invalidProof = (description: string): Row => ({
  status: 401,
  error: "invalid_dpop_proof",
  description,
  challenge: true
})

const invalidRequest = (description: string): Row => ({
  status: 400,
  error: "invalid_request",
  description,
  challenge: true
})

const insufficientScope = (description: string): Row => ({
  status: 403,
  error: "insufficient_scope",
  description,
  challenge: true
})

// No login and no scope changes these, so nothing asks for one.
const denied = (description: string): Row => ({ status: 403, error: "access_denied", description, challenge: false })

const unavailable = (description: string): Row => ({
  status: 503,
  error: "temporarily_unavailable",
  description,
  challenge: false,
  headers: { "Retry-After": "30" }
})

const invalidMessage = (status: Row["status"], code: number, description: string): Row => ({
  status,
  code,
  description,
  challenge: false
})

/** The wire table of the protected resource: RFC 6750 section 3.1, RFC 9728 section 5.1, RFC 9449 section 7.1, MCP. */
const ROWS: { readonly [Tag in Refusal["_tag"]]: Row } = {
  // RFC 6750 section 3.1: without credentials there is no error code either.
  TokenMissing: { status: 401, challenge: true },
  CredentialsMalformed: invalidRequest("The Authorization header is not one set of credentials"),
  CredentialsRepeated: invalidRequest("The access token came in more than one way"),

  TokenMalformed: invalidToken("The access token is malformed"),
  TokenEncrypted: invalidToken("The access token is encrypted, and this resource reads signed ones alone"),
  AlgorithmForbidden: invalidToken("The access token is signed with an algorithm that is not accepted"),
  TypeMismatch: invalidToken("The token is not an access token"),
  KeyUnknown: invalidToken("The access token is signed with an unknown key"),
  SignatureInvalid: invalidToken("The access token's signature is wrong"),
  IssuerMismatch: invalidToken("The access token is from another issuer"),
  AudienceMismatch: invalidToken("The access token is for another audience"),
  TokenExpired: invalidToken("The access token has expired"),
  TokenNotYetValid: invalidToken("The access token is not valid yet"),
  ClaimMissing: invalidToken("The access token lacks a claim"),
  ClaimInvalid: invalidToken("The access token has a claim that is wrong"),
  LifetimeTooLong: invalidToken("The access token lives too long"),
  TokenBound: invalidToken("The access token is bound to a key and came without a proof"),
  TokenUnbound: invalidToken("The access token is not bound to a key"),
  TokenRevoked: invalidToken("The access token was revoked"),
  TokenInactive: invalidToken("The access token is not active"),

  ProofMissing: invalidProof("The request has no DPoP proof"),
  ProofRepeated: invalidProof("The request has more than one DPoP proof"),
  ProofInvalid: invalidProof("The DPoP proof is not valid for this request"),
  ProofReplayed: invalidProof("The DPoP proof was used before"),
  NonceRequired: {
    status: 401,
    error: "use_dpop_nonce",
    description: "The DPoP proof needs the nonce of this answer",
    challenge: true
  },

  ScopeInsufficient: insufficientScope("The access token lacks scopes that the operation needs"),
  StepUpClosed: insufficientScope(
    "The operation needs scopes that no client can ask for: only an administrator grants them"
  ),
  OperationUnnamed: denied("No rule allows the operation"),
  ClientForbidden: denied("The client is not let in here"),

  MethodUnsupported: {
    ...invalidMessage(405, -32_600, "The endpoint answers GET, POST and DELETE"),
    headers: { Allow: "GET, POST, DELETE, OPTIONS" }
  },
  MediaTypeUnsupported: invalidMessage(415, -32_600, "The body is not application/json"),
  BodyTooLarge: invalidMessage(413, -32_600, "The body is too large"),
  MessageMalformed: invalidMessage(400, -32_700, "The body is not a JSON-RPC message"),
  HeaderMismatch: invalidMessage(400, -32_020, "A header names another operation than the body"),
  // MCP transports, Session Management: at 404 a client begins a new session.
  SessionUnknown: invalidMessage(404, -32_001, "There is no such session"),

  KeysUnavailable: unavailable("The access token cannot be checked at present"),
  RevocationUnavailable: unavailable("The access token cannot be checked at present"),
  IntrospectionUnavailable: unavailable("The access token cannot be checked at present"),
  ProofMemoryUnavailable: unavailable("The DPoP proof cannot be checked at present"),
  // The flood is another's: the same client comes back with a new proof and the token that it has.
  ProofMemoryFull: unavailable("Too many DPoP proofs came in a short time")
}

/** What every challenge of one resource says. */
export interface ChallengeFacts {
  readonly metadataUrl: string
  readonly baseScopes: ReadonlyArray<string>
  /** Present where proofs are checked. */
  readonly dpop?: { readonly algorithms: ReadonlyArray<string>; readonly required: boolean } | undefined
}

const scopeOf = (refusal: Refusal, { baseScopes }: ChallengeFacts): ReadonlyArray<string> => {
  if (refusal._tag === "ScopeInsufficient") return refusal.needed
  // A list without the scopes that are closed would send the client through a login that changes nothing.
  return refusal._tag === "StepUpClosed" ? [] : baseScopes
}

// The parts were checked when the guard was made: a value that no header can hold is a bug.
const challengeOf = (scheme: Scheme, refusal: Refusal, row: Partial<Row>, facts: ChallengeFacts): string => {
  const said = {
    error: row.error,
    errorDescription: row.description,
    scope: scopeOf(refusal, facts),
    resourceMetadata: facts.metadataUrl
  }
  return Result.getOrThrow(
    scheme === "Bearer" ? formatBearerChallenge(said) : formatDpopChallenge({ ...said, algs: facts.dpop?.algorithms })
  )
}

/** One challenge for each scheme that is taken, the one that was used first: it says what was wrong. */
const challengesOf = (refusal: Refusal, row: Row, facts: ChallengeFacts, scheme: Scheme): string => {
  if (facts.dpop === undefined) return challengeOf("Bearer", refusal, row, facts)
  if (facts.dpop.required) return challengeOf("DPoP", refusal, row, facts)
  const other = scheme === "Bearer" ? "DPoP" : "Bearer"
  return `${challengeOf(scheme, refusal, row, facts)}, ${challengeOf(other, refusal, {}, facts)}`
}

const idOf = (refusal: Refusal): MessageId | undefined => ("id" in refusal ? refusal.id : undefined)

// JSON-RPC 2.0 section 5.1: JSON that is no request is another error than no JSON.
const codeOf = (refusal: Refusal, { code }: Row): number | undefined =>
  refusal._tag === "MessageMalformed" && refusal.reason === "shape" ? -32_600 : code

const body = (refusal: Refusal, row: Row): unknown => {
  const { description, error } = row
  const code = codeOf(refusal, row)
  if (code !== undefined) return { jsonrpc: "2.0", id: idOf(refusal) ?? null, error: { code, message: description } }
  return error === undefined ? {} : { error, error_description: description }
}

/** The finished answer to a request that is refused. */
export const refuse = (refusal: Refusal, facts: ChallengeFacts, scheme: Scheme = "Bearer"): Answer => {
  const row = ROWS[refusal._tag]
  return {
    status: row.status,
    headers: {
      ...(facts.dpop === undefined ? corsHeaders : dpopCorsHeaders),
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
      Vary: facts.dpop === undefined ? "Authorization" : "Authorization, DPoP",
      ...row.headers,
      ...(row.challenge && { "WWW-Authenticate": challengesOf(refusal, row, facts, scheme) }),
      ...(refusal._tag === "NonceRequired" && { "DPoP-Nonce": refusal.nonce })
    },
    body: JSON.stringify(body(refusal, row))
  }
}

/** The same with the answers kept that depend on nothing but the tag, so that a flood of bad tokens writes none anew. */
export const makeRefuse = (facts: ChallengeFacts): ((refusal: Refusal, scheme: Scheme) => Answer) => {
  const kept: Readonly<Record<Scheme, Map<Refusal["_tag"], Answer>>> = { Bearer: new Map(), DPoP: new Map() }
  return (refusal, scheme) => {
    const { code } = ROWS[refusal._tag]
    // Those differ by more than the tag, and so do those that answer a message.
    if (refusal._tag === "ScopeInsufficient" || refusal._tag === "NonceRequired" || code !== undefined) {
      return refuse(refusal, facts, scheme)
    }
    const known = kept[scheme].get(refusal._tag)
    if (known !== undefined) return known
    const answer = refuse(refusal, facts, scheme)
    kept[scheme].set(refusal._tag, answer)
    return answer
  }
}

/** Whether another token would help: what a host that reads `mcp/www_authenticate` asks its user for. */
export const asksForToken = (refusal: Refusal): boolean => {
  const { status, error } = ROWS[refusal._tag]
  return status === 401 || error === "insufficient_scope"
}

/** A sentence for people about a refusal; fixed text. */
export const describe = (refusal: Refusal): string => ROWS[refusal._tag].description ?? "An access token is needed"

/** The answer when we are wrong: nothing about what went wrong is in it. */
export const internalError: Answer = {
  status: 500,
  headers: { ...corsHeaders, "Content-Type": "application/json", "Cache-Control": "no-store" },
  body: '{"error":"server_error"}'
}

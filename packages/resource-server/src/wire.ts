import { formatBearerChallenge } from "@postern/challenge-parser"
import * as Result from "effect/Result"
import { corsHeaders } from "./cors.ts"
import type { Refusal } from "./rejections.ts"

/** What a refusal looks like. The description is fixed text: nothing of the request or of an error's message is in it. */
interface Row {
  readonly status: 400 | 401 | 403 | 405 | 413 | 415 | 503
  readonly error?:
    | "invalid_request"
    | "invalid_token"
    | "insufficient_scope"
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

const invalidMessage = (status: Row["status"], code: number, description: string): Row => ({
  status,
  code,
  description,
  challenge: false
})

/** The wire table of the protected resource: RFC 6750 section 3.1, RFC 9728 section 5.1, MCP authorization Error Handling. */
const ROWS: { readonly [Tag in Refusal["_tag"]]: Row } = {
  // RFC 6750 section 3.1: without credentials there is no error code either.
  TokenMissing: { status: 401, challenge: true },
  CredentialsMalformed: {
    status: 400,
    error: "invalid_request",
    description: "The Authorization header is not one set of credentials",
    challenge: true
  },
  CredentialsRepeated: {
    status: 400,
    error: "invalid_request",
    description: "The access token came in more than one way",
    challenge: true
  },

  TokenMalformed: invalidToken("The access token is malformed"),
  TokenEncrypted: invalidToken("Encrypted access tokens are not accepted"),
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

  ScopeInsufficient: {
    status: 403,
    error: "insufficient_scope",
    description: "The access token lacks a scope that the operation needs",
    challenge: true
  },
  OperationUnnamed: {
    status: 403,
    error: "access_denied",
    description: "No rule allows the operation",
    challenge: false
  },

  MethodUnsupported: {
    ...invalidMessage(405, -32_600, "The endpoint answers GET, POST and DELETE"),
    headers: { Allow: "GET, POST, DELETE, OPTIONS" }
  },
  MediaTypeUnsupported: invalidMessage(415, -32_600, "The body is not application/json"),
  BodyTooLarge: invalidMessage(413, -32_600, "The body is too large"),
  MessageMalformed: invalidMessage(400, -32_700, "The body is not a JSON-RPC message"),
  HeaderMismatch: invalidMessage(400, -32_020, "A header names another operation than the body"),

  KeysUnavailable: {
    status: 503,
    error: "temporarily_unavailable",
    description: "The access token cannot be checked at present",
    challenge: false,
    headers: { "Retry-After": "30" }
  }
}

/** What every challenge of one resource says. */
export interface ChallengeFacts {
  readonly metadataUrl: string
  readonly baseScopes: ReadonlyArray<string>
}

const formatChallenge = (refusal: Refusal, { description, error }: Row, facts: ChallengeFacts): string =>
  // The parts were checked when the guard was made: a value that no header can hold is a bug.
  Result.getOrThrow(
    formatBearerChallenge({
      error,
      errorDescription: description,
      scope: refusal._tag === "ScopeInsufficient" ? refusal.needed : facts.baseScopes,
      resourceMetadata: facts.metadataUrl
    })
  )

const body = ({ code, description, error }: Row): unknown => {
  if (code !== undefined) return { jsonrpc: "2.0", id: null, error: { code, message: description } }
  return error === undefined ? {} : { error, error_description: description }
}

/** The finished answer to a request that is refused. */
export const refuse = (refusal: Refusal, facts: ChallengeFacts): Response => {
  const row = ROWS[refusal._tag]
  const headers = new Headers({ ...corsHeaders, ...row.headers, "Cache-Control": "no-store" })
  if (row.challenge) headers.set("WWW-Authenticate", formatChallenge(refusal, row, facts))
  return Response.json(body(row), { status: row.status, headers })
}

/** The answer when we are wrong: nothing about what went wrong is in it. */
export const internalError = (): Response =>
  Response.json({ error: "server_error" }, { status: 500, headers: { ...corsHeaders, "Cache-Control": "no-store" } })

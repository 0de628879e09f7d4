import { isSignatureAlgorithm } from "@postern/bytes"
import type { JsonObject } from "@postern/metadata"
import { isLoopbackRedirect, isWebRedirect, parseRedirectUris, responseParameterIn } from "@postern/uri"
import * as Result from "effect/Result"
import type { ClientIdMetadataProblem, ClientIdMetadataRule } from "./rejections.ts"

/** What beyond the rules is meant to be so. */
export interface ClientIdMetadataPolicy {
  /**
   * Origins besides the document's own that `client_uri` and redirect URIs may have; a server may refuse those (section 6.1 of the
   * draft), as it cannot know whose they are.
   */
  readonly otherOrigins?: ReadonlyArray<string> | undefined
  /** Private-use schemes without a dot, as in `parseRedirectUri` of `@postern/uri`. */
  readonly privateUseSchemes?: ReadonlyArray<string> | undefined
}

/** What the rules beyond the grammar have to know. */
type PolicyFacts = ClientIdMetadataPolicy & { readonly url: string }

/** What of a document is well formed, and would be refused or misunderstood all the same. A member of a wrong type is not looked at. */
export const policyProblems = (document: JsonObject, facts: PolicyFacts): ReadonlyArray<ClientIdMetadataProblem> => [
  ...authenticationProblems(document),
  ...listProblems(document),
  ...redirectProblems(document, facts),
  ...originProblems(document, facts)
]

const problem = (rule: ClientIdMetadataRule, path: string, message: string): ClientIdMetadataProblem => ({
  rule,
  path,
  message
})

/** The texts of a member that is one or a list of them, each with its place. */
const textsAt = (name: string, value: unknown): ReadonlyArray<{ readonly path: string; readonly text: string }> =>
  Array.isArray(value)
    ? value.flatMap((text, index) => (typeof text === "string" ? [{ path: `${name}[${index}]`, text }] : []))
    : typeof value === "string"
      ? [{ path: name, text: value }]
      : []

const authenticationProblems = (document: JsonObject): ReadonlyArray<ClientIdMetadataProblem> => {
  const {
    jwks,
    jwks_uri: uri,
    token_endpoint_auth_method: method,
    token_endpoint_auth_signing_alg: algorithm
  } = document
  const because = (path: string, message: string) => [problem("authentication-method", path, message)]
  // RFC 7591 section 2: left out it would stand for a secret.
  if (method === undefined) return because("token_endpoint_auth_method", "must be said: none or private_key_jwt")
  if (method === "none" && (jwks !== undefined || uri !== undefined)) {
    return because("token_endpoint_auth_method", "must be private_key_jwt where there are keys")
  }
  return typeof algorithm === "string" && !isSignatureAlgorithm(algorithm)
    ? because("token_endpoint_auth_signing_alg", "must be an asymmetric algorithm")
    : []
}

const listProblems = (document: JsonObject): ReadonlyArray<ClientIdMetadataProblem> => {
  // RFC 7591 section 2: what stands for an absent one.
  const { grant_types: grants = ["authorization_code"], response_types: responses = ["code"] } = document
  const problems: Array<ClientIdMetadataProblem> = []
  if (Array.isArray(grants) && !["authorization_code", "refresh_token"].every((grant) => grants.includes(grant))) {
    problems.push(problem("grant-types", "grant_types", "must have authorization_code and refresh_token"))
  }
  if (Array.isArray(responses) && !(responses.length === 1 && responses[0] === "code")) {
    problems.push(problem("response-types", "response_types", "must be code alone"))
  }
  return problems
}

const redirectProblems = (
  { application_type: type, redirect_uris: all }: JsonObject,
  { privateUseSchemes = [] }: PolicyFacts
): ReadonlyArray<ClientIdMetadataProblem> => {
  const problems = textsAt("redirect_uris", all).flatMap(({ path, text }) => {
    const parameter = responseParameterIn(text)
    return [
      ...(parameter === undefined
        ? []
        : [problem("redirect-uri", path, `must not have ${parameter}, a parameter of the response, in its query`)]),
      ...(type === "web" && !isWebRedirect(text)
        ? [problem("application-type", path, "must be https and not localhost for a web application")]
        : [])
    ]
  })
  const uris = textsAt("redirect_uris", all).map(({ text }) => text)
  const parsed = parseRedirectUris(uris, { allowPrivateUse: privateUseSchemes })
  const refusal =
    Result.isFailure(parsed) && parsed.failure._tag === "RedirectUriForbidden" ? parsed.failure : undefined
  return refusal?.reason === "too-many"
    ? [...problems, problem("redirect-uri", "redirect_uris", `are refused: ${refusal.message}`)]
    : problems
}

const originProblems = (
  { client_uri: page, redirect_uris: uris }: JsonObject,
  { otherOrigins = [], url }: PolicyFacts
): ReadonlyArray<ClientIdMetadataProblem> => {
  const own = [URL.parse(url)?.origin, ...otherOrigins]
  // What stays on this computer, or goes to a program there, has no origin that anybody could own.
  const redirects = textsAt("redirect_uris", uris).filter(
    ({ text }) => isWebRedirect(text) && !isLoopbackRedirect(text)
  )
  return [...textsAt("client_uri", page), ...redirects]
    .filter(({ text }) => URL.canParse(text) && !own.includes(new URL(text).origin))
    .map(({ path }) => problem("other-origin", path, "must have the origin of the document, or one that is named"))
}

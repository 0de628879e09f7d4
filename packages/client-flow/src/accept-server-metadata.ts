import {
  type AuthorizationServerMetadata,
  checkIssuer,
  checkPkce,
  type IssuerMismatch,
  type PkceUnsupported
} from "@postern/metadata"
import * as Result from "effect/Result"
import type { Relaxation } from "./options.ts"
import { CodeGrantUnsupported, EndpointForbidden } from "./rejections.ts"
import type { Relaxations } from "./relaxation.ts"

/** An authorization server that may be used: every member is checked. */
export interface AcceptedServer {
  /** The issuer that the resource names: the key of registrations and credentials. */
  readonly issuer: string
  /** The issuer in the document, to which `iss` is compared; another only by a named exception. */
  readonly documentIssuer: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly registrationEndpoint: string | undefined
  /** Whether every authorization response carries `iss` (RFC 9207 section 3): the literal `true` and nothing else. */
  readonly promisesIssuer: boolean
  readonly takesClientIdDocuments: boolean
  readonly scopesSupported: ReadonlyArray<string> | undefined
  readonly authenticationMethods: ReadonlyArray<string> | undefined
  /** The exceptions that were needed. */
  readonly used: ReadonlyArray<Relaxation>
}

/** Why a server is not used. */
export type ServerRefused = IssuerMismatch | PkceUnsupported | CodeGrantUnsupported | EndpointForbidden

/**
 * Whether a metadata document may be used for the issuer that it was fetched for: its issuer is that one (RFC 8414 section
 * 3.3), it lists S256, it offers the code grant, and its endpoints are at the issuer's origin, so that a document cannot
 * send users to one server and codes to another.
 */
export const acceptServerMetadata = (facts: {
  readonly issuer: string
  readonly document: AuthorizationServerMetadata
  readonly relax: Relaxations
}): Result.Result<AcceptedServer, ServerRefused> =>
  Result.gen(function* () {
    const { document, issuer, relax } = facts
    const used: Array<Relaxation> = []
    const slash = sameButSlash(document.issuer, issuer) ? relax.find(issuer, "issuer-trailing-slash") : undefined
    if (slash) used.push(slash)
    else yield* checkIssuer(document, issuer)

    const silent = document.code_challenge_methods_supported === undefined
    const trusted = silent ? relax.find(issuer, "pkce-metadata-absent") : undefined
    if (trusted) used.push(trusted)
    else yield* checkPkce(document)

    yield* checkCodeGrant(document, issuer)

    const elsewhere = ENDPOINTS.flatMap((member) => {
      const endpoint = document[member]
      const origin = endpoint === undefined ? undefined : new URL(endpoint).origin
      return origin === undefined || origin === new URL(issuer).origin ? [] : [{ member, origin }]
    })
    const [first] = elsewhere
    if (first) {
      const allowed = relax.find(issuer, "endpoint-other-origin")
      if (!allowed) return yield* Result.fail(new EndpointForbidden({ issuer, ...first }))
      used.push(allowed)
    }

    return {
      issuer,
      documentIssuer: document.issuer,
      authorizationEndpoint: document.authorization_endpoint,
      tokenEndpoint: document.token_endpoint,
      registrationEndpoint: document.registration_endpoint,
      promisesIssuer: document.authorization_response_iss_parameter_supported === true,
      takesClientIdDocuments: document.client_id_metadata_document_supported === true,
      scopesSupported: document.scopes_supported,
      authenticationMethods: document.token_endpoint_auth_methods_supported,
      used
    }
  })

const ENDPOINTS = ["authorization_endpoint", "token_endpoint", "registration_endpoint"] as const

const sameButSlash = (left: string, right: string): boolean =>
  left !== right && (left === `${right}/` || `${left}/` === right)

const checkCodeGrant = (
  document: AuthorizationServerMetadata,
  issuer: string
): Result.Result<void, CodeGrantUnsupported> => {
  if (!document.response_types_supported.includes("code")) {
    return Result.fail(new CodeGrantUnsupported({ issuer, member: "response_types_supported" }))
  }
  // Absent means that the grant is there (RFC 8414 section 2).
  if (document.grant_types_supported?.includes("authorization_code") === false) {
    return Result.fail(new CodeGrantUnsupported({ issuer, member: "grant_types_supported" }))
  }
  return Result.succeed(undefined)
}

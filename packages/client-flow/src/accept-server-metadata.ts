import {
  type AuthorizationServerMetadata,
  checkIssuer,
  type IssuerMismatch,
  type PkceUnsupported
} from "@postern/metadata"
import * as Result from "effect/Result"
import { EndpointForbidden, type GrantUnsupported } from "./rejections/index.ts"
import type { NamedRelaxation, Relaxations } from "./relaxation.ts"

/** An authorization server that may be used: every member is checked. */
export interface AcceptedServer {
  /** The issuer that the resource names: the key of registrations and credentials. */
  readonly issuer: string
  /** The issuer in the document, to which `iss` is compared; another only by a named exception. */
  readonly documentIssuer: string
  /** Absent where machines alone are served. */
  readonly authorizationEndpoint: string | undefined
  readonly tokenEndpoint: string
  readonly registrationEndpoint: string | undefined
  /** Whether every authorization response carries `iss` (RFC 9207 section 3): the literal `true` and nothing else. */
  readonly promisesIssuer: boolean
  readonly takesClientIdDocuments: boolean
  readonly scopesSupported: ReadonlyArray<string> | undefined
  readonly authenticationMethods: ReadonlyArray<string> | undefined
  /** What assertions of clients may be signed with. */
  readonly assertionAlgorithms: ReadonlyArray<string> | undefined
  /** What DPoP proofs may be signed with. */
  readonly proofAlgorithms: ReadonlyArray<string> | undefined
  /** The exceptions that were needed. */
  readonly used: ReadonlyArray<NamedRelaxation>
}

/** Why a server is not used. */
export type ServerRefused = IssuerMismatch | PkceUnsupported | GrantUnsupported | EndpointForbidden

/** What a server is refused by, and for: its issuer, its document, and the exceptions that were named. */
export interface ServerFacts {
  readonly issuer: string
  readonly document: AuthorizationServerMetadata
  readonly relax: Relaxations
}

/** What a grant wants of the server beyond that; the exceptions that were needed. */
export type GrantCheck = (
  facts: ServerFacts
) => Result.Result<ReadonlyArray<NamedRelaxation>, PkceUnsupported | GrantUnsupported>

/**
 * Whether a metadata document may be used for the issuer that it was fetched for: its issuer is that one (RFC 8414 section
 * 3.3), it offers what the grant needs, and its endpoints are at the issuer's origin, so that a document cannot send users
 * to one server and codes to another.
 */
export const acceptServerMetadata = (
  facts: ServerFacts & { readonly checkGrant: GrantCheck }
): Result.Result<AcceptedServer, ServerRefused> =>
  Result.gen(function* () {
    const { document, issuer, relax } = facts
    const used: Array<NamedRelaxation> = []
    const slash = sameButSlash(document.issuer, issuer) ? relax.find(issuer, "issuer-trailing-slash") : undefined
    if (slash) used.push(slash)
    else yield* checkIssuer(document, issuer)

    used.push(...(yield* facts.checkGrant(facts)))

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
      assertionAlgorithms: document.token_endpoint_auth_signing_alg_values_supported,
      proofAlgorithms: document.dpop_signing_alg_values_supported,
      used
    }
  })

const ENDPOINTS = ["authorization_endpoint", "token_endpoint", "registration_endpoint"] as const

const sameButSlash = (left: string, right: string): boolean =>
  left !== right && (left === `${right}/` || `${left}/` === right)

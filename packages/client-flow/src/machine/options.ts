import type { Failure, Rejection } from "@postern/rejection"
import type * as Effect from "effect/Effect"
import type { CommonOptions, PreRegistration } from "../options.ts"

/** What a client is made from that gets its tokens without a browser. */
export interface MachineClientOptions extends CommonOptions {
  /** The servers that tokens are asked of, and who this client is there. At no other is anything of it shown. */
  readonly registrations: ReadonlyArray<PreRegistration>
  readonly grant: MachineGrant
  readonly scope?: MachineScope | undefined
}

/** What a client without a browser thinks about scopes. */
export interface MachineScope {
  /** Asked for in addition, every time. */
  readonly extra?: ReadonlyArray<string> | undefined
  /**
   * Whether a resource that demands more scope gets a token asked for that has it; true unless told. With `false` the flow ends
   * at once, where more would never be granted.
   */
  readonly stepUp?: boolean | undefined
}

/** What a token is asked for with. */
export type MachineGrant = ClientCredentialsGrant | WorkloadGrant | EnterpriseGrant

/** The client stands for itself (OAuth 2.1 section 4.2), by its secret or its key. */
export interface ClientCredentialsGrant {
  readonly type: "client_credentials"
}

/** A workload stands for itself by the JWT that its platform gave it (RFC 7523 section 2.1; MCP SEP-1933). */
export interface WorkloadGrant {
  readonly type: "workload"
  /** The JWT for this authorization server; asked for each time. */
  readonly assertion: (facts: AssertionFacts) => Effect.Effect<string, Failure | Rejection>
}

/** A person who is logged in at an enterprise, with what its identity provider allows (MCP Enterprise-Managed Authorization). */
export interface EnterpriseGrant {
  readonly type: "enterprise"
  readonly identityProvider: IdentityProvider
  /** What the person's login brought; asked for each time. */
  readonly subjectToken: (facts: AssertionFacts) => Effect.Effect<SubjectToken, Failure | Rejection>
}

/** What a token is wanted for. */
export interface AssertionFacts {
  /** The authorization server. */
  readonly issuer: string
  readonly resource: string
}

/** A proof of who somebody is (draft-ietf-oauth-identity-assertion-authz-grant section 4.3). */
export interface SubjectToken {
  readonly type: "id_token" | "saml2"
  readonly token: string
}

/** The enterprise's identity provider, and who this client is there. */
export interface IdentityProvider extends PreRegistration {
  /** https, or http on loopback. The person's token goes there and nowhere else. */
  readonly tokenEndpoint: string
}

import type { Nonces, ProofMemory } from "@postern/dpop"
import type { TrustedIssuer, VerifierOptions } from "@postern/jwt-verify"
import type { Transport } from "@postern/safe-fetch"
import type { OperationRules, PublicOperations } from "@postern/scope"
import type * as Context from "effect/Context"
import type { DecisionEvent } from "./decision-event.ts"
import type { Head } from "./incoming.ts"
import type { IntrospectionOptions } from "./introspection.ts"
import type { Sessions } from "./sessions.ts"
import type { TokenVerifier } from "./token-verifier.ts"

/** How tokens are judged, for all authorization servers; what one of them says itself wins. */
export interface TokenOptions extends Omit<VerifierOptions, "issuer" | "audience" | "jwks" | "fetch"> {
  /** Other names by which tokens are meant for this resource. */
  readonly audienceAliases?: ReadonlyArray<string>
}

/** How tokens are judged that only their issuer can read (RFC 7662). */
export interface GuardIntrospection extends Omit<IntrospectionOptions, "audience" | "transport" | "issuer"> {
  /** The one authorization server unless told. */
  readonly issuer?: string
  /** Which tokens are introspected: those that are no JWT, or all; `"opaque"` unless told. */
  readonly tokens?: "opaque" | "all"
}

/** How proofs of possession are checked (RFC 9449). */
export interface GuardDpop {
  /** Whether tokens without a proof are refused; `false` unless told. */
  readonly required?: boolean
  /** Where proofs are remembered; in this process unless told. */
  readonly memory?: ProofMemory
  /** Asked for in every proof when given. */
  readonly nonces?: Nonces
}

/** Where a challenge stands: in the status and the header, or in the result of the tool call. */
export type ChallengeForm = "status" | "result"

/** What a guard is made of. */
export interface GuardOptions {
  /** The resource identifier (RFC 8707): the URL that clients are given, byte for byte. */
  readonly resource: string
  /** Issuers whose tokens are good here, at least one (RFC 9728 section 2); a preset of `@postern/jwt-verify/presets` is one. */
  readonly authorizationServers: ReadonlyArray<string | TrustedIssuer>
  /** Which scopes operations need; what no rule names is refused. */
  readonly operations: OperationRules
  /** What needs no token. */
  readonly publicOperations?: PublicOperations
  /** What each scope implies directly, for example `{ admin: ["write"] }`. */
  readonly hierarchy?: Readonly<Record<string, ReadonlyArray<string>>>
  /** Scopes that no client may step up to. */
  readonly closedToStepUp?: ReadonlyArray<string>
  readonly tokens?: TokenOptions
  /** Judges tokens instead of the verifier that is made from `authorizationServers` and `tokens`. */
  readonly verifier?: TokenVerifier
  /** Fetches keys and introspects; `makePlatformTransport` of `@postern/safe-fetch/platform` unless told. */
  readonly transport?: Transport
  /** Off unless given. */
  readonly introspection?: GuardIntrospection
  /** Off unless given. */
  readonly dpop?: GuardDpop
  /** Whose sessions are whose; `makeSessions()` unless told. */
  readonly sessions?: Sessions
  /** Whether lists show only what the caller may use; `false` unless told. */
  readonly filterLists?: boolean
  /** `"result"` is for hosts that read `_meta["mcp/www_authenticate"]` and no status; `"status"` unless told. */
  readonly toolChallenges?: ChallengeForm | ((head: Head) => ChallengeForm)
  /** Whether the metadata document also stands at the root, for a resource alone on its host; `false` unless told. */
  readonly rootMetadata?: boolean
  /** Published in the metadata document; the default scopes unless told, or all that are open to step-up if there are none. */
  readonly scopesSupported?: ReadonlyArray<string>
  /** A name for people, in the metadata document. */
  readonly resourceName?: string
  /** A page for developers, in the metadata document. */
  readonly resourceDocumentation?: string
  /** The longest body read, in bytes; 4 MiB unless told. */
  readonly maximumBodyBytes?: number
  /** Told once of every decision. */
  readonly onDecision?: (event: DecisionEvent) => void
  /** Tracer, logger and registry of metrics, for callers who run no Effect: with them every decision is a span. */
  readonly services?: Context.Context<never>
}

/** The options that there are. */
export const guardOptions: Readonly<Record<keyof GuardOptions, true>> = {
  resource: true,
  authorizationServers: true,
  operations: true,
  publicOperations: true,
  hierarchy: true,
  closedToStepUp: true,
  tokens: true,
  verifier: true,
  transport: true,
  introspection: true,
  dpop: true,
  sessions: true,
  filterLists: true,
  toolChallenges: true,
  rootMetadata: true,
  scopesSupported: true,
  resourceName: true,
  resourceDocumentation: true,
  maximumBodyBytes: true,
  onDecision: true,
  services: true
}

/** The options of `dpop` that there are. */
export const dpopOptions: Readonly<Record<keyof GuardDpop, true>> = { required: true, memory: true, nonces: true }

import type { ProofMissing } from "@postern/dpop"
import type { ClientCredentialsTokenRequest, CodeTokenRequest, RefreshTokenRequest } from "@postern/messages"
import type { VerifierMismatch } from "@postern/pkce"
import type { ScopeSet } from "@postern/scope"
import * as Result from "effect/Result"
import type { Authority } from "../grantable.ts"
import { GrantInvalid, GrantTypeForbidden, type ResourceRefused, type ScopeRefused } from "../rejections.ts"
import type { Settings } from "../settings.ts"
import type { Client, FoundCode, FoundRefreshToken, Grant } from "../store.ts"
import { checkKey } from "./rules/key.ts"
import { decideClientResources, decideTokenResources } from "./rules/resources.ts"
import { decideClientScope, decideTokenScope } from "./rules/scope.ts"
import { checkStanding } from "./rules/standing.ts"

/** What an access token is to allow. */
export interface Rights {
  readonly resources: ReadonlyArray<string>
  readonly scope: ScopeSet
}

/** What was presented, and what it buys. */
export interface TokenPlan<Found> {
  readonly found: Found
  /** `undefined` where it was used before: nothing is bought, and its grant ends. */
  readonly rights: Rights | undefined
}

interface CommonFacts {
  readonly settings: Pick<Settings, "audienceGroups" | "resources">
  /** Authenticated, and registered for the grant type. */
  readonly client: Client
  /** Thumbprint of the key that the request proves to hold. */
  readonly jkt: string | undefined
  /** What the grant's person may grant as of now; `undefined` when they are gone. */
  readonly authority: Authority | undefined
  readonly now: number
}

/** What a request may narrow of what its grant allows. */
interface AskedRights {
  readonly resources: ReadonlyArray<string>
  readonly scope?: ScopeSet | undefined
}

/** Why a grant buys nothing, whatever was presented for it. */
type Refusal = GrantInvalid | ProofMissing | ResourceRefused | ScopeRefused

/** The whole policy of `grant_type=authorization_code` (OAuth 2.1 section 4.1.3). */
export const decideCode = (
  facts: CommonFacts & {
    readonly request: CodeTokenRequest
    readonly found: FoundCode | undefined
    /** Whether the verifier is the challenge's. */
    readonly verifier: Result.Result<void, VerifierMismatch>
    readonly exhausted: boolean
  }
): Result.Result<TokenPlan<FoundCode>, Refusal | VerifierMismatch> => {
  const standing = checkStanding(facts)
  if (Result.isFailure(standing)) return Result.fail(standing.failure)
  const found = standing.success
  if (facts.exhausted) return Result.fail(new GrantInvalid({ reason: "attempts" }))
  const redirectUri = checkRedirectUri(facts.request.redirectUri, found.value.redirectUri)
  if (Result.isFailure(redirectUri)) return Result.fail(redirectUri.failure)
  if (Result.isFailure(facts.verifier)) return Result.fail(facts.verifier.failure)
  const key = checkKey({ bound: found.value.dpopJkt, proven: facts.jkt })
  if (Result.isFailure(key)) return Result.fail(key.failure)
  if (found.used) return Result.succeed({ found, rights: undefined })
  return Result.map(decideRights(facts, found.grant), (rights) => ({ found, rights }))
}

/** The whole policy of `grant_type=refresh_token` (OAuth 2.1 section 4.3). */
export const decideRefresh = (
  facts: CommonFacts & {
    readonly request: RefreshTokenRequest
    readonly tokenHash: string
    /** What lives under the name of what was presented. */
    readonly found: FoundRefreshToken | undefined
  }
): Result.Result<TokenPlan<FoundRefreshToken>, Refusal> => {
  const used = facts.found?.value.tokenHash !== facts.tokenHash
  const { client, now } = facts
  const standing = checkStanding({ client, now, found: facts.found && { ...facts.found, used } })
  if (Result.isFailure(standing)) return Result.fail(standing.failure)
  const found = standing.success
  const key = checkKey({ bound: found.value.jkt, proven: facts.jkt })
  const rights = Result.flatMap(key, () => decideRights(facts, found.grant))
  if (Result.isSuccess(rights)) return Result.succeed({ found, rights: rights.success })
  // An old token is either the same request once more, which had its rights and its key, or a replay, whatever else it asks for
  // and proves: it may be older than the key, which a thief could have bound its chain to.
  return used ? Result.succeed({ found, rights: undefined }) : Result.fail(rights.failure)
}

/** The whole policy of `grant_type=client_credentials` (OAuth 2.1 section 4.2). */
export const decideClientCredentials = (
  facts: Pick<CommonFacts, "settings" | "client"> & {
    readonly request: ClientCredentialsTokenRequest
    readonly authority: Authority
  }
) =>
  Result.gen(function* () {
    const { authority, client, request, settings } = facts
    yield* checkStandsForItself(client)
    const resources = yield* decideClientResources(request.resources, settings)
    const scope = yield* decideClientScope({ asked: request.scope, resources, client, authority })
    return { resources: resources.map(({ resource }) => resource), scope } satisfies Rights
  })

/** "MUST only be used by confidential clients" (OAuth 2.1 section 4.2), and by none that nobody here has chosen. */
const checkStandsForItself = (
  client: Pick<Client, "origin" | "tokenEndpointAuthMethod">
): Result.Result<void, GrantTypeForbidden> =>
  client.tokenEndpointAuthMethod === "none" || client.origin === "document"
    ? Result.fail(new GrantTypeForbidden())
    : Result.void

/** It may be left out, since PKCE binds the code (OAuth 2.1 section 10.2); what is sent must be what the code was sent to. */
const checkRedirectUri = (sent: string | undefined, used: string): Result.Result<void, GrantInvalid> =>
  sent === undefined || sent === used ? Result.void : Result.fail(new GrantInvalid({ reason: "redirect-uri" }))

const decideRights = (
  facts: Pick<CommonFacts, "settings" | "client" | "authority"> & { readonly request: AskedRights },
  grant: Grant
): Result.Result<Rights, GrantInvalid | ResourceRefused | ScopeRefused> => {
  const { authority, client, request, settings } = facts
  if (authority === undefined) return Result.fail(new GrantInvalid({ reason: "person" }))
  const resources = decideTokenResources(request.resources, grant.resources, settings)
  if (Result.isFailure(resources)) return Result.fail(resources.failure)
  const { success: chosen } = resources
  const scope = decideTokenScope({ asked: request.scope, granted: grant.scope, resources: chosen, client, authority })
  return Result.map(scope, (granted) => ({ resources: chosen.map(({ resource }) => resource), scope: granted }))
}

type Rejected<R> = Extract<R, { readonly _tag: "Failure" }> extends { readonly failure: infer E } ? E : never

/** Why a token request buys nothing. */
export type GrantRejection =
  | Rejected<ReturnType<typeof decideCode>>
  | Rejected<ReturnType<typeof decideRefresh>>
  | Rejected<ReturnType<typeof decideClientCredentials>>

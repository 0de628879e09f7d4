import type { CodeTokenRequest, RefreshTokenRequest } from "@postern/messages"
import type { VerifierMismatch } from "@postern/pkce"
import type { ScopeSet } from "@postern/scope"
import * as Result from "effect/Result"
import { checkGrantType } from "../grant-type.ts"
import type { Person } from "../people.ts"
import { GrantInvalid } from "../rejections.ts"
import { resourcesOf, type Settings } from "../settings.ts"
import type { Client, Code, Found, Grant, RefreshToken } from "../store.ts"
import { decideTokenResources } from "./rules/resources.ts"
import { decideTokenScope } from "./rules/scope.ts"
import { checkStanding } from "./rules/standing.ts"

/** What is to be issued. */
export interface TokenPlan {
  readonly grant: Grant
  readonly resources: ReadonlyArray<string>
  readonly scope: ScopeSet
}

interface CommonFacts {
  readonly settings: Settings
  readonly client: Client
  /** The grant's person, as of now. */
  readonly person: Person | undefined
  readonly now: number
}

/** The whole policy of `grant_type=authorization_code` (OAuth 2.1 section 4.1.3). */
export const decideCode = (
  facts: CommonFacts & {
    readonly request: CodeTokenRequest
    readonly found: Found<Code> | undefined
    /** Whether the verifier is the challenge's. */
    readonly verifier: Result.Result<void, VerifierMismatch>
    readonly exhausted: boolean
  }
) =>
  Result.gen(function* () {
    yield* checkGrantType(facts.client, "authorization_code")
    const found = yield* checkStanding(facts)
    if (facts.exhausted) return yield* Result.fail(new GrantInvalid({ reason: "attempts" }))
    yield* checkRedirectUri(facts.request.redirectUri, found.value.redirectUri)
    yield* facts.verifier
    return yield* decideRights({ ...facts, found, asked: { resources: facts.request.resources } })
  })

/** The whole policy of `grant_type=refresh_token` (OAuth 2.1 section 4.3). */
export const decideRefresh = (
  facts: CommonFacts & { readonly request: RefreshTokenRequest; readonly found: Found<RefreshToken> | undefined }
) =>
  Result.gen(function* () {
    yield* checkGrantType(facts.client, "refresh_token")
    const found = yield* checkStanding(facts)
    return yield* decideRights({ ...facts, found, asked: facts.request })
  })

/** It may be left out, since PKCE binds the code (OAuth 2.1 section 10.2); what is sent must be what the code was sent to. */
const checkRedirectUri = (sent: string | undefined, used: string): Result.Result<void, GrantInvalid> =>
  sent === undefined || sent === used ? Result.void : Result.fail(new GrantInvalid({ reason: "redirect-uri" }))

const decideRights = (
  facts: Omit<CommonFacts, "client" | "now"> & {
    readonly found: Found<unknown>
    readonly asked: { readonly resources: ReadonlyArray<string>; readonly scope?: ScopeSet | undefined }
  }
) =>
  Result.gen(function* () {
    const { settings, person, asked, found } = facts
    const { grant } = found
    // A replay is the commit's to answer, whatever else it asks for: nothing is issued.
    if (found.used) return { grant, resources: grant.resources, scope: new Set(grant.scope) } satisfies TokenPlan
    if (person === undefined) return yield* Result.fail(new GrantInvalid({ reason: "person" }))
    const resources = yield* decideTokenResources(asked.resources, grant.resources)
    const scope = yield* decideTokenScope({
      asked: asked.scope,
      granted: grant.scope,
      resources: resourcesOf(settings, { resources }),
      person
    })
    return { grant, resources, scope } satisfies TokenPlan
  })

type Rejected<R> = Extract<R, { readonly _tag: "Failure" }> extends { readonly failure: infer E } ? E : never

/** Why a code or refresh token buys nothing. */
export type GrantRejection = Rejected<ReturnType<typeof decideCode>> | Rejected<ReturnType<typeof decideRefresh>>

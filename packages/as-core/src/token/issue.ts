import { randomText, sha256Text } from "@postern/bytes"
import { formatScope } from "@postern/scope"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { GrantInvalid } from "../rejections.ts"
import type { Client, RefreshToken, UseOutcome } from "../store.ts"
import type { TokenPlan } from "./decide.ts"

/** What a token response tells the client (OAuth 2.1 section 3.2.3). */
export interface Issued {
  readonly accessToken: string
  readonly expiresIn: number
  readonly scope: string
  readonly refreshToken: string | undefined
}

/** Tokens that nobody has yet, and what the store must know of them. */
export interface Minted {
  readonly issued: Issued
  readonly stored: RefreshToken | undefined
}

/** Signs the access token and draws the refresh token, if this client gets one. No token outlives the grant. */
export const mintTokens = Effect.fnUntraced(function* (
  engine: Engine,
  facts: { readonly plan: TokenPlan; readonly client: Client; readonly now: number }
) {
  const { plan, client, now } = facts
  const { lifetimes, issuer } = engine.settings
  const scope = formatScope(plan.scope)
  const expiresAt = Math.min(now + lifetimes.accessToken, plan.grant.expiresAt)
  const accessToken = yield* engine.signer.sign({
    issuer,
    subject: plan.grant.subject,
    resources: plan.resources,
    clientId: client.clientId,
    scope,
    issuedAt: now,
    expiresAt
  })
  const refreshToken = client.grantTypes.includes("refresh_token") ? yield* randomText() : undefined
  const stored =
    refreshToken === undefined
      ? undefined
      : {
          tokenHash: yield* sha256Text(refreshToken),
          grantId: plan.grant.grantId,
          clientId: client.clientId,
          expiresAt: Math.min(now + lifetimes.refreshToken, plan.grant.expiresAt)
        }
  return { issued: { accessToken, expiresIn: expiresAt - now, scope, refreshToken }, stored } satisfies Minted
})

/** Turns what the commit found into an answer. */
export const settle = Effect.fnUntraced(function* (
  engine: Engine,
  facts: {
    readonly outcome: UseOutcome
    readonly plan: TokenPlan
    readonly issued: Issued
    readonly replayed: "code-replayed" | "refresh-token-replayed"
  }
) {
  const { grantId, clientId } = facts.plan.grant
  if (facts.outcome === "Used") return facts.issued
  if (facts.outcome === "Replayed") yield* engine.tell({ event: facts.replayed, clientId, grantId })
  return yield* new GrantInvalid({ reason: REASONS[facts.outcome] })
})

const REASONS = { Replayed: "replayed", Expired: "expired", Stale: "ended" } as const

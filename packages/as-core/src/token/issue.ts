import { sha256Text } from "@postern/bytes"
import { formatScope } from "@postern/scope"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { makeRefreshToken } from "../refresh-token.ts"
import { GrantInvalid } from "../rejections.ts"
import type { Client, Grant, RefreshToken } from "../store.ts"
import { makeTokenId } from "../token-id.ts"
import type { Issued } from "./answer.ts"
import type { Rights } from "./decide.ts"

/** Signs an access token: the client's own where there is no grant. None outlives its grant. */
export const mintAccessToken = Effect.fnUntraced(function* (
  engine: Engine,
  facts: {
    readonly client: Client
    readonly grant?: Grant
    readonly rights: Rights
    /** Thumbprint of the key that the token is bound to. */
    readonly jkt: string | undefined
    readonly now: number
  }
) {
  const { client, grant, jkt, now, rights } = facts
  const { issuer, lifetimes } = engine.settings
  const longest = now + lifetimes.accessToken
  const expiresAt = grant === undefined ? longest : Math.min(longest, grant.expiresAt)
  const accessToken = yield* engine.signer.sign({
    issuer,
    subject: grant === undefined ? client.clientId : grant.subject,
    resources: rights.resources,
    clientId: client.clientId,
    scope: formatScope(rights.scope),
    issuedAt: now,
    expiresAt,
    tokenId: yield* makeTokenId(grant?.grantId),
    jkt
  })
  const tokenType = jkt === undefined ? "Bearer" : "DPoP"
  return { accessToken, tokenType, expiresIn: expiresAt - now, scope: rights.scope } satisfies Issued
})

/**
 * Draws the next refresh token of a chain. It lives until it has been idle for too long, and never longer than the grant, which
 * nothing extends (OAuth 2.1 section 4.3.3).
 */
export const mintRefreshToken = Effect.fnUntraced(function* (
  engine: Engine,
  facts: {
    readonly name: string
    readonly client: Pick<Client, "tokenEndpointAuthMethod">
    readonly grant: Pick<Grant, "expiresAt">
    readonly jkt: string | undefined
    readonly now: number
  }
) {
  const { client, grant, jkt, name, now } = facts
  const text = yield* makeRefreshToken(name)
  const stored = {
    tokenHash: yield* sha256Text(text),
    // RFC 9449 section 5: a public client's is bound to the key; another client's is bound by its authentication.
    jkt: client.tokenEndpointAuthMethod === "none" ? jkt : undefined,
    expiresAt: Math.min(now + engine.settings.lifetimes.refreshToken, grant.expiresAt)
  } satisfies Pick<RefreshToken, "tokenHash" | "jkt" | "expiresAt">
  return { text, stored }
})

const EVENTS = { code: "code-replayed", refreshToken: "refresh-token-replayed" } as const

/** Something came twice: its grant has ended, and the operator is told. */
export const refuseReplay = Effect.fnUntraced(function* (
  engine: Engine,
  { clientId, grantId }: Grant,
  what: keyof typeof EVENTS
) {
  yield* engine.tell({ event: EVENTS[what], clientId, grantId })
  return yield* new GrantInvalid({ reason: "replayed" })
})

import { sha256Text } from "@postern/bytes"
import type { RefreshTokenRequest } from "@postern/messages"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Engine } from "../engine.ts"
import { GrantTypeForbidden } from "../rejections.ts"
import type { Client } from "../store.ts"
import { decideRefresh } from "./decide.ts"
import { mintTokens, settle } from "./issue.ts"

/** Rotates a refresh token, once: every use gives a new one, and an old one that comes back ends the grant. */
export const rotateRefreshToken = Effect.fnUntraced(function* (
  engine: Engine,
  facts: { readonly request: RefreshTokenRequest; readonly client: Client; readonly now: number }
) {
  const { request, client, now } = facts
  // Gather.
  const tokenHash = yield* sha256Text(request.refreshToken)
  const found = yield* engine.store.findRefreshToken(tokenHash)
  const person = found === undefined ? undefined : yield* engine.people.find(found.grant.subject)
  // Decide.
  const plan = decideRefresh({ ...facts, settings: engine.settings, found, person })
  if (Result.isFailure(plan)) return yield* Effect.fail(plan.failure)
  // Mint.
  const { issued, stored } = yield* mintTokens(engine, { plan: plan.success, client, now })
  if (stored === undefined) return yield* new GrantTypeForbidden()
  // Commit.
  const outcome = yield* engine.store.rotate({ tokenHash, next: stored, now })
  return yield* settle(engine, { outcome, plan: plan.success, issued, replayed: "refresh-token-replayed" })
})

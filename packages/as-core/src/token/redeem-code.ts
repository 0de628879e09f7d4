import { sha256Text } from "@postern/bytes"
import type { CodeTokenRequest } from "@postern/messages"
import { check, parseChallenge, VerifierMismatch } from "@postern/pkce"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Engine } from "../engine.ts"
import type { Client } from "../store.ts"
import { decideCode } from "./decide.ts"
import { mintTokens, settle } from "./issue.ts"

/** Whether the verifier belongs to the code's challenge; a challenge that cannot be read belongs to none. */
const checkVerifier = (request: CodeTokenRequest, challenge: string | undefined) =>
  Effect.result(
    Effect.fromResult(Result.mapError(parseChallenge(challenge ?? ""), () => new VerifierMismatch())).pipe(
      Effect.flatMap((parsed) => check({ verifier: request.codeVerifier, challenge: parsed }))
    )
  )

/** Redeems a code, once. A request that is wrong does not use the code up; after ten of them it is worth nothing. */
export const redeemCode = Effect.fnUntraced(function* (
  engine: Engine,
  facts: { readonly request: CodeTokenRequest; readonly client: Client; readonly now: number }
) {
  const { request, client, now } = facts
  // Gather.
  const codeHash = yield* sha256Text(request.code)
  const found = yield* engine.store.findCode(codeHash)
  const person = found === undefined ? undefined : yield* engine.people.find(found.grant.subject)
  const verifier = yield* checkVerifier(request, found?.value.codeChallenge)
  const exhausted = engine.redemptions.wait(codeHash, now) > 0
  // Decide.
  const plan = decideCode({ ...facts, settings: engine.settings, found, person, verifier, exhausted })
  if (Result.isFailure(plan)) {
    if (found !== undefined) engine.redemptions.failed(codeHash, now)
    return yield* Effect.fail(plan.failure)
  }
  // Mint.
  const { issued, stored } = yield* mintTokens(engine, { plan: plan.success, client, now })
  // Commit.
  const outcome = yield* engine.store.redeem({ codeHash, refreshToken: stored, now })
  return yield* settle(engine, { outcome, plan: plan.success, issued, replayed: "code-replayed" })
})

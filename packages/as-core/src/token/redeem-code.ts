import { sha256Text } from "@postern/bytes"
import type { CodeTokenRequest } from "@postern/messages"
import { check, parseChallenge, VerifierMismatch } from "@postern/pkce"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Engine } from "../engine.ts"
import { nowSeconds } from "../now.ts"
import { makeChainName } from "../refresh-token.ts"
import { GrantInvalid } from "../rejections.ts"
import type { Client, Grant, RefreshToken } from "../store.ts"
import { throttle } from "../throttle.ts"
import { formatAnswer } from "./answer.ts"
import { decideCode, type Rights } from "./decide.ts"
import { gatherGrantor } from "./gather-grantor.ts"
import { mintAccessToken, mintRefreshToken, refuseReplay } from "./issue.ts"
import type { ProofKey } from "./proof.ts"

/** Whether the verifier belongs to the code's challenge; a challenge that cannot be read belongs to none. */
const checkVerifier = (request: CodeTokenRequest, text = ""): Effect.Effect<Result.Result<void, VerifierMismatch>> => {
  const challenge = parseChallenge(text)
  return Result.isFailure(challenge)
    ? Effect.succeed(Result.fail(new VerifierMismatch()))
    : Effect.result(check({ verifier: request.codeVerifier, challenge: challenge.success }))
}

/** Redeems a code, once. A request that is wrong does not use the code up; after ten of them it is worth nothing. */
export const redeemCode = Effect.fnUntraced(function* (
  engine: Engine,
  facts: { readonly request: CodeTokenRequest; readonly client: Client; readonly proofKey: ProofKey }
) {
  const { proofKey, ...asked } = facts
  const { request } = asked
  // Gather.
  const codeHash = yield* sha256Text(request.code)
  const found = yield* engine.store.findCode(codeHash)
  // Of a stranger to whom no code was given nothing is remembered.
  const jkt = found && (yield* proofKey)
  const authority = yield* gatherGrantor(engine, found?.grant)
  const verifier = yield* checkVerifier(request, found?.value.codeChallenge)
  const now = yield* nowSeconds
  const exhausted = engine.redemptions.wait(codeHash, now) > 0
  // Decide.
  const plan = decideCode({ ...asked, jkt, authority, settings: engine.settings, found, verifier, exhausted, now })
  if (Result.isFailure(plan)) {
    if (found !== undefined) engine.redemptions.failed(codeHash, now)
    return yield* plan.failure
  }
  const { rights } = plan.success
  const { grant } = plan.success.found
  if (rights !== undefined) {
    const allowed = throttle(engine.rates.tokens, [grant.clientId, grant.subject], now)
    if (Result.isFailure(allowed)) return yield* allowed.failure
  }
  // Mint: nothing for a code that was used before, whose grant the commit ends.
  const minted = rights && (yield* mint(engine, { ...asked, jkt, grant, rights, now }))
  // Commit.
  const outcome = yield* engine.store.redeem({ codeHash, refreshToken: minted?.refreshToken, now })
  if (outcome === "Replayed") return yield* refuseReplay(engine, grant, "code")
  if (outcome !== "Redeemed") return yield* new GrantInvalid({ reason: outcome === "Expired" ? "expired" : "ended" })
  return minted === undefined ? yield* new GrantInvalid({ reason: "replayed" }) : minted.answer
})

const mint = Effect.fnUntraced(function* (
  engine: Engine,
  facts: {
    readonly client: Client
    readonly grant: Grant
    readonly rights: Rights
    readonly jkt: string | undefined
    readonly now: number
  }
) {
  const { clientId, grantTypes } = facts.client
  const issued = yield* mintAccessToken(engine, facts)
  if (!grantTypes.includes("refresh_token")) return { answer: formatAnswer(issued), refreshToken: undefined }
  const name = yield* makeChainName
  const { stored, text } = yield* mintRefreshToken(engine, { ...facts, name })
  const chainHash = yield* sha256Text(name)
  const refreshToken: RefreshToken = { ...stored, chainHash, grantId: facts.grant.grantId, clientId }
  return { answer: formatAnswer({ ...issued, refreshToken: text }), refreshToken }
})

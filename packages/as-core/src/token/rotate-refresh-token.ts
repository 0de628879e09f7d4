import { sha256Text } from "@postern/bytes"
import type { RefreshTokenRequest } from "@postern/messages"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Engine } from "../engine.ts"
import { nowSeconds } from "../now.ts"
import { chainNameOf } from "../refresh-token.ts"
import { GrantInvalid } from "../rejections.ts"
import { type Client, type FoundRefreshToken, type SealedAnswer, StoreFailed } from "../store.ts"
import { throttle } from "../throttle.ts"
import { formatAnswer } from "./answer.ts"
import { bindingOf } from "./binding.ts"
import { decideRefresh, type Rights } from "./decide.ts"
import { gatherGrantor } from "./gather-grantor.ts"
import { mintAccessToken, mintRefreshToken, refuseReplay } from "./issue.ts"
import type { ProofKey } from "./proof.ts"
import { openAnswer, sealAnswer } from "./sealed-answer.ts"

interface Asked {
  readonly request: RefreshTokenRequest
  readonly client: Client
}

/**
 * Rotates a refresh token: every use gives a new one. An old one that comes back ends the grant, unless it is the same request
 * once more, soon and before the new one was used: then it is given the same answer, since the first one may have got lost.
 */
export const rotateRefreshToken = Effect.fnUntraced(function* (
  engine: Engine,
  { proofKey, ...asked }: Asked & { readonly proofKey: ProofKey }
) {
  const { request } = asked
  const name = chainNameOf(request.refreshToken)
  if (name === undefined) return yield* new GrantInvalid({ reason: "unknown" })
  // Gather.
  const chainHash = yield* sha256Text(name)
  const tokenHash = yield* sha256Text(request.refreshToken)
  const found = yield* engine.store.findRefreshToken(chainHash)
  // Of a stranger to whom no token was given nothing is remembered.
  const jkt = found && (yield* proofKey)
  const authority = yield* gatherGrantor(engine, found?.grant)
  const now = yield* nowSeconds
  // Decide.
  const plan = decideRefresh({ ...asked, jkt, authority, settings: engine.settings, tokenHash, found, now })
  if (Result.isFailure(plan)) return yield* plan.failure
  const { found: chain, rights } = plan.success
  const { grant } = chain
  if (rights === undefined) {
    yield* engine.store.endGrant(grant.grantId, now)
    return yield* refuseReplay(engine, grant, "refreshToken")
  }
  // An old token is no request for one: it ends its grant, or is given the same answer again.
  if (chain.value.tokenHash === tokenHash) {
    const allowed = throttle(engine.rates.tokens, [grant.clientId, grant.subject], now)
    if (Result.isFailure(allowed)) return yield* allowed.failure
  }
  // Mint.
  const { answer, next, text } = yield* mint(engine, { ...asked, jkt, name, chain, rights, now })
  // Commit.
  const outcome = yield* engine.store.rotate({ chainHash, tokenHash, next, answer, now })
  switch (outcome._tag) {
    case "Rotated":
      return text
    case "Repeated":
      return yield* reopen(request.refreshToken, outcome.sealed)
    case "Replayed":
      return yield* refuseReplay(engine, grant, "refreshToken")
    case "Expired":
      return yield* new GrantInvalid({ reason: "expired" })
    case "Stale":
      return yield* new GrantInvalid({ reason: "ended" })
  }
})

const mint = Effect.fnUntraced(function* (
  engine: Engine,
  facts: Asked & {
    readonly jkt: string | undefined
    readonly name: string
    readonly chain: FoundRefreshToken
    readonly rights: Rights
    readonly now: number
  }
) {
  const { chain, client, now, request } = facts
  const { grant } = chain
  const issued = yield* mintAccessToken(engine, { ...facts, grant })
  const successor = yield* mintRefreshToken(engine, { ...facts, grant })
  const text = formatAnswer({ ...issued, refreshToken: successor.text })
  const window = engine.settings.lifetimes.refreshReplay
  const answer: SealedAnswer = {
    sealed: window === 0 ? "" : yield* sealAnswer(request.refreshToken, text),
    binding: yield* bindingOf({ ...facts, clientId: client.clientId }),
    until: now + window
  }
  return { answer, next: successor.stored, text }
})

/** The answer that was given first. That it does not open under the token that it was sealed under is the store's fault. */
const reopen = Effect.fnUntraced(function* (token: string, sealed: string) {
  const text = yield* openAnswer(token, sealed)
  if (text !== undefined) return text
  return yield* new StoreFailed({ operation: "rotate", cause: "the sealed answer does not open" })
})

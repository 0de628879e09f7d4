import { sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"
import type { Incoming } from "../http/incoming.ts"
import type { DynamicSettings } from "../settings.ts"
import { readBearer } from "./bearer.ts"
import { InitialAccessTokenRefused } from "./rejections.ts"

/**
 * Whether a registration comes with an initial access token (RFC 7591 section 3). A wrong one is refused also where none is
 * needed: who sent it means to be known. Where none is configured the header says nothing.
 */
export const checkInitialAccessToken = Effect.fnUntraced(function* (
  header: Incoming["header"],
  { initialAccessTokens, required }: DynamicSettings,
  now: number
) {
  if (initialAccessTokens.size === 0) return false
  if (header("authorization") === null) {
    return required ? yield* new InitialAccessTokenRefused({ reason: "missing" }) : false
  }
  const token = readBearer(header)
  // By its hash alone: what is compared is nothing that a sender can choose.
  const until = token === undefined ? undefined : initialAccessTokens.get(yield* sha256Text(token))
  if (until === undefined || until <= now) return yield* new InitialAccessTokenRefused({ reason: "invalid" })
  return true
})

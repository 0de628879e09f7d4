import type { ProofKey, ProofKeyUnusable } from "@postern/dpop"
import * as Effect from "effect/Effect"
import type { AcceptedServer } from "./accept-server-metadata.ts"
import { DpopUnsupported } from "./rejections/index.ts"
import type { CommonSettings } from "./common-settings.ts"

/**
 * A key for the tokens of one authorization, where the server can bind them (RFC 9449 section 5.1). Never one of before: a
 * key that two servers see tells them that it is the same client.
 */
export const newProofKey = (
  { dpop }: Pick<CommonSettings, "dpop">,
  { issuer, proofAlgorithms }: Pick<AcceptedServer, "issuer" | "proofAlgorithms">
): Effect.Effect<ProofKey | undefined, DpopUnsupported | ProofKeyUnusable> => {
  if (dpop === undefined) return Effect.succeed(undefined)
  const { algorithm, generateKey, required } = dpop
  if (proofAlgorithms?.includes(algorithm)) return generateKey
  return required
    ? Effect.fail(new DpopUnsupported({ issuer, algorithm, supported: proofAlgorithms }))
    : Effect.succeed(undefined)
}

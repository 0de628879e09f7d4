import { ProofMissing, type ProofRejection } from "@postern/dpop"
import * as Effect from "effect/Effect"
import type { Engine } from "../engine.ts"
import { type Client, StoreFailed } from "../store.ts"
import type { Incoming } from "../http/incoming.ts"

/** The thumbprint of the key that a request proves to hold, to be read once; `undefined` when it proves none. */
export type ProofKey = ReturnType<typeof readProofKey>

/**
 * The thumbprint of the key that a token request proves to hold, if it sends a proof (RFC 9449 section 5). The URL is the
 * configured one, whatever the request says. Where DPoP is not served no proof is looked at.
 */
export const readProofKey = (
  { proofs, settings }: Pick<Engine, "proofs" | "settings">,
  request: Incoming,
  client: Pick<Client, "dpopBoundAccessTokens">
): Effect.Effect<string | undefined, ProofRejection | StoreFailed> => {
  const proof = proofs === undefined ? null : request.header("dpop")
  if (proofs === undefined || proof === null) {
    // RFC 9449 section 5.2: such a client gets no token without one.
    return client.dpopBoundAccessTokens === true ? Effect.fail(new ProofMissing()) : Effect.succeed(undefined)
  }
  return proofs.verify({ proof, method: "POST", url: settings.origin + settings.paths.token }).pipe(
    Effect.map(({ thumbprint }) => thumbprint),
    Effect.catchTag("ProofMemoryUnavailable", ({ cause }) =>
      Effect.fail(cause instanceof StoreFailed ? cause : new StoreFailed({ operation: "remember", cause }))
    )
  )
}

import { sha256Text } from "@postern/bytes"
import { makeProofVerifier, type ProofMemory, type ProofVerifier } from "@postern/dpop"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { nowSeconds } from "../now.ts"
import type { Settings } from "../settings.ts"
import type { Store } from "../store.ts"

/** Proofs are remembered in the store, so that all instances of a server know the same ones (RFC 9449 section 11.1). */
const makeStoredProofs = (store: Pick<Store, "remember">): ProofMemory => ({
  remember: Effect.fnUntraced(function* (id, expiresAt) {
    const idHash = yield* sha256Text(`dpop_proof ${id}`)
    const outcome = yield* store.remember({ idHash, expiresAt }, yield* nowSeconds)
    return outcome === "Remembered" ? "new" : "seen"
  })
})

/** What checks proofs, where DPoP is served. */
export const makeProofs = (
  { dpop }: Pick<Settings, "dpop">,
  store: Pick<Store, "remember">
): ProofVerifier | undefined =>
  // The settings were checked.
  dpop && Result.getOrThrow(makeProofVerifier({ ...dpop, memory: makeStoredProofs(store) }))

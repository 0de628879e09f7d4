import { importPublicKey, verifySignature as verifyBytes } from "@postern/bytes"
import * as Effect from "effect/Effect"
import type { Proof } from "./proof.ts"
import { ProofInvalid } from "./rejections.ts"

/** The key of a proof, ready to verify with; the platform alone can tell whether a point is on its curve. */
export const importKey = ({ algorithm, key }: Proof): Effect.Effect<CryptoKey, ProofInvalid> =>
  Effect.flatMap(importPublicKey(algorithm, key), (imported) =>
    imported === undefined ? Effect.fail(new ProofInvalid({ reason: "key" })) : Effect.succeed(imported)
  )

/** Verifies the signature of a proof with the key that it brings (RFC 9449 section 4.3, check 6). */
export const verifySignature = (proof: Proof, key: CryptoKey): Effect.Effect<void, ProofInvalid> =>
  Effect.flatMap(verifyBytes(proof.algorithm, key, proof.signature, proof.signingInput), (matches) =>
    matches ? Effect.void : Effect.fail(new ProofInvalid({ reason: "signature" }))
  )

import { decodeBase64Url } from "@postern/bytes"
import { type JsonObject, member, parseJsonObject } from "@postern/metadata"
import * as Result from "effect/Result"
import { isAlgorithm, type ProofAlgorithm } from "./algorithm.ts"
import { type ClaimRules, checkClaims, type ProofClaims } from "./claims.ts"
import { checkKey, type PublicKey } from "./key.ts"
import { type ProofFlaw, ProofInvalid, ProofMissing, ProofRepeated } from "./rejections.ts"

/** A proof in which everything fits that can be told without cryptography. */
export interface Proof {
  readonly signature: Uint8Array<ArrayBuffer>
  /** What the signature is over (RFC 7515 section 5.2). */
  readonly signingInput: Uint8Array<ArrayBuffer>
  readonly algorithm: ProofAlgorithm
  readonly key: PublicKey
  readonly claims: ProofClaims
}

/** What a proof is read by. */
export interface ProofRules extends ClaimRules {
  readonly algorithms: ReadonlyArray<ProofAlgorithm>
}

/** The longest proof that is read, in characters. */
export const maximumProofLength = 8192

const encoder = new TextEncoder()

const refuse = (reason: ProofFlaw) => Result.fail(new ProofInvalid({ reason }))

// Strict, so that no other reader of these bytes sees another proof in them.
const readPart = (part: string): JsonObject | undefined => {
  const bytes = decodeBase64Url(part)
  return bytes && Result.getOrUndefined(parseJsonObject(bytes))
}

const checkHeader = (
  header: JsonObject,
  { algorithms }: Pick<ProofRules, "algorithms">
): Result.Result<Pick<Proof, "algorithm" | "key">, ProofInvalid> => {
  // RFC 7515 section 4.1.11: no extension is understood here; `b64` without `crit` breaks RFC 7797 section 6.
  if (Object.hasOwn(header, "crit") || Object.hasOwn(header, "b64")) return refuse("form")
  if (member(header, "typ") !== "dpop+jwt") return refuse("type")
  const algorithm = member(header, "alg")
  if (!isAlgorithm(algorithm) || !algorithms.includes(algorithm)) return refuse("algorithm")
  const key = checkKey(member(header, "jwk"), algorithm)
  return key === undefined ? refuse("key") : Result.succeed({ algorithm, key })
}

/** Reads the header `DPoP` as the platform joins it: `null` without one, several with a comma (RFC 9449 section 4.3). */
export const readProof = (
  text: string | null,
  rules: ProofRules
): Result.Result<Proof, ProofMissing | ProofRepeated | ProofInvalid> =>
  Result.gen(function* () {
    if (text === null) return yield* Result.fail(new ProofMissing())
    // No proof has a comma in it, so what has one is several.
    if (text.includes(",")) return yield* Result.fail(new ProofRepeated())
    if (text.length > maximumProofLength) return yield* refuse("form")
    const [header, payload, signature, ...more] = text.split(".", 4)
    if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
      return yield* refuse("form")
    }
    const members = readPart(header)
    const claims = readPart(payload)
    const signatureBytes = decodeBase64Url(signature)
    if (members === undefined || claims === undefined || signatureBytes === undefined) return yield* refuse("form")
    return {
      signature: signatureBytes,
      signingInput: encoder.encode(`${header}.${payload}`),
      ...(yield* checkHeader(members, rules)),
      claims: yield* checkClaims(claims, rules)
    }
  })

import { isSignatureAlgorithm, type SignatureAlgorithm } from "@postern/bytes"
import { generateProofKey, signProof, thumbprint } from "@postern/dpop"
import * as Result from "effect/Result"
import { checkNames, invalid } from "./check-options.ts"
import type { Dpop } from "./options.ts"
import type { ConfigurationInvalid } from "./rejections/index.ts"

/** How tokens are bound to keys. */
export interface DpopOptions {
  /** `ES256` unless told. */
  readonly algorithm?: SignatureAlgorithm | undefined
  /**
   * Whether a token that is bound to no key is refused; false unless told: then tokens are bound where the server lists the
   * algorithm, and are Bearer tokens elsewhere.
   */
  readonly required?: boolean | undefined
  /**
   * Whether the private key can be read and written down, as a store that is a file needs; true unless told. In a browser
   * `false`, with a store that keeps a `CryptoKey`: script that gets in cannot carry the key away.
   */
  readonly extractable?: boolean | undefined
}

/** Makes what binds tokens to keys (RFC 9449), for `dpop` of a client; wrong and unknown options are refused by name. */
export const makeDpop = (options: DpopOptions = {}): Result.Result<Dpop, ConfigurationInvalid> =>
  Result.gen(function* () {
    yield* checkNames("", options, OPTIONS)
    const { algorithm = "ES256", extractable = true, required = false } = options
    if (!isSignatureAlgorithm(algorithm)) return yield* invalid("algorithm", "must be an asymmetric algorithm")
    return {
      algorithm,
      required,
      generateKey: generateProofKey({ algorithm, extractable }),
      thumbprint: (key) => thumbprint(key.publicJwk),
      sign: signProof
    }
  })

const OPTIONS: Readonly<Record<keyof DpopOptions, true>> = { algorithm: true, required: true, extractable: true }

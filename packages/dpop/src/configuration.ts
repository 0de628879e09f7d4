import { isJsonObject } from "@postern/metadata"
import * as Result from "effect/Result"
import { defaultAlgorithms, isAlgorithm, type ProofAlgorithm } from "./algorithm.ts"
import { makeProofMemory, type ProofMemory } from "./memory.ts"
import type { Nonces } from "./nonces.ts"
import { ConfigurationInvalid } from "./rejections.ts"

/** What a verifier is made of. */
export interface ProofVerifierOptions {
  /** The only algorithms accepted; ES256, ES384, ES512, EdDSA, Ed25519, PS256 and RS256 unless told. */
  readonly algorithms?: ReadonlyArray<ProofAlgorithm>
  /** How far `iat` may be from now, either way: 1 to 300 seconds; 300 unless told. */
  readonly toleranceSeconds?: number
  /** What remembers the proofs that were used; one inside this process unless told. */
  readonly memory?: ProofMemory
  /** With them every proof needs a nonce. */
  readonly nonces?: Nonces
}

/** Options that were checked. */
export interface Configuration {
  readonly algorithms: ReadonlyArray<ProofAlgorithm>
  readonly toleranceSeconds: number
  readonly memory: ProofMemory
  readonly nonces: Nonces | undefined
}

const refuse = (key: string, reason: string) => Result.fail(new ConfigurationInvalid({ key, reason }))

const hasMethod = (value: unknown, name: string): boolean => isJsonObject(value) && typeof value[name] === "function"

/** Checks the options of a verifier; an option that is not known is an error. */
export const configure = (options: ProofVerifierOptions): Result.Result<Configuration, ConfigurationInvalid> => {
  const { algorithms = defaultAlgorithms, memory, nonces, toleranceSeconds = 300, ...others } = options
  for (const key of Object.keys(others)) return refuse(key, "there is no such option")
  if (!Array.isArray(algorithms) || algorithms.length === 0 || !algorithms.every(isAlgorithm)) {
    return refuse("algorithms", "it has to be a list of asymmetric signature algorithms, at least one")
  }
  // MCP SEP-1932: five minutes at most.
  if (typeof toleranceSeconds !== "number" || !(toleranceSeconds >= 1 && toleranceSeconds <= 300)) {
    return refuse("toleranceSeconds", "it has to be a number of seconds from 1 to 300")
  }
  if (memory !== undefined && !hasMethod(memory, "remember")) {
    return refuse("memory", "it has to have the function remember")
  }
  if (nonces !== undefined && !hasMethod(nonces, "accepts")) return refuse("nonces", "it has to be made by makeNonces")
  return Result.succeed({
    algorithms: [...algorithms],
    toleranceSeconds,
    memory: memory ?? makeProofMemory(),
    nonces
  })
}

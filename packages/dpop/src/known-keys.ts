import type { Proof } from "./proof.ts"

/** What was worked out for a key whose proof passed: it depends on nothing but the key, and on the token named beside it. */
export interface KnownKey {
  readonly key: CryptoKey
  readonly thumbprint: string
  /** The last access token that came with it, and its `ath`. */
  readonly token: { readonly text: string; readonly hash: string } | undefined
}

/** Spares a client that comes again the import and the hashes, which cost as much as the signature. Decides nothing. */
export interface KnownKeys {
  readonly find: (proof: Pick<Proof, "algorithm" | "key">) => KnownKey | undefined
  readonly keep: (proof: Pick<Proof, "algorithm" | "key">, known: KnownKey) => void
}

/** How many keys are kept; the one that was not seen for longest makes room. */
const MOST = 1000

/** Makes an empty one. Only keys whose proof passed every check may enter. */
export const makeKnownKeys = (): KnownKeys => {
  const keys = new Map<string, KnownKey>()
  // The whole key and not a hash of it; its members were put in order when it was checked.
  const nameOf = ({ algorithm, key }: Pick<Proof, "algorithm" | "key">) => `${algorithm} ${JSON.stringify(key)}`
  return {
    find: (proof) => keys.get(nameOf(proof)),
    keep: (proof, known) => {
      const name = nameOf(proof)
      keys.delete(name)
      keys.set(name, known)
      const [oldest] = keys.size > MOST ? keys.keys() : []
      if (oldest !== undefined) keys.delete(oldest)
    }
  }
}

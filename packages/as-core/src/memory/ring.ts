import type { KeyRing, SaveKeyRingOutcome, Store } from "../store.ts"

/** The key ring. */
export interface Ring {
  readonly find: () => KeyRing | undefined
  readonly save: (change: Parameters<Store["saveKeyRing"]>[0]) => SaveKeyRingOutcome
}

/** Makes one without a ring. */
export const makeRing = (): Ring => {
  let ring: KeyRing | undefined
  return {
    find: () => ring,
    save({ expected, keys }) {
      if ((ring?.version ?? 0) !== expected) return "Stale"
      ring = { version: expected + 1, keys }
      return "Saved"
    }
  }
}

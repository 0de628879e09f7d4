import * as Result from "effect/Result"
import { type Checked, checkKnown, checkNumber, refuse } from "./option-checks.ts"

/** How long fetched keys are used and how often they are asked for; all in seconds. */
export interface KeyCache {
  /** The longest that a set is used without asking, whatever its headers say; 3600 unless told. Without headers it is 600. */
  readonly maxAgeSeconds?: number
  /** The shortest; 60 unless told. */
  readonly minimumAgeSeconds?: number
  /** The pause after the end of a fetch that failed, or that was made for a `kid` that is not in the set; 30 unless told. */
  readonly cooldownSeconds?: number
  /** While the endpoint fails, the last good set is used up to this age, then none; 14400 (four hours) unless told. */
  readonly maxStaleSeconds?: number
  /** A fetch, metadata and set together, that lasts longer has failed; 10 unless told. */
  readonly fetchTimeoutSeconds?: number
}

const KEY_CACHE: Required<KeyCache> = {
  maxAgeSeconds: 3600,
  minimumAgeSeconds: 60,
  cooldownSeconds: 30,
  maxStaleSeconds: 14_400,
  fetchTimeoutSeconds: 10
}

/** Times that go together; `key` is the option that has them. */
export const checkKeyCache = (key: string, cache: KeyCache = {}): Checked<Required<KeyCache>> =>
  Result.gen(function* () {
    yield* checkKnown(cache, KEY_CACHE, key)
    const times = { ...KEY_CACHE, ...cache }
    for (const [name, value] of Object.entries(times)) {
      yield* checkNumber(`${key}.${name}`, value, { least: 1, most: Number.MAX_SAFE_INTEGER, unit: "seconds" })
    }
    if (times.minimumAgeSeconds > times.maxAgeSeconds) {
      return yield* refuse(`${key}.minimumAgeSeconds`, "it has to be at most maxAgeSeconds")
    }
    return times.maxStaleSeconds < times.maxAgeSeconds
      ? yield* refuse(`${key}.maxStaleSeconds`, "it has to be at least maxAgeSeconds")
      : times
  })

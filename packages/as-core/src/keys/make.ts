import * as Effect from "effect/Effect"
import { ConfigurationInvalid } from "../configuration-invalid.ts"
import {
  CLOCK_TOLERANCE_SECONDS,
  DEFAULT_PUBLISH_AHEAD_SECONDS,
  DEFAULT_ROTATE_SECONDS,
  LEAST_PUBLISH_AHEAD_SECONDS,
  RING_AGE_SECONDS
} from "../limits.ts"
import type { KeyRingOptions, SigningKey } from "../options.ts"
import type { Settings } from "../settings.ts"
import type { Store } from "../store.ts"
import { makeFixedKeys } from "./fixed-keys.ts"
import { type KeySet, signingAlgorithms } from "./key-set.ts"
import { makeRingKeys, type RingKeys } from "./ring-keys.ts"
import { importEncryptionKey } from "./seal.ts"

const KNOWN: ReadonlySet<string> = new Set<keyof KeyRingOptions>([
  "encryptionKeys",
  "algorithm",
  "rotateAfter",
  "publishAhead"
])

const invalid = (key: string, reason: string) =>
  Effect.fail(new ConfigurationInvalid({ key: `keys.${key}`, reason, spec: "Postern configuration" }))

const isList = (keys: KeyRingOptions | ReadonlyArray<SigningKey>): keys is ReadonlyArray<SigningKey> =>
  Array.isArray(keys)

/** Makes the keys of the options; those of a ring are looked at once, so that a wrong encryption key is seen at the start. */
export const makeKeys = Effect.fnUntraced(function* (
  keys: KeyRingOptions | ReadonlyArray<SigningKey>,
  { store, settings }: { readonly store: Store; readonly settings: Pick<Settings, "lifetimes"> }
): Effect.fn.Return<{ readonly set: KeySet; readonly ring: RingKeys | undefined }, ConfigurationInvalid> {
  if (isList(keys)) return { set: yield* makeFixedKeys(keys), ring: undefined }
  const unknown = Object.keys(keys).find((name) => !KNOWN.has(name))
  if (unknown !== undefined) return yield* invalid(unknown, "is not an option")
  const {
    encryptionKeys,
    algorithm = "ES256",
    rotateAfter = DEFAULT_ROTATE_SECONDS,
    publishAhead = DEFAULT_PUBLISH_AHEAD_SECONDS
  } = keys
  if (!Array.isArray(encryptionKeys) || encryptionKeys.length === 0) {
    return yield* invalid("encryptionKeys", "has to be a list of at least one key")
  }
  for (const [index, key] of encryptionKeys.entries()) {
    if (!(key instanceof Uint8Array) || key.length !== 32) {
      return yield* invalid(`encryptionKeys[${index}]`, "has to be 32 random bytes")
    }
  }
  if (!signingAlgorithms.includes(algorithm)) {
    return yield* invalid("algorithm", `has to be one of ${signingAlgorithms.join(", ")}`)
  }
  if (!Number.isSafeInteger(publishAhead) || publishAhead < LEAST_PUBLISH_AHEAD_SECONDS) {
    return yield* invalid(
      "publishAhead",
      `has to be a whole number of seconds, ${LEAST_PUBLISH_AHEAD_SECONDS} at least`
    )
  }
  if (!Number.isSafeInteger(rotateAfter) || rotateAfter <= publishAhead) {
    return yield* invalid("rotateAfter", "has to be a whole number of seconds, more than publishAhead")
  }
  const ring = makeRingKeys({
    store,
    algorithm,
    encryptionKeys: yield* Effect.forEach(encryptionKeys, importEncryptionKey),
    policy: { rotateAfter, publishAhead, keepPublished: settings.lifetimes.accessToken + CLOCK_TOLERANCE_SECONDS },
    refreshAfter: RING_AGE_SECONDS
  })
  // A store that does not answer now may do so later; a key that does not open never will.
  const failure = yield* Effect.flip(Effect.asVoid(ring.signing)).pipe(Effect.orElseSucceed(() => undefined))
  return failure?.operation === "openKey"
    ? yield* invalid("encryptionKeys", "do not open the signing key in the store")
    : { set: ring, ring }
})

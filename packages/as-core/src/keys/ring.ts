import type { StoredKey } from "../store.ts"

/** When keys change, in seconds. */
export interface RingPolicy {
  /** A key signs for so long before another one takes its place. */
  readonly rotateAfter: number
  /** A new key is published for so long before it signs: longer than anyone keeps a copy of the set. */
  readonly publishAhead: number
  /** A key stays published for so long after it stopped signing: longer than any token of it lives. */
  readonly keepPublished: number
}

/** The keys that are published now (RFC 7517 section 5). */
export const publishedKeys = (keys: ReadonlyArray<StoredKey>, now: number): ReadonlyArray<StoredKey> =>
  keys.filter(({ publishedUntil }) => publishedUntil === undefined || publishedUntil > now)

/** The key that signs now: of those whose time has come the latest. */
export const signingKeyOf = (keys: ReadonlyArray<StoredKey>, now: number): StoredKey | undefined =>
  latestKey(publishedKeys(keys, now).filter(({ signsFrom }) => signsFrom <= now))

/** The key whose time is last: while one waits, that one. */
export const latestKey = (keys: ReadonlyArray<StoredKey>): StoredKey | undefined =>
  keys.reduce<StoredKey | undefined>(
    (found, key) => (found === undefined || key.signsFrom >= found.signsFrom ? key : found),
    undefined
  )

/** A key that waits for its time. */
const waitingKey = (keys: ReadonlyArray<StoredKey>, now: number): StoredKey | undefined =>
  keys.find(({ signsFrom }) => signsFrom > now)

/** When a new key would have to begin to sign, or `undefined` as long as none is needed: it is made `publishAhead` before. */
export const neededFrom = (keys: ReadonlyArray<StoredKey>, policy: RingPolicy, now: number): number | undefined => {
  const signing = signingKeyOf(keys, now)
  if (signing === undefined) return now
  if (waitingKey(keys, now) !== undefined) return undefined
  const due = signing.signsFrom + policy.rotateAfter
  return due - policy.publishAhead <= now ? Math.max(due, now + policy.publishAhead) : undefined
}

/** The ring with one more key: those before it stay published until their last token is gone, and what is past that leaves. */
export const withKey = (
  keys: ReadonlyArray<StoredKey>,
  added: StoredKey,
  policy: RingPolicy,
  now: number
): ReadonlyArray<StoredKey> => [
  ...publishedKeys(keys, now).map((key) => retired(key, added.signsFrom + policy.keepPublished)),
  added
]

const retired = (key: StoredKey, until: number): StoredKey => ({
  ...key,
  publishedUntil: Math.min(key.publishedUntil ?? until, until)
})

/**
 * What rotating by command changes: the key that waits signs as soon as it was published for long enough, and where none
 * waits one is made (`madeFrom` says when it begins).
 */
export const rotationOf = (
  keys: ReadonlyArray<StoredKey>,
  policy: RingPolicy,
  now: number
): { readonly keys: ReadonlyArray<StoredKey> } | { readonly madeFrom: number } => {
  const waiting = waitingKey(keys, now)
  if (waiting === undefined) return { madeFrom: now + policy.publishAhead }
  const signsFrom = Math.max(now, Math.min(waiting.signsFrom, waiting.createdAt + policy.publishAhead))
  return {
    keys: keys.map((key) => (key === waiting ? { ...key, signsFrom } : retired(key, signsFrom + policy.keepPublished)))
  }
}

/**
 * The ring without a key that must not be trusted any longer: its tokens are refused from now on. What it was to take the
 * place of stays, and signs on until the next one begins; where no other key signs, the one that waits begins at once, since it
 * is published at least.
 */
export const withoutKey = (
  keys: ReadonlyArray<StoredKey>,
  kid: string,
  policy: RingPolicy,
  now: number
): ReadonlyArray<StoredKey> => {
  const rest = publishedKeys(keys, now).filter((key) => key.kid !== kid)
  const last = latestKey(rest)
  if (last === undefined) return rest
  const { publishedUntil: _, ...endless } = last
  const signing = signingKeyOf(rest, now)
  const signsFrom = signing === undefined ? now : last.signsFrom
  return rest.map((key) => {
    if (key === last) return { ...endless, signsFrom }
    return key === signing ? { ...key, publishedUntil: signsFrom + policy.keepPublished } : key
  })
}

import type { MessageId } from "./rejections.ts"

/** A JSON object as it was parsed: every member its own. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a parsed value is an object and neither a list nor `null`. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A member that the object itself has; a name such as `__proto__` finds nothing inherited. */
export const member = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined

/** The id of a message, as its answer repeats it; `undefined` when it has none, or one that no request can have. */
export const messageId = (message: unknown): MessageId | undefined => {
  const id = isObject(message) ? message["id"] : undefined
  // MCP schema, RequestId: a string or an integer; `null` is no id there. One beyond 2^53 is not read alike by all.
  return typeof id === "string" || (typeof id === "number" && Number.isSafeInteger(id)) ? id : undefined
}

// So many names, of such a length, are judged once: those of a protocol, and not all that senders think up.
const MAXIMUM_JUDGED = 64
const MAXIMUM_LENGTH = 64

// Both ways: the long s has only a capital in common with "s", the Kelvin sign only a small letter with "k".
const fold = (name: string): string => name.toLowerCase().toUpperCase()

/**
 * Makes the test for a member that another reader could take for one of these names: in other letters (readers in Go fold
 * case), or in a prototype (`__proto__`, which a copy by assignment turns into one).
 */
export const otherSpelling = (names: ReadonlyArray<string>): ((object: JsonObject) => boolean) => {
  const folded = new Set(names.map(fold))
  const judged = new Map(names.map((name) => [name, false]))
  const judge = (name: string): boolean => {
    const isOther = name === "__proto__" || folded.has(fold(name))
    if (judged.size < MAXIMUM_JUDGED && name.length <= MAXIMUM_LENGTH) judged.set(name, isOther)
    return isOther
  }
  return (object) => {
    for (const name in object) if (judged.get(name) ?? judge(name)) return true
    return false
  }
}

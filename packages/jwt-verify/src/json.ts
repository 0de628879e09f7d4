import { parseJson } from "@postern/metadata"
import * as Result from "effect/Result"

/** A JSON object whose members are read one by one, by their own names alone. */
export type JsonObject = Readonly<Record<string, unknown>>

/** A member that the object itself has; a name such as `__proto__` finds nothing inherited. */
export const member = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

// RFC 8725 section 3.7: UTF-8 only; `ignoreBOM` keeps a byte order mark in the text, where the JSON reader refuses it.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const decodeUtf8 = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** The JSON object that bytes hold, read strictly: `undefined` when they hold anything else or a member name twice. */
export const parseObject = (bytes: Uint8Array): JsonObject | undefined => {
  const text = decodeUtf8(bytes)
  if (text === undefined) return undefined
  const json = parseJson(text)
  return Result.isSuccess(json) && isObject(json.success) ? json.success : undefined
}

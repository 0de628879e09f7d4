import { decodeBase64Url } from "@postern/bytes"
import { parseJson } from "@postern/metadata"
import * as Result from "effect/Result"

/** A JSON object whose members are read with {@link member} alone. */
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

/** The JSON object in a part of a JWS, read strictly: `undefined` for anything else and for a member name that stands twice. */
export const parsePart = (part: string): JsonObject | undefined => {
  const bytes = decodeBase64Url(part)
  const text = bytes === undefined ? undefined : decodeUtf8(bytes)
  if (text === undefined) return undefined
  const json = parseJson(text)
  return Result.isSuccess(json) && isObject(json.success) ? json.success : undefined
}

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

// `ignoreBOM` keeps a byte order mark in the text, where the JSON reader refuses it.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The JSON object in one part of a JWS, read strictly: a member name twice, or base64url that is not canonical, is none. */
export const readPart = (part: string): JsonObject | undefined => {
  const bytes = decodeBase64Url(part)
  if (bytes === undefined) return undefined
  try {
    const json = parseJson(utf8.decode(bytes))
    return Result.isSuccess(json) && isObject(json.success) ? json.success : undefined
  } catch {
    return undefined
  }
}

import * as Result from "effect/Result"
import { isJsonObject, type JsonObject } from "./json-object.ts"
import { type JsonMalformed, jsonMalformed, parseJson } from "./parse-json.ts"

// RFC 8259 section 8.1: UTF-8 only; `ignoreBOM` keeps a byte order mark in the text, where `parseJson` refuses it.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const decodeUtf8 = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * Reads the JSON object that bytes hold, such as a decoded part of a JWS (RFC 7515 section 5.2, RFC 7519 section 7.2): UTF-8
 * alone, and as strict as {@link parseJson}.
 */
export const parseJsonObject = (bytes: Uint8Array): Result.Result<JsonObject, JsonMalformed> => {
  const text = decodeUtf8(bytes)
  if (text === undefined) return Result.fail(jsonMalformed({ reason: "encoding" }))
  const json = parseJson(text)
  if (Result.isFailure(json)) return Result.fail(json.failure)
  return isJsonObject(json.success) ? Result.succeed(json.success) : Result.fail(jsonMalformed({ reason: "no-object" }))
}

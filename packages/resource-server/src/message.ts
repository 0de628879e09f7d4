import { parseJson } from "@postern/metadata"
import * as Result from "effect/Result"
import type { Operation } from "./policy.ts"
import { HeaderMismatch, MessageMalformed } from "./rejections.ts"

/** A JSON-RPC message or a batch of them, and what each wants. */
export interface Message {
  readonly json: unknown
  readonly operations: ReadonlyArray<Operation>
}

type JsonObject = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const member = (object: JsonObject, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined)

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const parse = (bytes: Uint8Array): Result.Result<unknown, MessageMalformed> => {
  const malformed = () => new MessageMalformed({ reason: "json" })
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return Result.fail(malformed())
  }
  // Strict: of `{"method":"ping","method":"tools/call"}` two readers would see two operations.
  return Result.mapError(parseJson(text, { maximumDepth: 128 }), malformed)
}

const shape = () => Result.fail(new MessageMalformed({ reason: "shape" }))

const toOperation = (message: JsonObject): Result.Result<Operation, MessageMalformed> => {
  const method = member(message, "method")
  if (method === undefined) {
    return Object.hasOwn(message, "result") || Object.hasOwn(message, "error")
      ? Result.succeed({ kind: "response" })
      : shape()
  }
  if (typeof method !== "string") return shape()
  if (method !== "tools/call") return Result.succeed({ kind: "method", name: method })
  const params = member(message, "params")
  const name = isObject(params) ? member(params, "name") : undefined
  return typeof name === "string" ? Result.succeed({ kind: "tool", name }) : shape()
}

// Which parameter `Mcp-Name` repeats, by method.
const NAMED_BY: ReadonlyMap<unknown, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"]
])

// A value that no header can hold comes as `=?base64?…?=`, its UTF-8 bytes in base64.
const decodeName = (header: string): string | undefined => {
  const encoded = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(header)?.[1]
  if (encoded === undefined) return header
  try {
    return utf8.decode(Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0)))
  } catch {
    return undefined
  }
}

const checkHeaders = (message: JsonObject, headers: Headers): Result.Result<void, HeaderMismatch> => {
  const method = member(message, "method")
  const methodHeader = headers.get("mcp-method")
  if (methodHeader !== null && methodHeader !== method) return Result.fail(new HeaderMismatch({ header: "Mcp-Method" }))
  const nameHeader = headers.get("mcp-name")
  const source = NAMED_BY.get(method)
  if (nameHeader === null || source === undefined) return Result.succeed(undefined)
  const params = member(message, "params")
  return isObject(params) && member(params, source) === decodeName(nameHeader)
    ? Result.succeed(undefined)
    : Result.fail(new HeaderMismatch({ header: "Mcp-Name" }))
}

/**
 * Reads a JSON-RPC message or batch strictly and says what it wants. `Mcp-Method` and `Mcp-Name`, where they are present,
 * must say the same as the body: a proxy routes by them.
 */
export const parseMessage = (
  bytes: Uint8Array,
  headers: Headers
): Result.Result<Message, MessageMalformed | HeaderMismatch> =>
  Result.gen(function* () {
    const json = yield* parse(bytes)
    const messages: ReadonlyArray<unknown> = Array.isArray(json) ? json : [json]
    if (messages.length === 0) return yield* shape()
    const operations: Array<Operation> = []
    for (const message of messages) {
      if (!isObject(message)) return yield* shape()
      operations.push(yield* toOperation(message))
      yield* checkHeaders(message, headers)
    }
    return { json, operations }
  })

import { parseJson } from "@postern/metadata"
import type { Operation } from "@postern/scope"
import * as Result from "effect/Result"
import type { Head } from "./incoming.ts"
import { messageId } from "./json-object.ts"
import { checkHeaders, isModern, isSince, readStandardHeaders } from "./message-headers.ts"
import { type CheckedMessage, readOperations } from "./message-operations.ts"
import { HeaderMismatch, MessageMalformed } from "./rejections.ts"

/** A JSON-RPC message or a batch of them, and what they want. */
export interface Message {
  /** The very value that was judged. */
  readonly json: unknown
  readonly operations: ReadonlyArray<Operation>
}

const MAXIMUM_DEPTH = 128
const MAXIMUM_BATCH = 100
// A message that subscribes to resources has one for each of them.
const MAXIMUM_OPERATIONS = 1000

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

const malformed = (reason: MessageMalformed["reason"], message?: unknown) =>
  Result.fail(new MessageMalformed({ reason, id: messageId(message) }))

/**
 * Reads a JSON-RPC message, or a batch (revision 2025-03-26), strictly and says what it wants: of a message that two readers
 * could read differently there is none. Headers that repeat the body have to say the same.
 */
export const parseMessage = (
  bytes: Uint8Array,
  head: Head
): Result.Result<Message, MessageMalformed | HeaderMismatch> => {
  const text = decode(bytes)
  if (text === undefined) return malformed("json")
  // Strict: of `{"method":"ping","method":"tools/call"}` two readers would see two operations.
  const parsed = parseJson(text, { maximumDepth: MAXIMUM_DEPTH })
  if (Result.isFailure(parsed)) return malformed("json")
  const json = parsed.success
  return Array.isArray(json) ? readBatch(json, head) : readOne(json, head)
}

const readOne = (json: unknown, head: Head): Result.Result<Message, MessageMalformed | HeaderMismatch> => {
  const message = readOperations(json)
  if (message === undefined) return malformed("shape", json)
  const { operations, params } = message
  if (operations.length > MAXIMUM_OPERATIONS) return malformed("shape", json)
  const headers = readStandardHeaders(head)
  // 2026-07-28, Sending Messages: "The client MUST NOT send JSON-RPC responses."
  if (message.method === undefined && isModern(params, headers)) return malformed("shape", json)
  const mismatch = checkHeaders(message, headers)
  return mismatch
    ? Result.fail(new HeaderMismatch({ header: mismatch, id: messageId(json) }))
    : Result.succeed({ json, operations })
}

const readBatch = (
  batch: ReadonlyArray<unknown>,
  head: Head
): Result.Result<Message, MessageMalformed | HeaderMismatch> => {
  const headers = readStandardHeaders(head)
  // Since 2025-06-18 the body is a single message.
  if (isSince("2025-06-18", headers.version)) return malformed("shape")
  if (batch.length === 0 || batch.length > MAXIMUM_BATCH) return malformed("shape")
  const messages: Array<CheckedMessage> = []
  for (const json of batch) {
    const message = readOperations(json)
    if (message === undefined || isModern(message.params, headers)) return malformed("shape")
    const mismatch = checkHeaders(message, headers)
    if (mismatch !== undefined) return Result.fail(new HeaderMismatch({ header: mismatch }))
    messages.push(message)
  }
  const operations = messages.flatMap((message) => message.operations)
  return operations.length > MAXIMUM_OPERATIONS ? malformed("shape") : Result.succeed({ json: batch, operations })
}

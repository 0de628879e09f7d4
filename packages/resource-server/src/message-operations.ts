import type { Operation } from "@postern/scope"
import { isObject, type JsonObject, messageId, otherSpelling } from "./json-object.ts"

/** A JSON-RPC message whose shape was checked, and what it wants. */
export interface CheckedMessage {
  /** `undefined` for a response. */
  readonly method: string | undefined
  readonly isRequest: boolean
  readonly params: JsonObject
  readonly operations: ReadonlyArray<Operation>
}

const NO_PARAMS: JsonObject = {}
const RESPONSE: CheckedMessage = {
  method: undefined,
  isRequest: false,
  params: NO_PARAMS,
  // One for all responses, so nobody may change it.
  operations: Object.freeze<Array<Operation>>([{ kind: "response" }])
}

const hasOtherEnvelope = otherSpelling(["jsonrpc", "id", "method", "params", "result", "error"])
const hasOtherParams = otherSpelling(["name", "uri", "ref", "notifications", "taskId", "_meta"])
const hasOtherReference = otherSpelling(["type", "name", "uri"])
const hasOtherFilter = otherSpelling(["resourceSubscriptions"])

/** Checks the shape of one message (JSON-RPC 2.0 sections 4 and 5) and reads what it wants; `undefined` when it has none. */
export const readOperations = (message: unknown): CheckedMessage | undefined => {
  if (!isObject(message) || message["jsonrpc"] !== "2.0" || hasOtherEnvelope(message)) return undefined
  const { method, params = NO_PARAMS } = message
  const hasResult = Object.hasOwn(message, "result")
  const hasError = Object.hasOwn(message, "error")
  if (!Object.hasOwn(message, "method")) return isResponse(message, hasResult, hasError) ? RESPONSE : undefined
  if (typeof method !== "string" || hasResult || hasError) return undefined
  const isRequest = Object.hasOwn(message, "id")
  if (isRequest && messageId(message) === undefined) return undefined
  if (!isObject(params) || hasOtherParams(params)) return undefined
  const operations = operationsOf(method, params)
  return operations && { method, isRequest, params, operations }
}

const isResponse = (message: JsonObject, hasResult: boolean, hasError: boolean): boolean => {
  const { error, id, result } = message
  const hasId = messageId(message) !== undefined
  if (hasResult) return !hasError && isObject(result) && hasId
  // JSON-RPC 2.0 section 5: without an id when the id of the request could not be read.
  return hasError && isObject(error) && (id === undefined || id === null || hasId)
}

const one = (kind: "tool" | "prompt" | "resource", name: unknown): ReadonlyArray<Operation> | undefined =>
  typeof name === "string" ? [{ kind, name }] : undefined

const operationsOf = (method: string, params: JsonObject): ReadonlyArray<Operation> | undefined => {
  switch (method) {
    case "tools/call":
      return one("tool", params["name"])
    case "prompts/get":
      return one("prompt", params["name"])
    case "resources/read":
    case "resources/subscribe":
    case "resources/unsubscribe":
      return one("resource", params["uri"])
    case "completion/complete":
      return completion(params["ref"])
    case "subscriptions/listen":
      return subscription(params["notifications"])
    default:
      return [{ kind: "method", name: method }]
  }
}

// Completing an argument of a prompt or of a template tells what is behind it, so it is an operation on that.
const completion = (reference: unknown): ReadonlyArray<Operation> | undefined => {
  if (reference === undefined) return [{ kind: "method", name: "completion/complete" }]
  if (!isObject(reference) || hasOtherReference(reference)) return undefined
  if (reference["type"] === "ref/prompt") return one("prompt", reference["name"])
  return reference["type"] === "ref/resource" ? one("resource", reference["uri"]) : undefined
}

// 2026-07-28: the stream replaces `resources/subscribe`, and its filter names the resources.
const subscription = (filter: unknown): ReadonlyArray<Operation> | undefined => {
  const operations: Array<Operation> = [{ kind: "method", name: "subscriptions/listen" }]
  if (filter === undefined) return operations
  if (!isObject(filter) || hasOtherFilter(filter)) return undefined
  const uris = filter["resourceSubscriptions"] ?? []
  if (!Array.isArray(uris)) return undefined
  for (const uri of uris) {
    if (typeof uri !== "string") return undefined
    operations.push({ kind: "resource", name: uri })
  }
  return operations
}

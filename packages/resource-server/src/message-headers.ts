import type { Head } from "./incoming.ts"
import { isObject, type JsonObject } from "./json-object.ts"
import type { CheckedMessage } from "./message-operations.ts"
import type { HeaderMismatch } from "./rejections.ts"

/** The request headers that repeat parts of the body, as they came. */
export interface StandardHeaders {
  readonly version: string | null
  readonly method: string | null
  readonly name: string | null
}

/** Reads them once for all messages of a body. */
export const readStandardHeaders = (head: Head): StandardHeaders => ({
  version: head.header("mcp-protocol-version"),
  method: head.header("mcp-method"),
  name: head.header("mcp-name")
})

const DATE = /^\d{4}-\d{2}-\d{2}$/

/** Whether a protocol version is this revision or a later one. */
export const isSince = (revision: string, version: unknown): boolean =>
  version === revision || (typeof version === "string" && version >= revision && DATE.test(version))

/** Whether the headers or a message say that it is of revision 2026-07-28 or later. */
export const isModern = (params: JsonObject, { version }: StandardHeaders): boolean => {
  const meta = params["_meta"]
  const claimed = isObject(meta) ? meta["io.modelcontextprotocol/protocolVersion"] : undefined
  return isSince("2026-07-28", version) || isSince("2026-07-28", claimed)
}

// Which parameter `Mcp-Name` repeats, by method: the transports page, and SEP-2663 for tasks.
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"]
])

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

// RFC 9110 section 5.5: what a header can hold as it is. Everything else comes as `=?base64?…?=`, its UTF-8 bytes in base64.
const decodeName = (header: string): string | undefined => {
  if (/[^\t\x20-\x7E]/.test(header)) return undefined
  if (!header.startsWith("=?base64?") || !header.endsWith("?=")) return header
  const encoded = header.slice(9, -2)
  try {
    const bytes = atob(encoded)
    // `atob` forgives: what is not written as it would be written is not the encoding of anything.
    if (btoa(bytes) !== encoded) return undefined
    return utf8.decode(Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)))
  } catch {
    return undefined
  }
}

/**
 * The header that says something else than the body, if one does. `Mcp-Method` and `Mcp-Name` say the same as the body wherever they are present, since a proxy routes by them, and have to
 * be present on requests since 2026-07-28. `Mcp-Param-*` repeats arguments by the tool's own schema, which only the server
 * behind the guard knows, and so does the set of versions that it speaks: both are left to it.
 */
export const checkHeaders = (
  { isRequest, method, params }: CheckedMessage,
  headers: StandardHeaders
): HeaderMismatch["header"] | undefined => {
  const isRequired = isRequest && isModern(params, headers)
  if (headers.method === null ? isRequired : headers.method !== method) return "Mcp-Method"
  const source = method === undefined ? undefined : NAMED_BY.get(method)
  if (source === undefined) return undefined
  if (headers.name === null) return isRequired ? "Mcp-Name" : undefined
  return decodeName(headers.name) === params[source] ? undefined : "Mcp-Name"
}

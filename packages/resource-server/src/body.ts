import type { Head } from "./incoming.ts"
import { CredentialsRepeated, MediaTypeUnsupported } from "./rejections.ts"

const JSON_TYPE = /^application\/json[\t ]*(?:;|$)/i
const FORM_TYPE = /^application\/x-www-form-urlencoded[\t ]*(?:;|$)/i
const CHARSET = /;[\t ]*charset[\t ]*=[\t ]*"?([^";\t ]*)/i

const isJson = (type: string): boolean => {
  if (type === "application/json") return true
  // Two Content-Type lines are joined by a comma; of them two readers could take one each.
  if (!JSON_TYPE.test(type) || type.includes(",")) return false
  // RFC 8259 section 8.1: JSON is UTF-8. A reader that believes in another charset would read another message.
  const charset = CHARSET.exec(type)?.[1]?.toLowerCase()
  return charset === undefined || charset === "utf-8" || charset === "utf8"
}

/**
 * Whether a body is said to be what the guard reads: JSON in UTF-8 as it is, not compressed (RFC 9110 section 15.5.16). A form
 * that brings a token beside the header's is refused as such.
 */
export const checkMediaType = (
  head: Head,
  bytes: Uint8Array
): MediaTypeUnsupported | CredentialsRepeated | undefined => {
  const type = head.header("content-type") ?? ""
  const encoding = head.header("content-encoding")
  if ((encoding === null || encoding.toLowerCase() === "identity") && isJson(type)) return undefined
  // RFC 6750 section 2: "Clients MUST NOT use more than one method to transmit the token in each request."
  const hasToken = FORM_TYPE.test(type) && new URLSearchParams(new TextDecoder().decode(bytes)).has("access_token")
  return hasToken ? new CredentialsRepeated() : new MediaTypeUnsupported()
}

const FIRST_BYTES = 1024

/** Reads a web body of at most `maximumBytes`; as soon as more have come or are announced the rest is cancelled unread. */
export const readBody = async (
  request: Request,
  maximumBytes: number
): Promise<Uint8Array<ArrayBuffer> | "too-large" | "unreadable"> => {
  if (request.bodyUsed) throw new Error("the guard comes before whatever reads the body")
  if (request.body === null) return new Uint8Array()
  const reader: ReadableStreamDefaultReader<unknown> = request.body.getReader()
  const stop = <A extends string>(outcome: A): A => {
    // Nobody waits for a body to be gone, and that of a broken connection fails to go.
    reader.cancel().catch(() => undefined)
    return outcome
  }
  if (Number(request.headers.get("content-length") ?? 0) > maximumBytes) return stop("too-large")
  // One buffer that grows: a million chunks of one byte would cost far more than a million bytes.
  let buffer = new Uint8Array(Math.min(FIRST_BYTES, maximumBytes))
  let size = 0
  for (;;) {
    const chunk = await readChunk(reader)
    if (chunk === undefined) return stop("unreadable")
    if (chunk === "end") return buffer.slice(0, size)
    if (size + chunk.length > maximumBytes) return stop("too-large")
    if (size + chunk.length > buffer.length) buffer = grown(buffer, size, size + chunk.length, maximumBytes)
    buffer.set(chunk, size)
    size += chunk.length
  }
}

const readChunk = async (reader: ReadableStreamDefaultReader<unknown>): Promise<Uint8Array | "end" | undefined> => {
  try {
    const { done, value } = await reader.read()
    if (done) return "end"
    return value instanceof Uint8Array ? value : undefined
  } catch {
    return undefined
  }
}

const grown = (buffer: Uint8Array, size: number, needed: number, maximum: number): Uint8Array<ArrayBuffer> => {
  const larger = new Uint8Array(Math.min(Math.max(needed, 2 * buffer.length), maximum))
  larger.set(buffer.subarray(0, size))
  return larger
}

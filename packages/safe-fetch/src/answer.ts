import * as Result from "effect/Result"
import type { FetchRejected } from "./errors.ts"
import { refusal, type Target } from "./judge.ts"
import type { SafeRequest, SafeResponse } from "./transport.ts"

// Who is asked, how the message is framed and in which coding it comes back is the transport's to say (RFC 9110 section 7.6.1).
const TRANSPORT_HEADERS =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|proxy-.*|te|trailer|upgrade|expect|accept-encoding)$/i

/**
 * The headers that every request carries unless the caller's own say otherwise. A request that cannot be sent as it stands is
 * the caller's bug: it throws.
 */
export const requestHeaders = (request: SafeRequest): Headers => {
  const headers = new Headers({ accept: "application/json", "user-agent": "postern-safe-fetch" })
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (TRANSPORT_HEADERS.test(name)) throw new TypeError(`the header ${name} is the transport's own`)
    headers.set(name, value)
  }
  if (request.body !== undefined && request.method !== "POST") throw new TypeError("only POST has a body")
  return headers
}

/** Whether the status line and headers of an answer allow its body to be read at all. */
export const checkHead = (
  target: Target,
  status: number,
  headers: Headers,
  maximumBytes: number
): FetchRejected | undefined => {
  if (status < 200 || (status >= 300 && status < 400)) return refusal("redirect", target.name)
  if (Number(headers.get("content-length") ?? 0) > maximumBytes) return refusal("too-large", target.name)
  return undefined
}

/** A body joined from its chunks, or `undefined` as soon as it is larger than allowed. */
export const collect = async (
  chunks: AsyncIterable<Uint8Array>,
  maximumBytes: number
): Promise<Uint8Array | undefined> => {
  const kept: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > maximumBytes) return undefined
    kept.push(chunk)
  }
  const body = new Uint8Array(size)
  let at = 0
  for (const chunk of kept) {
    body.set(chunk, at)
    at += chunk.length
  }
  return body
}

/** The answer, when its body is text and, for a 2xx status, declared as JSON (or empty) or as one of the request's types. */
export const answer = (
  target: Target,
  request: Pick<SafeRequest, "types" | "url">,
  head: { readonly status: number; readonly headers: Headers },
  body: Uint8Array
): Result.Result<SafeResponse, FetchRejected> => {
  const { status, headers } = head
  const succeeded = status >= 200 && status < 300
  if (succeeded && request.types !== undefined) {
    const [type = ""] = (headers.get("content-type") ?? "").toLowerCase().split(";")
    return request.types.includes(type.trim())
      ? Result.succeed({ status, headers, text: "", bytes: body, url: request.url })
      : Result.fail(refusal("content-type", target.name))
  }
  if (succeeded && body.length > 0 && !isJsonType(headers.get("content-type"))) {
    return Result.fail(refusal("content-type", target.name))
  }
  return Result.try({
    // A byte order mark stays in the text, for the JSON reader to refuse (RFC 8259 section 8.1).
    try: () => ({
      status,
      headers,
      text: new TextDecoder("utf-8", { fatal: succeeded, ignoreBOM: true }).decode(body),
      url: request.url
    }),
    catch: () => refusal("content-type", target.name)
  })
}

// `application/json` or `application/…+json` (RFC 6839 section 3.1), in UTF-8, which is all that JSON has (RFC 8259 8.1).
const isJsonType = (header: string | null): boolean => {
  const [type = "", ...parameters] = (header ?? "").toLowerCase().split(";")
  if (!/^application\/(?:[a-z0-9!#$&^_.-]+\+)?json$/.test(type.trim())) return false
  return parameters.every((parameter) => !/^\s*charset\s*=/.test(parameter) || /=\s*"?utf-8"?\s*$/.test(parameter))
}

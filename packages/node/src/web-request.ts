import type { IncomingMessage } from "node:http"

/** What of a request is not in its head. */
interface Given {
  readonly url: string
  readonly signal: AbortSignal
  readonly body: ReadableStream<Uint8Array> | undefined
}

const withoutHeaders = (method: string, { body, signal, url }: Given): Request => {
  if (body === undefined || method === "GET" || method === "HEAD") return new Request(url, { method, signal })
  // The DOM's types do not know `duplex`, without which the fetch standard takes no stream as a body.
  const init: RequestInit & { readonly duplex: "half" } = { method, signal, body, duplex: "half" }
  return new Request(url, init)
}

/**
 * A request of the platform's own, so that `clone`, `formData` and `new Request(request)` are what they are everywhere. It has
 * every line of the head as it came: those of one name are joined as the fetch standard says, and none is dropped.
 */
export const webRequest = ({ method = "GET", rawHeaders }: IncomingMessage, given: Given): Request => {
  const request = withoutHeaders(method, given)
  const { headers } = request
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "")
  return request
}

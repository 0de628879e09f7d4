import type { Entry } from "./har.ts"
import type { Mask } from "./mask.ts"

/** A request, as far as the sender knows it. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  /** `undefined` where there is none. */
  readonly body: string | undefined
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Its answer; a body that is not known, a stream for one, is `undefined`. */
export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly body: string | undefined
  readonly at: number
}

/** An entry without secrets. `received` is `undefined` where nothing came back, or another program got it; `comment` says why. */
export const entryOf = (mask: Mask, sent: Sent, received: Received | undefined, comment?: string): Entry => {
  const time = Math.max(0, (received?.at ?? sent.at) - sent.at)
  return {
    startedDateTime: new Date(sent.at).toISOString(),
    time,
    request: requestOf(mask, sent),
    response: received === undefined ? NOTHING : responseOf(mask, received),
    cache: {},
    timings: { send: 0, wait: time, receive: 0 },
    ...(comment === undefined ? {} : { comment })
  }
}

const requestOf = (mask: Mask, { body, headers, method, url }: Sent): Entry["request"] => {
  const mimeType = headers.get("content-type") ?? ""
  return {
    ...FRAME,
    method,
    url: mask.url(url),
    headers: mask.headers(headers),
    queryString: mask.parameters(URL.parse(url)?.searchParams ?? new URLSearchParams()),
    ...(body === undefined ? {} : { postData: { mimeType, ...mask.body(mimeType, body) } }),
    bodySize: Buffer.byteLength(body ?? "")
  }
}

const FRAME = { httpVersion: "HTTP/1.1", cookies: [], headersSize: -1 } as const

const NOTHING: Entry["response"] = {
  ...FRAME,
  status: 0,
  statusText: "",
  headers: [],
  content: { size: 0, mimeType: "x-unknown" },
  redirectURL: "",
  bodySize: -1
}

const responseOf = (mask: Mask, { body, headers, status }: Received): Entry["response"] => {
  const type = headers.get("content-type")
  const location = headers.get("location")
  const { text } = type === null || body === undefined ? {} : mask.body(type, body)
  return {
    ...FRAME,
    status,
    statusText: "",
    headers: mask.headers(headers),
    content: {
      size: Buffer.byteLength(body ?? ""),
      mimeType: type ?? "x-unknown",
      ...(text === undefined ? {} : { text })
    },
    redirectURL: location === null ? "" : mask.url(location),
    bodySize: body === undefined ? -1 : Buffer.byteLength(body)
  }
}

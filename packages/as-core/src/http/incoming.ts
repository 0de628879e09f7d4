/** A request, as far as this server reads it. */
export interface Incoming {
  readonly method: string
  /** Absolute; its scheme, host and port decide nothing. */
  readonly url: string
  /** The value of a header, the name in lower case; lines of one name joined by a comma (RFC 9110 section 5.3). */
  readonly header: (name: string) => string | null
  /**
   * All bytes of the body, or `undefined` where there are more than `maximumBytes`: at once where all of them have come, else
   * what waits for them. That rejects where the body breaks off; when the signal aborts, nobody waits any longer.
   */
  readonly read: (
    maximumBytes: number
  ) => Uint8Array | undefined | ((signal: AbortSignal) => Promise<Uint8Array | undefined>)
}

/** The bytes of a body; `undefined` where there are too many. */
export type Body = Uint8Array | undefined

/** Reads a body while it comes: what arrives counts, whatever was declared. */
const readStream = async (
  body: ReadableStream<Uint8Array>,
  maximumBytes: number,
  signal: AbortSignal
): Promise<Body> => {
  const reader = body.getReader()
  signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined), { once: true })
  // Grows by doubling: most bodies are small, and what comes letter by letter must not cost more than its length.
  let bytes = new Uint8Array()
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return bytes.subarray(0, length)
    if (length + value.length > maximumBytes) {
      await reader.cancel()
      return undefined
    }
    if (length + value.length > bytes.length) {
      const grown = new Uint8Array(Math.max(length + value.length, Math.min(2 * bytes.length, maximumBytes)))
      grown.set(bytes)
      bytes = grown
    }
    bytes.set(value, length)
    length += value.length
  }
}

/** Nothing longer than a body may be is read in one piece. */
const SHORT = /^\d{1,5}$/

/**
 * A short body that says how long it is comes in one piece: a server's HTTP parser lets no more through than was declared
 * (RFC 9112 section 6.2).
 */
const readWhole = async (request: Request, maximumBytes: number): Promise<Body> => {
  const bytes = new Uint8Array(await request.arrayBuffer())
  return bytes.length > maximumBytes ? undefined : bytes
}

/** A web request. */
export const incomingOf = (request: Request): Incoming => ({
  method: request.method,
  url: request.url,
  header: (name) => request.headers.get(name),
  read: (maximumBytes) => {
    if (SHORT.test(request.headers.get("content-length") ?? "")) return () => readWhole(request, maximumBytes)
    const { body } = request
    return body === null ? new Uint8Array() : (signal) => readStream(body, maximumBytes, signal)
  }
})

import { relayBody } from "./relay-body.ts"

// Of this connection and not of the answer (RFC 9110 section 7.6.1). Node believes a `keep-alive` of the handler's more than
// the sender's `close`, which RFC 9112 section 9.6 says a server MUST follow.
const withoutKeepAlive = (given: Headers): Headers => {
  const headers = new Headers(given)
  const isClose = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i.test(headers.get("connection") ?? "")
  headers.delete("keep-alive")
  if (isClose) headers.set("connection", "close")
  else headers.delete("connection")
  return headers
}

/**
 * A handler's response as a connection sends it. A body that breaks off is told to `onBroken`, and nothing of why to the other
 * side.
 */
export const toConnection = (response: Response, onBroken: (error: unknown) => void): Response => {
  const { body, status, statusText } = response
  const headers = response.headers.has("connection") ? withoutKeepAlive(response.headers) : response.headers
  if (body === null)
    return headers === response.headers ? response : new Response(null, { status, statusText, headers })
  const onError = (error: unknown): Error => {
    onBroken(error)
    // The listener shows the message of an error that comes before the first piece.
    return new Error("server_error")
  }
  return new Response(relayBody(body, { onError }), { status, statusText, headers })
}

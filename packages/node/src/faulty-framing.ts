import type { IncomingMessage } from "node:http"

/**
 * What node lets through though another reader could take it for something else: two `Host` lines (RFC 9112 section 3.2: "A
 * server MUST respond with a 400"), and a transfer coding in HTTP/1.0, which has none (section 6.1: "MUST treat the message as
 * if the framing is faulty").
 */
export const isFaulty = ({ headers, httpVersion, rawHeaders }: IncomingMessage): boolean => {
  if (httpVersion !== "1.1" && headers["transfer-encoding"] !== undefined) return true
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1
  }
  return hosts > 1
}

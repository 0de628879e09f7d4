import type { IncomingMessage } from "node:http"
import type { Head } from "@postern/resource-server"

/**
 * The value of a header in the list that node keeps of what came, name in lower case. `headers` of node would show the first of
 * two `Authorization` lines and drop the other in silence; here both are there, joined by a comma (RFC 9110 section 5.3).
 */
export const findHeader = (lines: ReadonlyArray<string>, name: string): string | null => {
  let found: string | null = null
  for (let at = 0; at < lines.length; at += 2) {
    const line = lines[at]
    if (line === undefined || line.length !== name.length) continue
    if (line !== name && line.toLowerCase() !== name) continue
    const value = lines[at + 1] ?? ""
    found = found === null ? value : `${found}, ${value}`
  }
  return found
}

/** What comes before the body, as a guard reads it; `target` is path and query. */
export const headOf = (incoming: IncomingMessage, target: string): Head => {
  const { method = "", rawHeaders } = incoming
  return { method, target, header: (name) => findHeader(rawHeaders, name) }
}

/** The token that came, for those who pass it on. */
export const tokenOf = (head: Head): string =>
  /^(?:bearer|dpop) +([^ ]+)$/i.exec(head.header("authorization") ?? "")?.[1] ?? ""

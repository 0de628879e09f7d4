import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from "node:http"

/** What node's `writeHead` takes: an object, or a list of names and values in turn, or of pairs. */
export type GivenHeaders = OutgoingHttpHeaders | ReadonlyArray<OutgoingHttpHeader> | undefined

type Added = Readonly<Record<string, string>>

const isList = (
  given: OutgoingHttpHeaders | ReadonlyArray<OutgoingHttpHeader>
): given is ReadonlyArray<OutgoingHttpHeader> => Array.isArray(given)

/** Names and values of a list; a name may stand more than once. */
const pairsOf = (
  given: ReadonlyArray<OutgoingHttpHeader>
): ReadonlyArray<readonly [string, string | Array<string>]> => {
  const flat = Array.isArray(given[0]) ? given.flat() : given
  return Array.from({ length: Math.ceil(flat.length / 2) }, (_, at) => {
    const value = flat[2 * at + 1] ?? ""
    return [String(flat[2 * at]), Array.isArray(value) ? value : String(value)]
  })
}

/** Sets what a handler gave to `writeHead`, over what it set before. */
export const setGiven = (outgoing: ServerResponse, given: GivenHeaders): void => {
  if (given === undefined) return
  if (isList(given)) {
    const pairs = pairsOf(given)
    for (const [name] of pairs) outgoing.removeHeader(name)
    for (const [name, value] of pairs) outgoing.appendHeader(name, value)
    return
  }
  for (const name of Object.keys(given)) {
    const value = given[name]
    if (value !== undefined) outgoing.setHeader(name, value)
  }
}

/** Adds what the guard wants where the handler has set nothing. */
export const addHeaders = (outgoing: ServerResponse, added: Added): void => {
  for (const name of Object.keys(added)) {
    const value = added[name]
    if (value !== undefined && !outgoing.hasHeader(name)) outgoing.setHeader(name, value)
  }
  // RFC 9111 section 3.5: what a shared cache may keep is never given to another's token.
  outgoing.appendHeader("Vary", "Authorization")
}

/**
 * The same in one object, for the common answer whose headers all come in one: setting them one by one costs more than the
 * rest of the way through the guard. `undefined` where a name could stand twice or the answer may be an event stream.
 */
export const mergeHeaders = (
  outgoing: ServerResponse,
  given: GivenHeaders,
  added: Added
): OutgoingHttpHeaders | undefined => {
  if (given === undefined || isList(given) || outgoing.getHeaderNames().length > 0) return undefined
  const headers: OutgoingHttpHeaders = { ...added, Vary: "Authorization" }
  for (const name of Object.keys(given)) {
    const value = given[name]
    const lower = name.toLowerCase()
    if (lower === "content-type" && value !== "application/json") return undefined
    for (const own in headers) if (own.length === lower.length && own.toLowerCase() === lower) return undefined
    headers[name] = value
  }
  return headers
}

/** The media type of an answer whose headers are set; empty without one. */
export const mediaTypeOf = (outgoing: ServerResponse): string => {
  const value = outgoing.getHeader("content-type")
  return typeof value === "string" ? (value.split(";", 1)[0]?.trim().toLowerCase() ?? "") : ""
}

import { type BodyFilter, makeBodyFilter, type MessageFilter, unfilterable } from "@postern/resource-server"
import type { ServerResponse } from "node:http"
import { StringDecoder } from "node:string_decoder"
import { addHeaders } from "./answer-headers.ts"

// What is true of the bytes that the handler wrote, and not of those that are left.
const OF_THE_BYTES = ["content-length", "etag", "content-md5", "digest", "content-digest", "repr-digest"]

const headerOf = (outgoing: ServerResponse, name: string): string | null => {
  const value = outgoing.getHeader(name)
  return value === undefined ? null : String(value)
}

/** The text of what `write` and `end` of node take. */
const pieceOf = (decoder: StringDecoder, values: ReadonlyArray<unknown>): string => {
  const [chunk, encoding] = values
  if (typeof chunk === "string") {
    const isNamed = typeof encoding === "string" && Buffer.isEncoding(encoding)
    return decoder.write(isNamed ? Buffer.from(chunk, encoding) : Buffer.from(chunk))
  }
  return chunk instanceof Uint8Array ? decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)) : ""
}

type Written = (error?: Error | null) => void
const isWritten = (value: unknown): value is Written => typeof value === "function"

const rewrite = (outgoing: ServerResponse, filter: BodyFilter): void => {
  const write = outgoing.write.bind(outgoing)
  const end = outgoing.end.bind(outgoing)
  const decoder = new StringDecoder("utf8")
  outgoing.write = (...values: ReadonlyArray<unknown>): boolean => {
    const piece = filter.next(pieceOf(decoder, values))
    const written = values.findLast(isWritten)
    if (piece !== "") return write(piece, written)
    if (written !== undefined) process.nextTick(written)
    return true
  }
  outgoing.end = (...values: ReadonlyArray<unknown>) => {
    outgoing.write = write
    outgoing.end = end
    const last = filter.next(pieceOf(decoder, values) + decoder.end()) + filter.end()
    return end(last, values.findLast(isWritten))
  }
}

/**
 * Sends the headers before the first piece of an answer: node, when it sends them by itself, writes that piece where no
 * filter stands. What comes back undoes it.
 */
export const headFirst = (outgoing: ServerResponse): (() => void) => {
  const write = outgoing.write.bind(outgoing)
  const end = outgoing.end.bind(outgoing)
  const release = (): void => {
    outgoing.write = write
    outgoing.end = end
  }
  const sendHead = (): void => {
    release()
    outgoing.writeHead(outgoing.statusCode)
  }
  outgoing.write = (...values: ReadonlyArray<unknown>): boolean => {
    sendHead()
    return Reflect.apply(outgoing.write.bind(outgoing), undefined, values)
  }
  outgoing.end = (...values: ReadonlyArray<unknown>) => {
    sendHead()
    return Reflect.apply(outgoing.end.bind(outgoing), undefined, values)
  }
  return release
}

const refuse = (outgoing: ServerResponse, added: Readonly<Record<string, string>>): void => {
  for (const name of outgoing.getHeaderNames()) outgoing.removeHeader(name)
  outgoing.setHeader("Content-Type", "application/json").setHeader("Cache-Control", "no-store")
  addHeaders(outgoing, added)
  const write = outgoing.write.bind(outgoing)
  const end = outgoing.end.bind(outgoing)
  outgoing.write = (...values: ReadonlyArray<unknown>): boolean => {
    const written = values.findLast(isWritten)
    if (written !== undefined) process.nextTick(written)
    return true
  }
  outgoing.end = (...values: ReadonlyArray<unknown>) => {
    outgoing.write = write
    outgoing.end = end
    return end(unfilterable, values.findLast(isWritten))
  }
}

/**
 * Filters the messages of an answer whose headers are set and about to leave, and returns its status. One that could hold a
 * list in a form that is not read here (compressed, another media type) becomes a 500 without it; an error page passes.
 */
export const filterAnswer = (
  outgoing: ServerResponse,
  status: number,
  filter: MessageFilter,
  added: Readonly<Record<string, string>>
): number => {
  // RFC 9110 sections 15.3.5 and 15.4.5: these have no body.
  if (status === 204 || status === 304) return status
  const encoding = headerOf(outgoing, "content-encoding")
  const bodyFilter = makeBodyFilter(headerOf(outgoing, "content-type"), encoding, filter)
  if (bodyFilter !== undefined) {
    for (const name of OF_THE_BYTES) outgoing.removeHeader(name)
    rewrite(outgoing, bodyFilter)
    return status
  }
  if ((status < 200 || status > 299) && encoding === null) return status
  refuse(outgoing, added)
  return 500
}

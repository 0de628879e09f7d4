// One kept connection that asks one thing at a time. It spares the load the work of a whole HTTP client, which would take as
// much of the machine as the servers that are measured.
import { connect, type Socket } from "node:net"

/** An answer. */
export interface Answer {
  readonly status: number
  /** The head as it came, for `headerOf`. */
  readonly head: string
  readonly text: string
}

/** A connection to one server. */
export interface Connection {
  readonly send: (method: "GET" | "POST", path: string, headers: string, body?: string) => Promise<Answer>
  /** Closes the connection; the next request opens another one. */
  readonly hangUp: () => void
}

/** A header of an answer. */
export const headerOf = (head: string, name: string): string | undefined =>
  new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, "im").exec(head)?.[1]

/** The body of a chunked answer; `undefined` while it is not whole. */
const dechunk = (bytes: Buffer): string | undefined => {
  const parts = []
  for (let at = 0; ;) {
    const end = bytes.indexOf("\r\n", at)
    if (end === -1) return undefined
    const size = Number.parseInt(bytes.toString("latin1", at, end), 16)
    const next = end + 2 + size + 2
    if (bytes.length < next) return undefined
    if (size === 0) return Buffer.concat(parts).toString()
    parts.push(bytes.subarray(end + 2, end + 2 + size))
    at = next
  }
}

/** The answer in what has arrived; `undefined` while it is not whole. */
const parseAnswer = (bytes: Buffer): Answer | undefined => {
  const end = bytes.indexOf("\r\n\r\n")
  if (end === -1) return undefined
  const head = bytes.toString("latin1", 0, end)
  const rest = bytes.subarray(end + 4)
  const status = Number(head.slice(9, 12))
  const length = headerOf(head, "content-length")
  if (length !== undefined) {
    return rest.length < Number(length) ? undefined : { status, head, text: rest.toString() }
  }
  const text = status === 204 || status === 304 ? "" : dechunk(rest)
  return text === undefined ? undefined : { status, head, text }
}

/** Makes a connection to an origin, which is opened by its first request. */
export const makeConnection = (origin: string): Connection => {
  const { host, hostname, port } = new URL(origin)
  let socket: Socket | undefined
  let arrived: Array<Buffer> = []
  let waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void } | undefined

  const open = (): Socket => {
    const opened = connect({ host: hostname, port: Number(port), noDelay: true })
    opened.on("data", (chunk) => {
      arrived.push(chunk)
      const answer = parseAnswer(arrived.length === 1 ? chunk : Buffer.concat(arrived))
      if (answer === undefined) return
      arrived = []
      waiting?.resolve(answer)
      waiting = undefined
    })
    const lost = (error?: Error) => {
      if (socket !== opened) return
      socket = undefined
      waiting?.reject(error ?? new Error("the server closed the connection"))
      waiting = undefined
    }
    opened.on("error", lost)
    opened.on("close", () => lost())
    return opened
  }

  return {
    send: (method, path, headers, body) =>
      new Promise((resolve, reject) => {
        socket ??= open()
        waiting = { resolve, reject }
        const length = body === undefined ? "" : `content-length: ${Buffer.byteLength(body)}\r\n`
        socket.write(`${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${headers}${length}\r\n${body ?? ""}`)
      }),
    hangUp: () => {
      const open = socket
      socket = undefined
      arrived = []
      open?.destroy()
    }
  }
}

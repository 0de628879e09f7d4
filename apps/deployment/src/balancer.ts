import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http"
import { buffer } from "node:stream/consumers"

/** One instance as the balancer knows it. */
export interface Backend {
  readonly name: string
  readonly port: number
}

/** What became of one request at one backend. `unreachable`: it was not sent; `broken`: nobody knows what was done. */
export interface Forwarded {
  readonly backend: string
  readonly outcome: "answered" | "unreachable" | "broken"
  readonly status?: number
}

/** A balancer that listens on loopback. */
export interface Balancer {
  readonly url: string
  readonly close: () => Promise<void>
}

/** How long a backend that refused a connection is left alone. */
const REST_MILLIS = 200

// Headers that speak of one connection (RFC 9110 section 7.6.1).
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"])

const endToEnd = (headers: IncomingMessage["headers"]): IncomingMessage["headers"] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)))

/**
 * A small balancer; at port 0 the system chooses a free one. One backend after the other, whoever asks. A request that could not be sent goes to the next one. One that was
 * sent and not answered is never sent again: only whoever made it knows whether it may be, and gets a 502.
 */
export const startBalancer = async (
  port: number,
  backends: ReadonlyArray<Backend>,
  onForwarded: (event: Forwarded) => void
): Promise<Balancer> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const restsUntil = new Map<string, number>()
  let turn = 0

  /** All of them, those that may be up first. */
  const inTurn = (): ReadonlyArray<Backend> => {
    turn = (turn + 1) % backends.length
    const order = [...backends.slice(turn), ...backends.slice(0, turn)]
    const resting = ({ name }: Backend) => (restsUntil.get(name) ?? 0) > Date.now()
    return [...order.filter((each) => !resting(each)), ...order.filter(resting)]
  }

  const forward = (backend: Backend, incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse) =>
    new Promise<Forwarded>((resolve) => {
      const { method, url, headers } = incoming
      const options = { agent, host: "127.0.0.1", port: backend.port, method, path: url, headers: endToEnd(headers) }
      const sent = request(options, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers))
        answer.pipe(outgoing)
        answer.once("end", () =>
          resolve({ backend: backend.name, outcome: "answered", status: answer.statusCode ?? 502 })
        )
        answer.once("error", () => {
          outgoing.destroy()
          resolve({ backend: backend.name, outcome: "broken" })
        })
      })
      sent.once("error", (error: NodeJS.ErrnoException) => {
        if (outgoing.headersSent) return
        resolve({ backend: backend.name, outcome: error.code === "ECONNREFUSED" ? "unreachable" : "broken" })
      })
      sent.end(body)
    })

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming)
    for (const backend of inTurn()) {
      const event = await forward(backend, incoming, body, outgoing)
      onForwarded(event)
      if (event.outcome === "answered" || outgoing.headersSent) return
      restsUntil.set(backend.name, Date.now() + REST_MILLIS)
      if (event.outcome === "broken") break
    }
    outgoing.writeHead(502, { "cache-control": "no-store", "retry-after": "1" }).end()
  }

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  const address = server.address()
  const bound = typeof address === "object" && address !== null ? address.port : port
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        agent.destroy()
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

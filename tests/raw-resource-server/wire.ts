import { connect, type Socket } from "node:net"

/** A connection on which a test types what it likes. */
export interface Wire {
  readonly socket: Socket
  /** All that came back so far. */
  readonly received: () => string
  /** Resolves when what came back satisfies the test, or the other side has closed. */
  readonly until: (isEnough: (received: string) => boolean) => Promise<string>
  /** Resolves with all that came back when the other side has closed. */
  readonly closed: Promise<string>
}

export const dial = (port: number): Wire => {
  const socket = connect({ port, host: "127.0.0.1" })
  let text = ""
  let isClosed = false
  const look = new Set<() => void>()
  const changed = (): void => look.forEach((one) => one())
  socket.setEncoding("latin1")
  socket.on("data", (piece: string) => {
    text += piece
    changed()
  })
  // A reset is an end like another: what matters is what came before.
  socket.on("error", () => undefined)
  socket.on("close", () => {
    isClosed = true
    changed()
  })
  const until = (isEnough: (received: string) => boolean): Promise<string> =>
    new Promise((resolve) => {
      const one = (): void => {
        if (!isClosed && !isEnough(text)) return
        look.delete(one)
        resolve(text)
      }
      look.add(one)
      one()
    })
  return { socket, received: () => text, until, closed: until(() => false) }
}

/** Types bytes, one code point each, and waits for the end of the connection. */
export const type = (port: number, bytes: string): Promise<string> => {
  const { closed, socket } = dial(port)
  socket.write(bytes, "latin1")
  return closed
}

/** The statuses of all answers in a text, in order. */
export const statusesOf = (received: string): ReadonlyArray<number> =>
  [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))

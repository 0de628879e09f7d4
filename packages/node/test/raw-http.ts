import { connect } from "node:net"

/** Sends bytes as they are and returns all that comes back until the other side closes. */
export const exchange = (port: number, bytes: string, host = "127.0.0.1"): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host })
    let received = ""
    socket.setEncoding("latin1")
    socket.on("data", (chunk: string) => (received += chunk))
    socket.on("error", (error) => (received === "" ? reject(error) : resolve(received)))
    socket.on("close", () => resolve(received))
    socket.write(bytes)
  })

/** The status of an answer. */
export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

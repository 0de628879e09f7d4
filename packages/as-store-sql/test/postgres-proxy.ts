import { createConnection, createServer, type Socket } from "node:net"

/** A way to a PostgreSQL server that can be cut at a message. */
export interface Proxy {
  readonly url: string
  /**
   * Cuts the connection on which a message goes to the server, `before` it gets there or `after` the server has answered, which
   * nobody hears. It does so once, and answers how often it did until it is asked.
   */
  readonly cut: (message: RegExp, when: "before" | "after") => () => number
  readonly close: () => Promise<void>
}

/** Opens a way to the server of a URL. */
export const openProxy = async (to: string): Promise<Proxy> => {
  const target = new URL(to)
  const sockets = new Set<Socket>()
  let next: { readonly message: RegExp; readonly when: "before" | "after" } | undefined
  let cuts = 0
  const server = createServer((client) => {
    const upstream = createConnection(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on("error", () => undefined)
      socket.on("close", () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    let deaf = false
    client.on("data", (bytes) => {
      const found = next?.message.test(bytes.toString("latin1")) ? next : undefined
      if (found !== undefined) {
        next = undefined
        cuts += 1
      }
      if (found?.when === "before") client.destroy()
      else upstream.write(bytes)
      deaf ||= found !== undefined
    })
    upstream.on("data", (bytes) => (deaf ? client.destroy() : client.write(bytes)))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("the proxy does not listen")
  const url = new URL(to)
  url.port = String(address.port)
  return {
    url: url.href,
    cut: (message, when) => {
      cuts = 0
      next = { message, when }
      return () => cuts
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

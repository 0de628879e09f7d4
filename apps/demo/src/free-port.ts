import { createServer } from "node:net"

// Below those that systems give to outgoing connections (Linux from 32768, others from 49152): a port of theirs may be gone a moment
// later.
const [FIRST, COUNT] = [20_000, 12_000]
const ATTEMPTS = 100

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(false))
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)))
  })

/** A port on loopback that nobody listens on. */
export const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (await isFree(port)) return port
  }
  throw new Error("no port is free")
}

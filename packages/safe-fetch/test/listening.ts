import { readFileSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import { afterEach } from "vitest"

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")

export const root = fixture("root.pem")

const closers: Array<() => Promise<void>> = []

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

/** A server that listens until the test ends. */
export interface Listening {
  readonly port: number
  /** What connected, from the first byte on. */
  readonly connections: ReadonlyArray<net.Socket>
}

const listen = async (server: net.Server): Promise<Listening> => {
  const connections: Array<net.Socket> = []
  server.on("connection", (socket: net.Socket) => {
    connections.push(socket)
    socket.on("error", () => undefined)
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", resolve)
  })
  closers.push(async () => {
    for (const socket of connections) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return { port: address.port, connections }
}

export const listenHttp = (listener: http.RequestListener) => listen(http.createServer(listener))

export const listenHttps = (
  listener: http.RequestListener,
  options: {
    readonly certificate?: "server" | "expired" | "self-signed"
    readonly maximumVersion?: "TLSv1.1"
  } = {}
) => {
  const cert = fixture(`${options.certificate ?? "server"}.pem`)
  const old = options.maximumVersion && {
    minVersion: "TLSv1" as const,
    maxVersion: options.maximumVersion,
    // Where OpenSSL would not speak it otherwise.
    ciphers: "DEFAULT@SECLEVEL=0"
  }
  const server = https.createServer({ key: fixture("server-key.pem"), cert, ...old }, listener)
  server.on("tlsClientError", () => undefined)
  return listen(server)
}

/** A server that reads what it is sent and says what `speak` writes: nothing unless told. */
export const listenRaw = (speak: (socket: net.Socket) => void = () => undefined) =>
  listen(
    net.createServer((socket) => {
      socket.resume()
      speak(socket)
    })
  )

/** Answers JSON. */
export const json =
  (value: unknown, status = 200): http.RequestListener =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value))
  }

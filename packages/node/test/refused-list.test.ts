import { createServer, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { guardListener } from "@postern/node/guard"
import { standIn } from "./stand-in-guard.ts"

const started: Array<Server> = []
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

const UNFILTERABLE = '{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"The answer could not be filtered"}}'

/** A server whose handler writes a list in a form that the guard cannot filter; `errors` are those of its answers. */
const start = async (write: (outgoing: ServerResponse) => unknown) => {
  const errors: Array<unknown> = []
  const guard = standIn({ filter: (message) => message })
  const server = createServer(
    guardListener(guard, (_, outgoing) => {
      outgoing.on("error", (error) => errors.push(error))
      return write(outgoing)
    })
  )
  started.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}`, { headers: { authorization: "Bearer good" } })
  return { errors, status: response.status, text: await response.text() }
}

const gzip = { "content-type": "application/json", "content-encoding": "gzip" }

describe("a list that cannot be filtered", () => {
  it("is ended as often as the handler likes, and only the first end sends anything", async () => {
    // Without a chunk node takes a second end for nothing; an error that nobody listens to would end the process.
    const { errors, status, text } = await start((outgoing) => {
      outgoing.writeHead(200, gzip).end("a list")
      outgoing.end()
      setImmediate(() => outgoing.end())
    })
    expect([status, text]).toEqual([500, UNFILTERABLE])
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    expect(errors).toEqual([])
  })

  it("lets a handler go on that waits until each piece is written", async () => {
    const { errors, status, text } = await start(async (outgoing) => {
      outgoing.writeHead(200, gzip)
      for (const piece of ["a", "list"]) await new Promise<void>((resolve) => outgoing.write(piece, () => resolve()))
      await new Promise<void>((resolve) => outgoing.end(() => resolve()))
    })
    expect([status, text]).toEqual([500, UNFILTERABLE])
    expect(errors).toEqual([])
  })
})

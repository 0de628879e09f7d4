import { connect, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import { afterEach, describe, expect, it } from "vitest"
import { serve, type ServeOptions, type Server } from "@postern/node"
import { exchange, statusOf } from "./raw-http.ts"

const started: Array<Server> = []
afterEach(async () => {
  await Effect.runPromise(Effect.forEach(started.splice(0), (server) => server.close()))
})

const start = async (fetch: ServeOptions["fetch"], options: Partial<ServeOptions> = {}) => {
  const defects: Array<unknown> = []
  const onDefect = (error: unknown) => void defects.push(error)
  const server = await Effect.runPromise(
    serve({ fetch, hostname: "127.0.0.1", port: 0, graceMillis: 100, onDefect, ...options })
  )
  started.push(server)
  return { defects, port: server.port, url: server.url }
}

const bodyOf = (answer: string): string => answer.slice(answer.lastIndexOf("\r\n\r\n") + 4)
const post = (...lines: ReadonlyArray<string>): string => ["POST / HTTP/1.1", "Host: a", ...lines, "", ""].join("\r\n")
const LAST = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
const send = (port: number, bytes: string): Socket => {
  const socket = connect({ port, host: "127.0.0.1" })
  socket.on("error", () => undefined)
  socket.write(bytes)
  return socket
}

describe("a request", () => {
  it("is the platform's own: it can be copied, cloned and read in every way, once", async () => {
    const seen: Array<unknown> = []
    const { url } = await start(async (request) => {
      const copy = new Request(request.clone(), { headers: { "x-copy": "1" } })
      seen.push([copy.method, copy.headers.get("x-copy"), await copy.text()])
      seen.push([request.bodyUsed, (await request.formData()).get("a"), request.bodyUsed])
      await expect(request.text()).rejects.toThrow(TypeError)
      expect(() => new Request(request)).toThrow(TypeError)
      return new Response()
    })
    const response = await fetch(url, { method: "POST", body: new URLSearchParams({ a: "é" }) })
    expect(response.status).toBe(200)
    expect(seen).toEqual([
      ["POST", "1", "a=%C3%A9"],
      [false, "é", true]
    ])
  })

  it("has every line of its head", async () => {
    const { port } = await start(async ({ headers }) => Response.json([...headers]))
    const answer = await exchange(
      port,
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer 1\r\nX-Own:  b \r\nauthorization: Bearer 2\r\n\r\n"
    )
    expect(JSON.parse(bodyOf(answer))).toEqual([
      ["authorization", "Bearer 1, Bearer 2"],
      ["connection", "close"],
      ["host", "a"],
      ["x-own", "b"]
    ])
  })

  it.each([
    ["none", post("Connection: close")],
    ["one of no length", post("Content-Length: 0", "Connection: close")],
    ["one where none is read", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"]
  ])("has no body where there is %s", async (_, bytes) => {
    const { port } = await start(async ({ body }) => Response.json(body))
    expect(bodyOf(await exchange(port, bytes))).toBe("null")
  })
})

describe("a body", () => {
  it("comes whole, however it is read", async () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251)
    const { url } = await start(async (request) => {
      const { pathname } = new URL(request.url)
      if (pathname === "/bytes") return new Response(await request.arrayBuffer())
      if (pathname === "/blob") return new Response(await request.blob())
      return new Response(request.body)
    })
    for (const path of ["/bytes", "/blob", "/stream"]) {
      const response = await fetch(url + path, { method: "POST", body: bytes })
      expect([path, new Uint8Array(await response.arrayBuffer())]).toEqual([path, bytes])
    }
  })

  it("of many small pieces is read in few", async () => {
    let pieces = 0
    const { port } = await start(async ({ body }) => {
      for await (const piece of body ?? []) pieces += piece.length === 0 ? 0 : 1
      return new Response()
    })
    const head = post("Transfer-Encoding: chunked", "Connection: close")
    expect(statusOf(await exchange(port, `${head}${"1\r\nx\r\n".repeat(5000)}0\r\n\r\n`))).toBe(200)
    expect(pieces).toBeLessThan(500)
  })

  it.each([
    ["not at all", async () => new Response("x")],
    [
      "in part",
      async ({ body }: Request) => {
        await body?.getReader().read()
        return new Response("x")
      }
    ],
    [
      "until it is cancelled",
      async ({ body }: Request) => {
        const reader = body?.getReader()
        await reader?.read()
        await reader?.cancel()
        return new Response("x")
      }
    ]
  ])("that is read %s leaves the connection to the next request", async (_, handler) => {
    const { defects, port } = await start(handler)
    const rest = "y".repeat(400_000)
    const framings = [
      `${post("Content-Length: 400001")}x`,
      `${post("Transfer-Encoding: chunked")}1\r\nx\r\n${rest.length.toString(16)}\r\n`
    ]
    for (const [at, framing] of framings.entries()) {
      const socket = send(port, framing)
      let received = ""
      socket.setEncoding("latin1")
      // The rest comes when the answer is out.
      socket.on("data", (piece: string) => {
        if (received === "") socket.write(`${rest}${at === 0 ? "" : "\r\n0\r\n\r\n"}${LAST}`)
        received += piece
      })
      await new Promise((resolve) => socket.once("close", resolve))
      expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    }
    expect(defects).toEqual([])
  })

  it("that nobody reads and that does not end is hung up", { timeout: 20_000 }, async () => {
    const { port } = await start(async () => new Response("x"))
    const socket = send(port, post("Transfer-Encoding: chunked"))
    const closed = new Promise((resolve) => socket.once("close", resolve))
    const piece = `10000\r\n${"y".repeat(65_536)}\r\n`
    let sent = 0
    const more = (): void => {
      while (!socket.destroyed && sent < 64_000_000 && socket.write(piece)) sent += 65_536
    }
    socket.on("drain", more).resume()
    more()
    await closed
    // 4 MiB, and what lies in the buffers of the system.
    expect(sent).toBeLessThan(32_000_000)
  })

  it("whose rest comes too slowly is hung up, and answered once", { timeout: 30_000 }, async () => {
    const { port } = await start(async () => new Response("x"), {
      headersTimeoutMillis: 8000,
      requestTimeoutMillis: 8000
    })
    const socket = send(port, `${post("Content-Length: 1000")}x`)
    const drip = setInterval(() => void (socket.writable && socket.write("x")), 500)
    let received = ""
    socket.setEncoding("latin1").on("data", (piece: string) => (received += piece))
    await new Promise((resolve) => socket.once("close", resolve))
    clearInterval(drip)
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200"])
  })

  it("is not read before the handler asks", async () => {
    const asked = Promise.withResolvers<void>()
    const { port } = await start(
      async (request) => {
        await asked.promise
        return new Response(String((await request.text()).length))
      },
      { maximumBodyBytes: 100_000_000 }
    )
    const length = 60_000_000
    const socket = send(port, post(`Content-Length: ${length}`, "Connection: close"))
    const whole = new Promise<void>((resolve) => void socket.write("x".repeat(length), () => resolve()))
    const answer = new Promise((resolve) => socket.once("data", (piece) => resolve(piece.toString("latin1"))))
    expect(
      await Promise.race([whole.then(() => "sent"), new Promise((resolve) => setTimeout(resolve, 300, "held"))])
    ).toBe("held")
    asked.resolve()
    expect(await answer).toContain(String(length))
  })

  it("that breaks off is an error for its reader and nobody's bug", async () => {
    const outcomes: Array<unknown> = []
    const asked = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<void>()
    const { defects, port } = await start(async (request) => {
      request.signal.addEventListener("abort", () => aborted.resolve())
      asked.resolve()
      await request.text().catch((error: unknown) => {
        outcomes.push(error instanceof Error)
        throw error
      })
      return new Response()
    })
    const socket = send(port, `${post("Content-Length: 5")}12`)
    await asked.promise
    socket.destroy()
    await aborted.promise
    await expect.poll(() => outcomes).toEqual([true])
    expect(defects).toEqual([])
  })

  it("of somebody who left before it was read is an error for its reader", async () => {
    const outcomes: Array<unknown> = []
    const asked = Promise.withResolvers<void>()
    const { defects, port } = await start(async (request) => {
      asked.resolve()
      await new Promise((resolve) => request.signal.addEventListener("abort", resolve))
      await request.text().catch((error: unknown) => {
        outcomes.push(error instanceof Error)
        throw error
      })
      return new Response()
    })
    const socket = send(port, `${post("Content-Length: 5")}12`)
    await asked.promise
    socket.destroy()
    await expect.poll(() => outcomes).toEqual([true])
    expect(defects).toEqual([])
  })

  it("that becomes too long while it is sent back ends the answer and is nobody's bug", async () => {
    const { defects, port } = await start(async ({ body }) => new Response(body), { maximumBodyBytes: 10 })
    const socket = send(port, `${post("Transfer-Encoding: chunked")}5\r\nhello\r\n`)
    let received = ""
    socket.setEncoding("latin1")
    socket.on("data", (piece: string) => {
      received += piece
      if (received.endsWith("hello\r\n")) socket.write("6\r\n world\r\n")
    })
    await new Promise((resolve) => socket.once("close", resolve))
    expect(received).toContain("hello")
    expect(received).not.toContain("world")
    expect(received.endsWith("0\r\n\r\n")).toBe(false)
    expect(defects).toEqual([])
  })
})

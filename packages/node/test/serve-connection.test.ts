import * as Effect from "effect/Effect"
import { connect } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { serve, type ServeOptions, type Server } from "@postern/node"
import { exchange, statusOf } from "./raw-http.ts"

const started: Array<Server> = []
afterEach(async () => {
  await Effect.runPromise(Effect.forEach(started.splice(0), (server) => server.close()))
})

const start = async (
  fetch: ServeOptions["fetch"],
  options: Partial<ServeOptions> = {}
): Promise<{ readonly port: number; readonly defects: ReadonlyArray<unknown> }> => {
  const defects: Array<unknown> = []
  const onDefect = (error: unknown) => void defects.push(error)
  const server = await Effect.runPromise(serve({ fetch, hostname: "127.0.0.1", port: 0, onDefect, ...options }))
  started.push(server)
  return { port: server.port, defects }
}

/** Sends a head, and the body when the server has asked for it; everything that came back until it closed. */
const expecting = (port: number, head: string, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" })
    let received = ""
    socket.setEncoding("latin1")
    socket.on("data", (piece: string) => {
      received += piece
      if (received === "HTTP/1.1 100 Continue\r\n\r\n") socket.write(body)
    })
    socket.on("error", reject)
    socket.on("close", () => resolve(received))
    socket.write(head)
  })

const statuses = (answer: string): ReadonlyArray<string> => answer.match(/HTTP\/1\.1 \d{3}/g) ?? []
const echo = async (request: Request) => new Response(await request.text())
const refuse = async () => new Response("no", { status: 401 })
const GET = "GET / HTTP/1.1\r\nHost: a\r\n"

describe("Expect: 100-continue", () => {
  const head = (...lines: ReadonlyArray<string>) =>
    ["POST / HTTP/1.1", "Host: a", "Expect: 100-continue", ...lines, "", ""].join("\r\n")

  it("is followed when the handler begins to read, whatever frames the body", async () => {
    const { port } = await start(echo)
    const long = await expecting(port, head("Content-Length: 5", "Connection: close"), "hello")
    expect(statuses(long)).toEqual(["HTTP/1.1 100", "HTTP/1.1 200"])
    expect(long.endsWith("\r\n\r\nhello")).toBe(true)
    const chunked = await expecting(
      port,
      head("Transfer-Encoding: chunked", "Connection: close"),
      "5\r\nhello\r\n0\r\n\r\n"
    )
    expect(statuses(chunked)).toEqual(["HTTP/1.1 100", "HTTP/1.1 200"])
    expect(chunked).toContain("hello")
  })

  it("is answered at once where the body is not wanted, and the connection ends there", async () => {
    const { port } = await start(refuse)
    for (const framing of ["Content-Length: 5", "Transfer-Encoding: chunked"]) {
      const answer = await exchange(port, head(framing))
      expect(statuses(answer)).toEqual(["HTTP/1.1 401"])
      expect(answer.toLowerCase()).toContain("\r\nconnection: close\r\n")
    }
    // A second request stands where the body would: it is none.
    expect(statuses(await exchange(port, `${head(`Content-Length: ${GET.length + 2}`)}${GET}\r\n`))).toEqual([
      "HTTP/1.1 401"
    ])
  })

  it("is answered 413 at once where the body would be too long", async () => {
    const { port } = await start(echo, { maximumBodyBytes: 4 })
    expect(statuses(await exchange(port, head("Content-Length: 5")))).toEqual(["HTTP/1.1 413"])
  })
})

describe("a connection", () => {
  it("ends when the sender says so, whatever the handler would like", async () => {
    const { port } = await start(
      async () => new Response("x", { headers: { connection: "keep-alive", "keep-alive": "timeout=60", "x-own": "1" } })
    )
    for (const one of [`${GET}Connection: close\r\n\r\n`, "GET / HTTP/1.0\r\n\r\n"]) {
      // `exchange` waits for the end.
      const answer = await exchange(port, one)
      expect(answer.toLowerCase()).toContain("\r\nconnection: close\r\n")
      expect(answer).toContain("x-own: 1")
      expect(answer).toContain("content-length: 1")
      expect(answer.toLowerCase()).not.toContain("keep-alive")
    }
  })

  it("ends when the handler says so", async () => {
    const { port } = await start(async () => new Response("x", { headers: { connection: "x-own, close" } }))
    expect(statuses(await exchange(port, `${GET}\r\n${GET}\r\n`))).toEqual(["HTTP/1.1 200"])
  })

  it.each([
    ["two hosts", `${GET}Host: b\r\n\r\n`],
    ["two spellings of it", `${GET}HOST: a\r\n\r\n`],
    ["a transfer coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"]
  ])("is ended by %s", async (_, bytes) => {
    let calls = 0
    const { port } = await start(async () => {
      calls += 1
      return new Response("x")
    })
    const answer = await exchange(port, bytes)
    expect(statuses(answer)).toEqual(["HTTP/1.1 400"])
    expect(calls).toBe(0)
  })
})

describe("an answer that breaks off", () => {
  const broken = (pieces: number) => async () => {
    let sent = 0
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      // So that the head is out before the error comes.
      await new Promise((resolve) => setTimeout(resolve, 20))
      if (sent === pieces) throw new Error("secret of the store")
      sent += 1
      controller.enqueue(new TextEncoder().encode("piece"))
    }
    return new Response(new ReadableStream({ pull }), { headers: { "content-type": "text/event-stream" } })
  }

  it.each([0, 1, 2])("after %i pieces tells the operator why, and nobody else", async (pieces) => {
    const { defects, port } = await start(broken(pieces))
    const answer = await exchange(port, `${GET}Connection: close\r\n\r\n`)
    expect(answer).not.toContain("secret")
    expect(answer.match(/piece/g) ?? []).toHaveLength(pieces)
    expect(defects).toEqual([new Error("secret of the store")])
  })

  it("before its head becomes a 500 with nothing inside", async () => {
    const pull = () => {
      throw new Error("secret of the store")
    }
    const { defects, port } = await start(async () => new Response(new ReadableStream({ pull })))
    const answer = await exchange(port, `${GET}Connection: close\r\n\r\n`)
    expect(statusOf(answer)).toBe(500)
    expect(answer).not.toContain("secret")
    expect(defects).toEqual([new Error("secret of the store")])
  })

  it("because its reader left is nobody's bug", async () => {
    let cancelled: (value: unknown) => void = () => undefined
    const left = new Promise((resolve) => (cancelled = resolve))
    const { defects, port } = await start(
      async () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
            cancel: () => cancelled(undefined)
          }),
          { headers: { "content-type": "text/event-stream" } }
        )
    )
    const socket = connect({ port, host: "127.0.0.1" })
    socket.write(`${GET}\r\n`)
    socket.once("data", () => socket.resetAndDestroy())
    socket.on("error", () => undefined)
    await left
    expect(defects).toEqual([])
  })
})

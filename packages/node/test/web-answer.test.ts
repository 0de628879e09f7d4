import { connect, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import { afterEach, describe, expect, it } from "vitest"
import { serve, type ServeOptions, type Server } from "@postern/node"
import { exchange, statusOf } from "./raw-http.ts"

const started: Array<Server> = []
afterEach(async () => {
  await Effect.runPromise(Effect.forEach(started.splice(0), (server) => server.close()))
})

const start = async (fetch: ServeOptions["fetch"]) => {
  const defects: Array<unknown> = []
  const onDefect = (error: unknown) => void defects.push(error)
  const server = await Effect.runPromise(serve({ fetch, hostname: "127.0.0.1", port: 0, graceMillis: 100, onDefect }))
  started.push(server)
  const ask = (method = "GET") =>
    exchange(server.port, `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`).then((answer) => {
      const [head = "", body = ""] = answer.split("\r\n\r\n", 2)
      return { status: statusOf(answer), head: head.toLowerCase().split("\r\n"), body }
    })
  return { ask, defects, port: server.port, url: server.url }
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
const framing = (head: ReadonlyArray<string>): ReadonlyArray<string> =>
  head.filter((line) => /^(content-length|transfer-encoding|trailer):/.test(line))
const send = (port: number): Socket => {
  const socket = connect({ port, host: "127.0.0.1" })
  socket.on("error", () => undefined)
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
  return socket
}

describe("an answer", () => {
  it.each<[string, () => Response, string, ReadonlyArray<string>, string]>([
    ["a text", () => new Response("é€"), "GET", ["content-length: 5"], "Ã©â\u0082¬"],
    ["bytes", () => new Response(bytes("ab")), "GET", ["content-length: 2"], "ab"],
    ["JSON", () => Response.json({ a: 1 }), "GET", ["content-length: 7"], '{"a":1}'],
    ["an empty text", () => new Response(""), "GET", ["content-length: 0"], ""],
    ["no body", () => new Response(null), "GET", ["content-length: 0"], ""],
    ["no content", () => new Response(null, { status: 204 }), "GET", [], ""],
    ["nothing new", () => new Response(null, { status: 304 }), "GET", [], ""],
    ["a head", () => new Response("abc"), "HEAD", ["content-length: 3"], ""],
    ["a head of no body", () => new Response(null), "HEAD", [], ""],
    [
      "a head of a length",
      () => new Response(null, { headers: { "content-length": "9" } }),
      "HEAD",
      ["content-length: 9"],
      ""
    ],
    [
      "a wrong length",
      () => new Response("abc", { headers: { "content-length": "1" } }),
      "GET",
      ["content-length: 3"],
      "abc"
    ],
    [
      "a length of nothing",
      () => new Response(null, { headers: { "content-length": "1" } }),
      "GET",
      ["content-length: 0"],
      ""
    ],
    [
      "a framing of its own",
      () => new Response("abc", { headers: { "transfer-encoding": "chunked", trailer: "x" } }),
      "GET",
      ["content-length: 3"],
      "abc"
    ]
  ])("that is %s is framed by what it is", async (_, response, method, lines, body) => {
    const { ask, defects } = await start(async () => response())
    const answer = await ask(method)
    expect([framing(answer.head), answer.body]).toEqual([lines, body])
    expect(defects).toEqual([])
  })

  it("keeps its own type, and has one for what a browser would guess", async () => {
    const stream = () => new Blob(["<p>"]).stream()
    const own = await start(async () => new Response(stream(), { headers: { "content-type": "application/json" } }))
    expect((await own.ask()).head).toContain("content-type: application/json")
    const none = await start(async () => new Response(stream()))
    expect((await none.ask()).head).toContain("content-type: text/plain; charset=utf-8")
    const nothing = await start(async () => new Response(null))
    expect((await nothing.ask()).head.join("\n")).not.toContain("content-type")
  })

  it.each<[string, () => unknown]>([
    ["an error of the network", () => Response.error()],
    ["nothing", () => undefined],
    [
      "read already",
      () => {
        const response = new Response("x")
        void response.text()
        return response
      }
    ]
  ])("that is %s is a 500 with nothing inside", async (_, response) => {
    const { ask, defects } = await start(async () => response() as Response)
    const answer = await ask()
    expect([answer.status, answer.body, framing(answer.head)]).toEqual([500, "", ["content-length: 0"]])
    expect(defects).toHaveLength(1)
  })
})

describe("an answer that is a stream", { timeout: 20_000 }, () => {
  it("sends its head at once and every piece as it comes", async () => {
    const steps: Array<() => void> = []
    let open: ReadableStreamDefaultController<Uint8Array> | undefined
    const { port } = await start(
      async () =>
        new Response(new ReadableStream({ start: (controller) => void (open = controller) }), {
          headers: { "content-type": "text/event-stream" }
        })
    )
    const socket = send(port)
    let received = ""
    socket.setEncoding("latin1").on("data", (piece: string) => {
      received += piece
      steps.shift()?.()
    })
    const next = () => new Promise<void>((resolve) => steps.push(resolve))
    await next()
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: text\/event-stream\r\n/)
    for (const piece of ["one", "", "two"]) {
      if (piece === "") {
        open?.enqueue(bytes(piece))
        continue
      }
      const came = next()
      open?.enqueue(bytes(piece))
      await came
      expect(received.endsWith(`3\r\n${piece}\r\n`)).toBe(true)
    }
    const ended = next()
    open?.close()
    await ended
    expect(received.endsWith("0\r\n\r\n")).toBe(true)
    socket.destroy()
  })

  it("is read no faster than it is taken, and cancelled when its reader leaves", async () => {
    let pulls = 0
    const cancelled = Promise.withResolvers<void>()
    const piece = new Uint8Array(65_536)
    const { defects, port } = await start(
      async () =>
        new Response(
          new ReadableStream({
            pull: (controller) => {
              pulls += 1
              controller.enqueue(piece)
            },
            cancel: () => cancelled.resolve()
          })
        )
    )
    const socket = send(port)
    socket.pause()
    let before = -1
    await expect
      .poll(
        () => {
          const isStill = pulls > 0 && pulls === before
          before = pulls
          return isStill
        },
        { interval: 200, timeout: 10_000 }
      )
      .toBe(true)
    // What the system's buffers take, and not what an hour of pulling gives.
    expect(pulls).toBeLessThan(2000)
    socket.destroy()
    await cancelled.promise
    expect(defects).toEqual([])
  })

  it("is not read for its head alone", async () => {
    const cancelled = Promise.withResolvers<void>()
    const { ask } = await start(async () => new Response(new ReadableStream({ cancel: () => cancelled.resolve() })))
    const answer = await ask("HEAD")
    expect([answer.status, answer.body]).toEqual([200, ""])
    await cancelled.promise
  })

  it.each([
    ["shorter", "4"],
    ["longer", "1"]
  ])("and says that it is %s ends the connection", async (_, length) => {
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      controller.enqueue(bytes("abc"))
      controller.close()
    }
    const { defects, port } = await start(
      async () => new Response(new ReadableStream({ pull }), { headers: { "content-length": length } })
    )
    const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    const answer = await exchange(port, request + request)
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(defects[0]).toMatchObject({ code: "ERR_HTTP_CONTENT_LENGTH_MISMATCH" })
  })

  it("of the length that it says is sent as such", async () => {
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      controller.enqueue(bytes("abc"))
      controller.close()
    }
    const { ask } = await start(
      async () => new Response(new ReadableStream({ pull }), { headers: { "content-length": "3" } })
    )
    const answer = await ask()
    expect([framing(answer.head), answer.body]).toEqual([["content-length: 3"], "abc"])
  })
})

describe("a sender who hangs up", { timeout: 20_000 }, () => {
  it("aborts the signal of its request, and what the handler then throws is no bug", async () => {
    const asked = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<void>()
    const { defects, port } = await start(async ({ signal }) => {
      asked.resolve()
      await new Promise((resolve) => signal.addEventListener("abort", resolve))
      aborted.resolve()
      throw signal.reason
    })
    const socket = send(port)
    await asked.promise
    socket.destroy()
    await aborted.promise
    await new Promise((resolve) => setImmediate(resolve))
    expect(defects).toEqual([])
  })

  it("gets nothing of an answer that is ready too late, whose body is cancelled", async () => {
    const asked = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<void>()
    const { defects, port } = await start(async ({ signal }) => {
      asked.resolve()
      await new Promise((resolve) => signal.addEventListener("abort", resolve))
      return new Response(new ReadableStream({ cancel: () => cancelled.resolve() }))
    })
    const socket = send(port)
    await asked.promise
    socket.destroy()
    await cancelled.promise
    expect(defects).toEqual([])
  })

  it("does not abort a request that is answered", async () => {
    let signal: AbortSignal | undefined
    const { ask } = await start(async (request) => {
      signal = request.signal
      return new Response("x")
    })
    await ask()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(signal?.aborted).toBe(false)
  })
})

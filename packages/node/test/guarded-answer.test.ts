import { createServer, IncomingMessage, type RequestListener, type Server, ServerResponse } from "node:http"
import { type AddressInfo, Socket } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { guardListener } from "@postern/node/guard"
import { endStreamAt } from "../src/end-stream-at.ts"
import { filterAnswer } from "../src/filter-answer.ts"
import { exchange } from "./raw-http.ts"
import { standIn } from "./stand-in-guard.ts"

const started: Array<Server> = []
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

type Facts = Parameters<typeof standIn>[0]

/** A server whose handler writes as it likes, behind a guard that wants something of its answers. */
const start = async (facts: Facts, write: (outgoing: ServerResponse) => unknown) => {
  const listener: RequestListener = guardListener(standIn(facts), (_, outgoing) => write(outgoing))
  const server = createServer(listener)
  started.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const get = (signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${port}`, { headers: { authorization: "Bearer good" }, ...(signal && { signal }) })
  const raw = () =>
    exchange(port, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\nConnection: close\r\n\r\n")
  return { get, raw }
}

const cors = { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "WWW-Authenticate" }

describe("the headers of an answer", () => {
  it.each<[string, (outgoing: ServerResponse) => unknown]>([
    ["end", (outgoing) => outgoing.end("x")],
    ["write", (outgoing) => outgoing.write("x") && outgoing.end()],
    ["setHeader", (outgoing) => outgoing.setHeader("X-Own", "1").end("x")],
    ["writeHead", (outgoing) => outgoing.writeHead(200).end("x")],
    ["writeHead with an object", (outgoing) => outgoing.writeHead(200, { "X-Own": "1" }).end("x")],
    ["writeHead with a reason", (outgoing) => outgoing.writeHead(200, "Fine", { "X-Own": "1" }).end("x")],
    ["flushHeaders", (outgoing) => [outgoing.flushHeaders(), outgoing.end("x")]]
  ])("have what the guard adds, written by %s", async (_, write) => {
    const { get } = await start({ headers: cors }, write)
    const { headers, status } = await get()
    expect(status).toBe(200)
    expect(headers.get("access-control-allow-origin")).toBe("*")
    expect(headers.get("access-control-expose-headers")).toBe("WWW-Authenticate")
    expect(headers.get("vary")).toBe("Authorization")
  })

  it.each<[string, (outgoing: ServerResponse) => unknown]>([
    [
      "setHeader",
      (outgoing) =>
        outgoing.setHeader("access-control-allow-origin", "https://a.example").setHeader("vary", "Accept").end("x")
    ],
    [
      "an object",
      (outgoing) =>
        outgoing.writeHead(200, { "access-control-allow-origin": "https://a.example", vary: "Accept" }).end("x")
    ],
    [
      "a list",
      (outgoing) =>
        outgoing.writeHead(200, ["Access-Control-Allow-Origin", "https://a.example", "Vary", "Accept"]).end("x")
    ]
  ])("keep what the handler sets, and vary by the token as well (%s)", async (_, write) => {
    const { get } = await start({ headers: cors }, write)
    const { headers } = await get()
    expect(headers.get("access-control-allow-origin")).toBe("https://a.example")
    expect(headers.get("vary")).toBe("Accept, Authorization")
    expect(headers.get("access-control-expose-headers")).toBe("WWW-Authenticate")
  })

  it("keep the reason and every line of a list", async () => {
    const { raw } = await start({}, (outgoing) =>
      outgoing.writeHead(201, "Done", ["Set-Cookie", "a=1", "Set-Cookie", "b=2"]).end("x")
    )
    const answer = await raw()
    expect(answer).toMatch(/^HTTP\/1\.1 201 Done\r\n/)
    expect(answer.match(/^Set-Cookie: .*$/gim)?.map((line) => line.trim())).toEqual([
      "Set-Cookie: a=1",
      "Set-Cookie: b=2"
    ])
  })
})

describe("a session", () => {
  it.each<[string, (outgoing: ServerResponse) => unknown]>([
    ["setHeader", (outgoing) => outgoing.setHeader("Mcp-Session-Id", "s1").end()],
    ["writeHead", (outgoing) => outgoing.writeHead(200, { "mcp-session-id": "s1" }).end()]
  ])("begins with the answer that names it (%s)", async (_, write) => {
    const sessions: Array<string> = []
    const { get } = await start({ startSession: (id) => void sessions.push(id) }, write)
    await get()
    expect(sessions).toEqual(["s1"])
  })

  it("ends with the answer that says so, and not with an error", async () => {
    const ended: Array<number> = []
    for (const status of [200, 204, 405, 500]) {
      const facts = { endSession: () => void ended.push(status) }
      const { get } = await start(facts, (outgoing) => outgoing.writeHead(status).end())
      await get()
    }
    expect(ended).toEqual([200, 204])
  })

  it("does not begin with an answer that names none or is an error", async () => {
    const sessions: Array<string> = []
    const facts = { startSession: (id: string) => void sessions.push(id) }
    const none = await start(facts, (outgoing) => outgoing.end())
    const error = await start(facts, (outgoing) => outgoing.writeHead(404, { "Mcp-Session-Id": "s1" }).end())
    await none.get()
    await error.get()
    expect(sessions).toEqual([])
  })
})

describe("an event stream", () => {
  const stream = (outgoing: ServerResponse, type = "text/event-stream; charset=utf-8") => {
    outgoing.writeHead(200, { "content-type": type }).write("data: 1\n\n")
  }

  it("ends cleanly when the token does, and what the handler writes then is no error", async () => {
    let open: ServerResponse | undefined
    const { get } = await start({ endsAtMillis: Date.now() + 100 }, (outgoing) => {
      open = outgoing
      stream(outgoing)
    })
    expect(await (await get()).text()).toBe("data: 1\n\n")
    expect(open?.write("data: 2\n\n")).toBe(false)
    open?.end("data: 3\n\n")
    await expect.poll(() => open?.closed).toBe(true)
    expect((await get()).status).toBe(200)
  })

  it("ends as cleanly behind a filter, for a client that reads no more", async () => {
    // An answer that nothing takes: it has ended and is not closed.
    const outgoing = new ServerResponse(new IncomingMessage(new Socket()))
    const errors: Array<unknown> = []
    outgoing.on("error", (error) => errors.push(error))
    outgoing.setHeader("content-type", "text/event-stream")
    filterAnswer(outgoing, 200, (message) => message, {})
    endStreamAt(outgoing, Date.now())
    await expect.poll(() => outgoing.writableEnded).toBe(true)
    expect(outgoing.write('data: {"id":2}\n\n')).toBe(false)
    outgoing.end("data: 3\n\n")
    await new Promise((resolve) => setImmediate(resolve))
    expect(errors).toEqual([])
  })

  it("of a token that has ended already ends at once", async () => {
    const { get } = await start({ endsAtMillis: 0 }, (outgoing) => stream(outgoing))
    expect(["data: 1\n\n", ""]).toContain(await (await get()).text())
  })

  it("goes on where nothing ends it, for months if need be", async () => {
    for (const endsAtMillis of [undefined, Date.now() + 10_000_000_000]) {
      const { get } = await start(endsAtMillis === undefined ? {} : { endsAtMillis }, (outgoing) => stream(outgoing))
      const abort = new AbortController()
      const reader = (await get(abort.signal)).body?.getReader()
      await reader?.read()
      const outcome = await Promise.race([
        reader?.read().then(() => "ended"),
        new Promise((resolve) => setTimeout(resolve, 50, "open"))
      ])
      expect(outcome).toBe("open")
      abort.abort()
    }
  })

  it("is the only answer that ends", async () => {
    let open: ServerResponse | undefined
    const { get } = await start({ endsAtMillis: Date.now() + 20 }, (outgoing) => {
      open = outgoing
      stream(outgoing, "application/json")
      setTimeout(() => outgoing.end("2"), 60)
    })
    expect(await (await get()).text()).toBe("data: 1\n\n2")
    expect(open?.writableEnded).toBe(true)
  })
})

/** A filter that shows the names beginning with "a" and says nothing of the rest. */
const filter = (message: unknown): unknown => {
  const { names, ...rest } = message as { readonly names?: ReadonlyArray<string> }
  return names === undefined ? message : { ...rest, names: names.filter((name) => name.startsWith("a")) }
}
const LIST = '{"id":1,"names":["aé","bé","ab"]}'
const UNFILTERABLE = '{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"The answer could not be filtered"}}'
const SHOWN = '{"id":1,"names":["aé","ab"]}'

describe("a list", () => {
  const json = { "content-type": "application/json" }
  const bytes = Buffer.from(LIST)

  it.each<[string, (outgoing: ServerResponse) => unknown]>([
    ["at once", (outgoing) => outgoing.writeHead(200, json).end(LIST)],
    ["with its length", (outgoing) => outgoing.writeHead(200, { ...json, "content-length": bytes.length }).end(bytes)],
    [
      "with a tag",
      (outgoing) =>
        outgoing.setHeader("Content-Type", "application/json; charset=utf-8").setHeader("ETag", '"b"').end(LIST)
    ],
    [
      "in pieces that part a character",
      (outgoing) => {
        outgoing.writeHead(200, json)
        for (const byte of bytes) outgoing.write(Uint8Array.of(byte))
        outgoing.end()
      }
    ],
    ["in another encoding of text", (outgoing) => outgoing.writeHead(200, json).end(bytes.toString("hex"), "hex")],
    [
      "and told when it is out",
      (outgoing) =>
        outgoing.writeHead(200, json).write(LIST.slice(0, 5), () => outgoing.end(LIST.slice(5), () => undefined))
    ]
  ])("shows what the caller may use, written %s", async (_, write) => {
    const { get } = await start({ filter }, write)
    const response = await get()
    expect(response.headers.get("etag")).toBeNull()
    expect(await response.text()).toBe(SHOWN)
  })

  it("is filtered in an event stream, whatever its lines end with and wherever it is cut", async () => {
    const events = `id: 7\ndata:\n\n: comment\r\n\r\nevent: message\r\ndata: {"id":1,\r\ndata: "names":["aé","bé","ab"]}\r\n\r\nretry: 5\rdata:${LIST}\r\rdata: {"id":2}\n\ndata: ${LIST}`
    for (const size of [1, 2, 3, 7, 1000]) {
      const { get } = await start({ filter }, (outgoing) => {
        outgoing.writeHead(200, { "content-type": "text/event-stream" })
        const bytes = Buffer.from(events)
        for (let at = 0; at < bytes.length; at += size) outgoing.write(bytes.subarray(at, at + size))
        outgoing.end()
      })
      expect(await (await get()).text()).toBe(
        `id: 7\ndata: \n\n: comment\n\nevent: message\ndata: ${SHOWN}\n\nretry: 5\ndata: ${SHOWN}\n\ndata: {"id":2}\n\n`
      )
    }
  })

  it.each<[string, (outgoing: ServerResponse) => unknown]>([
    ["compressed", (outgoing) => outgoing.writeHead(200, { ...json, "content-encoding": "gzip" }).end(bytes)],
    [
      "of another media type",
      (outgoing) => outgoing.writeHead(200, "Fine", { "content-type": "text/plain" }).end(LIST)
    ],
    ["of none", (outgoing) => outgoing.write(LIST) && outgoing.end(LIST)]
  ])("that is %s is not shown at all", async (_, write) => {
    const { get } = await start({ filter }, write)
    const response = await get()
    expect([response.status, await response.text()]).toEqual([500, UNFILTERABLE])
    expect(response.headers.get("content-type")).toBe("application/json")
    expect(response.headers.get("content-encoding")).toBeNull()
  })

  it("that is no JSON becomes an error, and an error page stays what it is", async () => {
    const broken = await start({ filter }, (outgoing) => outgoing.writeHead(200, json).end(`${LIST}x`))
    expect(await (await broken.get()).text()).toBe(UNFILTERABLE)
    const page = await start({ filter }, (outgoing) =>
      outgoing.writeHead(502, { "content-type": "text/html" }).end("no")
    )
    expect(await (await page.get()).text()).toBe("no")
  })
})

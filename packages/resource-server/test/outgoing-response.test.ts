import { describe, expect, it } from "vitest"
import { scheduleTimer } from "../src/end-stream.ts"
import { makeEventRewriter } from "../src/event-stream.ts"
import type { Outgoing } from "../src/incoming.ts"
import { applyOutgoing } from "../src/outgoing-response.ts"
import { growth } from "../../../tests/growth.ts"

const NOW = 1_700_000_000_000
const cors = { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "WWW-Authenticate" }
const encoder = new TextEncoder()

/** A stream that the test feeds, and what became of it. */
const feed = () => {
  const seen: { cancelled: unknown } = { cancelled: undefined }
  let write: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => void (write = controller),
    cancel: (reason) => void (seen.cancelled = reason ?? "without a reason")
  })
  return {
    seen,
    stream,
    send: (text: string) => write?.enqueue(encoder.encode(text)),
    close: () => write?.close(),
    fail: (error: unknown) => write?.error(error)
  }
}

/** A timer that the test lets fire. */
const timer = () => {
  const timers: Array<{ readonly millis: number; readonly run: () => void; stopped: boolean }> = []
  const schedule = (millis: number, run: () => void) => {
    const made = { millis, run, stopped: false }
    timers.push(made)
    return () => void (made.stopped = true)
  }
  return { schedule, timers }
}

const events = (stream: ReadableStream<Uint8Array<ArrayBuffer>>, headers: Record<string, string> = {}) =>
  new Response(stream, { headers: { "content-type": "text/event-stream; charset=utf-8", ...headers } })

const text = async (reader: ReadableStreamDefaultReader<Uint8Array>) => {
  const { done, value } = await reader.read()
  return done ? undefined : new TextDecoder().decode(value)
}

const readerOf = (response: Response) => {
  if (response.body === null) throw new Error("no body")
  return response.body.getReader()
}

describe("an answer on its way out", () => {
  it("gets the headers that the handler did not set and says that it depends on the token", async () => {
    const response = new Response("body", {
      status: 202,
      statusText: "Fine",
      headers: { "Access-Control-Allow-Origin": "https://app.example", Vary: "Origin", "X-Mine": "1" }
    })
    const out = applyOutgoing(response, { headers: cors }, NOW)
    expect([out.status, out.statusText, await out.text()]).toEqual([202, "Fine", "body"])
    expect(out.headers.get("access-control-allow-origin")).toBe("https://app.example")
    expect(out.headers.get("access-control-expose-headers")).toBe("WWW-Authenticate")
    expect(out.headers.get("vary")).toBe("Origin, Authorization")
    expect(out.headers.get("x-mine")).toBe("1")
  })

  it("keeps every cookie", () => {
    const headers = new Headers([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"]
    ])
    expect(applyOutgoing(new Response(null, { headers }), { headers: {} }, NOW).headers.getSetCookie()).toEqual([
      "a=1",
      "b=2"
    ])
  })

  it("may have no body, whatever is to be done with one", () => {
    const outgoing: Outgoing = { headers: cors, endsAtMillis: NOW - 1, filter: () => "never asked" }
    for (const status of [200, 202, 204, 304, 405]) {
      const out = applyOutgoing(
        new Response(null, { status, headers: { "content-type": "text/event-stream" } }),
        outgoing,
        NOW
      )
      expect([out.status, out.body]).toEqual([status, null])
    }
    const redirect = applyOutgoing(Response.redirect("https://mcp.example.com/", 303), outgoing, NOW)
    expect([redirect.status, redirect.headers.get("location")]).toEqual([303, "https://mcp.example.com/"])
  })

  it("starts the session that it names, if it is a success", () => {
    const started: Array<string> = []
    const outgoing: Outgoing = { headers: {}, startSession: (id) => started.push(id) }
    applyOutgoing(new Response(null, { headers: { "Mcp-Session-Id": "s1" } }), outgoing, NOW)
    applyOutgoing(new Response(null, { status: 400, headers: { "Mcp-Session-Id": "s2" } }), outgoing, NOW)
    applyOutgoing(new Response(null, { status: 303, headers: { "Mcp-Session-Id": "s3" } }), outgoing, NOW)
    applyOutgoing(new Response(null), outgoing, NOW)
    applyOutgoing(new Response(null, { headers: { "Mcp-Session-Id": "s4" } }), { headers: {} }, NOW)
    expect(started).toEqual(["s1"])
  })

  it("ends the session that was to be ended, if it is a success", () => {
    const ended: Array<number> = []
    for (const status of [405, 404, 500, 200, 204]) {
      applyOutgoing(new Response(null, { status }), { headers: {}, endSession: () => ended.push(status) }, NOW)
    }
    expect(ended).toEqual([200, 204])
  })
})

describe("an event stream", () => {
  it("[BRR-13] ends cleanly when the token does, and its handler is told to stop", async () => {
    const { schedule, timers } = timer()
    const { seen, send, stream } = feed()
    const reader = readerOf(applyOutgoing(events(stream), { headers: {}, endsAtMillis: NOW + 5000 }, NOW, schedule))
    send("data: 1\n\n")
    expect(await text(reader)).toBe("data: 1\n\n")
    const waiting = text(reader)
    expect(timers.map(({ millis }) => millis)).toEqual([5000])
    timers[0]?.run()
    expect(await waiting).toBeUndefined()
    expect(seen.cancelled).toBe("without a reason")
  })

  it("is over at once when the token is", async () => {
    for (const endsAtMillis of [NOW, NOW - 1]) {
      const { seen, send, stream } = feed()
      send("data: 1\n\n")
      const out = applyOutgoing(events(stream), { headers: {}, endsAtMillis }, NOW)
      expect(await out.text()).toBe("")
      expect(seen.cancelled).toBe("without a reason")
    }
  })

  it("leaves no timer when it ends before the token", async () => {
    const { schedule, timers } = timer()
    const { close, seen, send, stream } = feed()
    const out = applyOutgoing(events(stream), { headers: {}, endsAtMillis: NOW + 5000 }, NOW, schedule)
    send("data: 1\n\n")
    close()
    expect(await out.text()).toBe("data: 1\n\n")
    expect(timers.map(({ stopped }) => stopped)).toEqual([true])
    expect(seen.cancelled).toBeUndefined()
  })

  it("leaves no timer when its client leaves, and tells the handler why", async () => {
    const { schedule, timers } = timer()
    const { seen, stream } = feed()
    const out = applyOutgoing(events(stream), { headers: {}, endsAtMillis: NOW + 5000 }, NOW, schedule)
    await out.body?.cancel("gone")
    expect(timers.map(({ stopped }) => stopped)).toEqual([true])
    expect(seen.cancelled).toBe("gone")
  })

  it("leaves no timer when its handler fails, and fails as the handler did", async () => {
    const { schedule, timers } = timer()
    const { fail, stream } = feed()
    const out = applyOutgoing(events(stream), { headers: {}, endsAtMillis: NOW + 5000 }, NOW, schedule)
    fail(new Error("the handler's own"))
    await expect(out.text()).rejects.toThrow("the handler's own")
    expect(timers.map(({ stopped }) => stopped)).toEqual([true])
  })

  it("is not read ahead of its client", async () => {
    let pulls = 0
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
      { pull: (controller) => controller.enqueue(encoder.encode(`data: ${++pulls}\n\n`)) },
      { highWaterMark: 0 }
    )
    const { schedule } = timer()
    const reader = readerOf(applyOutgoing(events(stream), { headers: {}, endsAtMillis: NOW + 5000 }, NOW, schedule))
    expect(await text(reader)).toBe("data: 1\n\n")
    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(pulls).toBe(1)
  })

  it("alone is ended: an answer of another type is not", async () => {
    const { schedule, timers } = timer()
    const out = applyOutgoing(Response.json({ a: 1 }), { headers: {}, endsAtMillis: NOW - 1 }, NOW, schedule)
    expect(await out.json()).toEqual({ a: 1 })
    expect(timers).toEqual([])
  })

  it("keeps no process alive", () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
    const before = timers()
    const stop = scheduleTimer(60_000, () => {})
    const during = timers()
    stop()
    expect(during).toBe(before)
  })

  it("of a token that lives longer than a platform's timer does not end at once", async () => {
    let fired = false
    const stop = scheduleTimer(2 ** 31 + 1000, () => void (fired = true))
    await new Promise((resolve) => setTimeout(resolve, 20))
    stop()
    expect(fired).toBe(false)
    await new Promise<void>((resolve) => scheduleTimer(1, resolve))
  })
})

interface List {
  readonly result: { readonly tools: ReadonlyArray<string> }
}

const isList = (message: unknown): message is List =>
  typeof message === "object" && message !== null && "result" in message

/** Shows the tools that do not begin with `secret`. */
const filter = (message: unknown): unknown =>
  isList(message)
    ? { ...message, result: { tools: message.result.tools.filter((name) => !name.startsWith("secret")) } }
    : message

const LIST = '{"jsonrpc":"2.0","id":1,"result":{"tools":["open","secret"]}}'
const SHOWN = '{"jsonrpc":"2.0","id":1,"result":{"tools":["open"]}}'
const REFUSED = '{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"The answer could not be filtered"}}'

const json = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Response(body, { headers: { "content-type": "application/json", ...headers } })

/** What a client gets of an event stream that comes in these pieces. */
const filteredEvents = async (...pieces: ReadonlyArray<string | Uint8Array<ArrayBuffer>>) => {
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : piece)
      controller.close()
    }
  })
  return applyOutgoing(events(stream), { headers: {}, filter }, NOW).text()
}

describe("a list in a JSON answer", () => {
  it("shows what may be shown, without the headers that were true of the longer body", async () => {
    const headers = { "content-length": String(LIST.length), etag: '"x"', "content-digest": "sha-256=:x:" }
    const out = applyOutgoing(json(LIST, headers), { headers: cors, filter }, NOW)
    expect(await out.text()).toBe(SHOWN)
    expect(["content-length", "etag", "content-digest"].map((name) => out.headers.get(name))).toEqual([
      null,
      null,
      null
    ])
    expect(out.headers.get("access-control-allow-origin")).toBe("*")
  })

  it("is read whole, however it is cut", async () => {
    const bytes = encoder.encode(LIST.replace("open", "öpen"))
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
        controller.close()
      }
    })
    expect(await applyOutgoing(json(stream), { headers: {}, filter }, NOW).text()).toBe(SHOWN.replace("open", "öpen"))
  })

  it("hides nothing in a member that stands twice", async () => {
    const twice = '{"result":{"tools":["secret"]},"result":{"tools":["open"]}}'
    expect(await applyOutgoing(json(twice), { headers: {}, filter }, NOW).text()).toBe('{"result":{"tools":["open"]}}')
  })

  it("that is not JSON is not shown at all", async () => {
    for (const body of [`${LIST},`, LIST.replace("1,", "NaN,"), "secret"]) {
      expect(await applyOutgoing(json(body), { headers: {}, filter }, NOW).text()).toBe(REFUSED)
    }
    expect(await applyOutgoing(json(""), { headers: {}, filter }, NOW).text()).toBe("")
  })

  it("that is compressed, or of a type that is not read, is answered 500 without it", async () => {
    let cancelled = 0
    const body = () =>
      new ReadableStream({
        start: (controller) => {
          controller.enqueue(encoder.encode(LIST))
          controller.close()
        },
        cancel: () => void cancelled++
      })
    const answers = [
      json(body(), { "content-encoding": "gzip" }),
      json(body(), { "content-encoding": "identity, br" }),
      new Response(body(), { status: 404, headers: { "content-type": "text/html", "content-encoding": "gzip" } }),
      new Response(body(), { headers: { "content-type": "text/plain" } }),
      new Response(body())
    ]
    for (const answer of answers) {
      const out = applyOutgoing(answer, { headers: cors, filter }, NOW)
      expect([out.status, await out.text()]).toEqual([500, REFUSED])
      expect(out.headers.get("content-type")).toBe("application/json")
      expect(out.headers.get("cache-control")).toBe("no-store")
      expect(out.headers.get("content-encoding")).toBeNull()
      expect(out.headers.get("vary")).toBe("Authorization")
      expect(out.headers.get("access-control-allow-origin")).toBe("*")
    }
    expect(cancelled).toBe(answers.length)
  })

  it("is read when it says that it is not compressed", async () => {
    const out = applyOutgoing(json(LIST, { "content-encoding": "identity" }), { headers: {}, filter }, NOW)
    expect(await out.text()).toBe(SHOWN)
  })

  it("is none in a page that says what went wrong", async () => {
    const page = new Response("not here", { status: 404, headers: { "content-type": "text/plain" } })
    const out = applyOutgoing(page, { headers: {}, filter }, NOW)
    expect([out.status, await out.text()]).toEqual([404, "not here"])
  })
})

describe("a list in an event stream", () => {
  it("shows what may be shown and keeps ids, names, times and comments", async () => {
    expect(await filteredEvents(`: hello\n\nid: 7\nevent: message\nretry: 10\ndata: ${LIST}\n\n`)).toBe(
      `: hello\n\nid: 7\nevent: message\nretry: 10\ndata: ${SHOWN}\n\n`
    )
  })

  it("is one text over several lines of data, with any line end and with or without a space", async () => {
    const [first, second] = [LIST.slice(0, 17), LIST.slice(17)]
    for (const end of ["\n", "\r", "\r\n"]) {
      const lines = ["id: 7", `data:${first}`, "event: message", `data: ${second}`, "", ""]
      expect(await filteredEvents(lines.join(end))).toBe(`id: 7\ndata: ${SHOWN}\nevent: message\n\n`)
    }
  })

  it("is found wherever the stream is cut, even within a letter or a line end", async () => {
    const source = encoder.encode(`id: é\r\ndata: ${LIST}\r\n\r\n: still here\r\ndata: {"a":1}\r\n\r\n`)
    const whole = `id: é\ndata: ${SHOWN}\n\n: still here\ndata: {"a":1}\n\n`
    for (let at = 0; at <= source.length; at++) {
      expect(await filteredEvents(source.slice(0, at), source.slice(at))).toBe(whole)
    }
    expect(await filteredEvents(...Array.from(source, (byte) => new Uint8Array([byte])))).toBe(whole)
  })

  it("is found behind a byte order mark", async () => {
    expect(await filteredEvents(`\uFEFFdata: ${LIST}\n\n`)).toBe(`data: ${SHOWN}\n\n`)
  })

  it("is beside events that carry no message, which stay", async () => {
    const source = "id: 1\ndata:\n\nid: 2\ndata\n\nid: 3\n\ndatabase: x\n\n"
    expect(await filteredEvents(source)).toBe("id: 1\ndata: \n\nid: 2\ndata: \n\nid: 3\n\ndatabase: x\n\n")
  })

  it("that is not JSON, or that the stream ends in the middle of, is not shown at all", async () => {
    expect(await filteredEvents(`data: ${LIST.replace("1,", "NaN,")}\n\n`)).toBe(`data: ${REFUSED}\n\n`)
    expect(await filteredEvents(`data: ${LIST}`)).toBe("")
    expect(await filteredEvents(`data: ${LIST}\n`)).toBe("")
  })

  it("goes out as soon as its event is complete, and comments at once", async () => {
    const { send, stream } = feed()
    const reader = readerOf(applyOutgoing(events(stream), { headers: {}, filter }, NOW))
    send(`data: ${LIST}\n\nid: 2\n`)
    expect(await text(reader)).toBe(`data: ${SHOWN}\n\n`)
    send(": ping\n")
    expect(await text(reader)).toBe(": ping\n")
    send(`data: {"a":1}\n\n`)
    expect(await text(reader)).toBe(`id: 2\ndata: {"a":1}\n\n`)
  })

  it("costs what its length costs, in whatever small pieces a long line comes", async () => {
    const make = (size: number) => ["data: ", ...Array.from({ length: size }, () => '"'), "\n\n"]
    const run = (pieces: ReadonlyArray<string>) => {
      const next = makeEventRewriter((data) => data)
      return pieces.map(next).join("")
    }
    expect(run(make(3))).toBe('data: """\n\n')
    expect(await growth(1000, make, run)).toBeLessThan(12)
  })

  it("ends with the token like any other stream, and its handler is told", async () => {
    const { schedule, timers } = timer()
    const { seen, send, stream } = feed()
    const outgoing: Outgoing = { headers: {}, filter, endsAtMillis: NOW + 5000 }
    const reader = readerOf(applyOutgoing(events(stream, { "content-length": "9" }), outgoing, NOW, schedule))
    send(`data: ${LIST}\n\ndata: {`)
    expect(await text(reader)).toBe(`data: ${SHOWN}\n\n`)
    const waiting = text(reader)
    timers[0]?.run()
    expect(await waiting).toBeUndefined()
    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(seen.cancelled).toBeDefined()
  })
})

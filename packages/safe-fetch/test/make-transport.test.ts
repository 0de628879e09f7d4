import { gzipSync } from "node:zlib"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  type Bounds,
  type FetchRejected,
  makeTransport,
  type SafeRequest,
  type SafeResponse,
  type TransportFailed
} from "@postern/safe-fetch"
import { json, listenHttp } from "./listening.ts"

const URL_1 = "https://app.example.com/client.json?secret=1"
const NAME_1 = "https://app.example.com/client.json"

const run = (
  fetch: (request: Request) => Promise<Response> | Response,
  bounds?: Partial<Bounds>,
  request: SafeRequest = { url: URL_1 }
) => {
  const transport = makeTransport({
    fetch: async (input, init) => fetch(new Request(input, init)),
    ...(bounds === undefined ? {} : { bounds })
  })
  return Effect.runPromise(
    Effect.match(transport.fetch(request), {
      onSuccess: (response) => response,
      onFailure: (error) => error
    })
  )
}

const withType = (type: string | undefined, body: BodyInit = "{}", status = 200) =>
  new Response(body, { status, headers: type === undefined ? {} : { "content-type": type } })

// A body that never ends: one chunk per read.
const endless = (chunk: Uint8Array, onCancel: () => void = () => undefined) =>
  new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(chunk), cancel: onCancel })

describe("a transport on fetch", () => {
  it("gives status, headers and text", async () => {
    const response = await run(() => Response.json({ a: "\u00e9" }, { headers: { "cache-control": "max-age=60" } }))
    expect(response).toMatchObject({ status: 200, text: '{"a":"\u00e9"}', url: URL_1 })
    expect("headers" in response && response.headers.get("cache-control")).toBe("max-age=60")
    expectTypeOf(makeTransport().fetch).returns.toEqualTypeOf<
      Effect.Effect<SafeResponse, FetchRejected | TransportFailed>
    >()
  })

  it("asks with GET for JSON under its own name, without cookies, authorization or referrer", async () => {
    const seen: Array<Request> = []
    await run((request) => {
      seen.push(request)
      return Response.json({})
    })
    const [request] = seen
    expect(request).toMatchObject({
      method: "GET",
      redirect: "manual",
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer"
    })
    expect([...(request?.headers ?? [])]).toEqual([
      ["accept", "application/json"],
      ["user-agent", "postern-safe-fetch"]
    ])
  })

  it("throws for a header that no request can hold, and asks nobody", async () => {
    const asked: Array<Request> = []
    const request = { url: URL_1, headers: { authorization: "Basic a\r\nx-injected: 1" } }
    const fetched = run(
      (sent) => {
        asked.push(sent)
        return Response.json({})
      },
      {},
      request
    )
    await expect(fetched).rejects.toThrow(TypeError)
    expect(asked).toEqual([])
  })

  it("throws for a request that it could not send as it stands, and asks nobody", async () => {
    const asked: Array<Request> = []
    const sent = (request: Request) => {
      asked.push(request)
      return Response.json({})
    }
    for (const name of ["Host", "content-length", "Transfer-Encoding", "connection", "proxy-authorization", "te"]) {
      await expect(run(sent, {}, { url: URL_1, headers: { [name]: "1" } }), name).rejects.toThrow(TypeError)
    }
    await expect(run(sent, {}, { url: URL_1, body: "a=1" })).rejects.toThrow(TypeError)
    await expect(run(sent, {}, { url: URL_1, method: "GET", body: "" })).rejects.toThrow(TypeError)
    expect(asked).toEqual([])
  })

  it("sends method, headers and body of the caller", async () => {
    const server = await listenHttp((request, response) => {
      let body = ""
      request.on("data", (chunk) => (body += chunk))
      request.on("end", () => json({ body, method: request.method, headers: request.headers })(request, response))
    })
    const url = `http://127.0.0.1:${server.port}/token`
    const transport = makeTransport({ bounds: { trust: { operator: [url] } } })
    const response = await Effect.runPromise(
      transport.fetch({
        url,
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "*/*", authorization: "Basic eDp5" },
        body: "a=1"
      })
    )
    expect(JSON.parse(response.text)).toMatchObject({
      body: "a=1",
      method: "POST",
      headers: {
        accept: "*/*",
        "content-type": "application/x-www-form-urlencoded",
        authorization: "Basic eDp5",
        "user-agent": "postern-safe-fetch"
      }
    })
  })

  it("refuses every redirect and names the URL without its query", async () => {
    for (const status of [300, 301, 302, 303, 304, 307, 308]) {
      const response = await run(() => new Response(null, { status, headers: { location: "https://evil.com/" } }))
      expect(response, String(status)).toMatchObject({
        _tag: "FetchRejected",
        kind: "rejection",
        spec: "MCP security best practices, server-side request forgery",
        reason: "redirect",
        url: NAME_1,
        message: `the fetch of ${NAME_1} was refused (redirect)`
      })
    }
  })

  it("refuses an answer that a fetch followed a redirect for", async () => {
    const followed = Object.defineProperty(Response.json({}), "redirected", { value: true })
    expect(await run(() => followed)).toMatchObject({ reason: "redirect" })
    const opaque = Object.defineProperty(Response.json({}), "type", { value: "opaqueredirect" })
    expect(await run(() => opaque)).toMatchObject({ reason: "redirect" })
  })

  it("counts the bytes of the body, not its letters or what it declares", async () => {
    const body = (bytes: number) => withType("application/json", `"${"\u00e9".repeat((bytes - 2) / 2)}"`)
    expect(await run(() => body(5120), { maximumBytes: 5120 })).toMatchObject({ status: 200 })
    expect(await run(() => body(5122), { maximumBytes: 5120 })).toMatchObject({ reason: "too-large" })
    expect(await run(() => withType("application/json", "1".repeat(65_536)))).toMatchObject({ status: 200 })
    expect(await run(() => withType("application/json", "1".repeat(65_537)))).toMatchObject({ reason: "too-large" })
    const declared = new Response("{}", {
      headers: { "content-length": "1000000000", "content-type": "application/json" }
    })
    expect(await run(() => declared)).toMatchObject({ reason: "too-large" })
  })

  it("stops reading a body that does not end", async () => {
    let cancelled = false
    const body = endless(new Uint8Array(1000), () => (cancelled = true))
    expect(await run(() => withType("application/json", body))).toMatchObject({ reason: "too-large" })
    expect(cancelled).toBe(true)
  })

  it("counts what a compressed body unpacks to", async () => {
    const bomb = gzipSync(Buffer.alloc(4_000_000, 0x20))
    const server = await listenHttp((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bomb)
    })
    const url = `http://127.0.0.1:${server.port}/`
    const transport = makeTransport({ bounds: { trust: { operator: [url] } } })
    const error = await Effect.runPromise(Effect.flip(transport.fetch({ url })))
    expect(bomb.length).toBeLessThan(5000)
    expect(error).toMatchObject({ _tag: "FetchRejected", reason: "too-large" })
  })

  it("takes a 2xx body only when it is declared as JSON in UTF-8", async () => {
    for (const type of [
      "text/html",
      undefined,
      "application/json; charset=utf-16",
      "text/json",
      "application/xjson",
      "application/+json"
    ]) {
      expect(await run(() => withType(type, new TextEncoder().encode("{}"))), type).toMatchObject({
        _tag: "FetchRejected",
        reason: "content-type"
      })
    }
    for (const type of [
      "application/json",
      "application/ld+json",
      "Application/JSON; Charset=UTF-8",
      'application/json;charset="utf-8"',
      "application/jwk-set+json; q=1"
    ]) {
      expect(await run(() => withType(type)), type).toMatchObject({ status: 200, text: "{}" })
    }
  })

  it("takes an empty 2xx body and any error body as it is", async () => {
    expect(await run(() => withType(undefined, new Uint8Array()))).toMatchObject({ status: 200, text: "" })
    expect(await run(() => withType("text/html", "<p>no</p>", 404))).toMatchObject({ status: 404, text: "<p>no</p>" })
    expect(await run(() => withType("text/plain", Uint8Array.of(0xff), 500))).toMatchObject({
      status: 500,
      text: "\ufffd"
    })
  })

  it("refuses a 2xx body that is not UTF-8, and leaves a byte order mark for the reader to refuse", async () => {
    expect(await run(() => withType("application/json", Uint8Array.of(0x22, 0xff, 0x22)))).toMatchObject({
      reason: "content-type"
    })
    expect(await run(() => withType("application/json", "\ufeff{}"))).toMatchObject({ text: "\ufeff{}" })
  })

  it("fails when the network does, with the platform's code and nothing of the query", async () => {
    const thrown = new TypeError(`cannot fetch ${URL_1}`, {
      cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" })
    })
    const error = await run(() => Promise.reject(thrown))
    expect(error).toMatchObject({
      _tag: "TransportFailed",
      kind: "failure",
      reason: "network",
      code: "ECONNREFUSED",
      url: NAME_1,
      message: `the fetch of ${NAME_1} failed (ECONNREFUSED)`
    })
    expect(JSON.stringify([error, "message" in error && error.message])).not.toContain("secret")
    expect("cause" in error && error.cause).toBeFalsy()
    expect(await run(() => Promise.reject(new Error("x")))).toMatchObject({
      reason: "network",
      message: `the fetch of ${NAME_1} failed (network)`
    })
  })

  it("never names the query of a URL that it refuses", async () => {
    for (const url of [
      "https://10.0.0.1/?secret",
      "http://x.example/?secret",
      "https://u:secret@x/",
      "https://X.example/?secret",
      "secret"
    ]) {
      const error = await run(() => Response.json({}), {}, { url })
      expect(error, url).toMatchObject({ _tag: "FetchRejected" })
      expect(JSON.stringify([error, "message" in error && error.message]), url).not.toContain("secret")
    }
  })
})

describe("the deadline", () => {
  const timesOut = (fetch: typeof globalThis.fetch, bounds: Partial<Bounds>, adjust: Duration.Input) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.flip(makeTransport({ fetch, bounds }).fetch({ url: URL_1 })))
      yield* TestClock.adjust(adjust)
      return yield* Fiber.join(fiber)
    }).pipe(Effect.provide(TestClock.layer()), Effect.runPromise)

  it("is ten seconds unless told, and aborts the request", async () => {
    const signals: Array<AbortSignal | null | undefined> = []
    const stalled: typeof globalThis.fetch = (_input, init) => {
      signals.push(init?.signal)
      return new Promise(() => undefined)
    }
    expect(await timesOut(stalled, {}, "10 seconds")).toMatchObject({
      _tag: "TransportFailed",
      reason: "timeout",
      url: NAME_1
    })
    expect(signals.map((signal) => signal?.aborted)).toEqual([true])
  })

  it("covers the body, and cancels it", async () => {
    let cancelled = false
    const body = new ReadableStream({ cancel: () => void (cancelled = true) })
    const error = await timesOut(async () => withType("application/json", body), { timeoutMillis: 50 }, "50 millis")
    expect(error).toMatchObject({ reason: "timeout" })
    await new Promise((resolve) => setImmediate(resolve))
    expect(cancelled).toBe(true)
  })
})

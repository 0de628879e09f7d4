import { createServer } from "node:net"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { afterEach, describe, expect, it } from "vitest"
import { receiveRedirect, type RedirectOptions, type RedirectReceiver } from "@postern/node"
import { exchange, statusOf } from "./raw-http.ts"

const opened: Array<RedirectReceiver> = []
afterEach(async () => {
  await Effect.runPromise(Effect.forEach(opened.splice(0), (receiver) => receiver.close))
})

const start = async (options?: RedirectOptions) => {
  const receiver = await Effect.runPromise(receiveRedirect(options))
  opened.push(receiver)
  return { ...receiver, port: Number(new URL(receiver.redirectUri).port) }
}

const isListening = (port: number, host?: string): Promise<boolean> =>
  exchange(port, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", host).then(
    () => true,
    () => false
  )

const securityHeaders = (headers: Headers) => ({
  policy: headers.get("content-security-policy"),
  sniff: headers.get("x-content-type-options"),
  referrer: headers.get("referrer-policy"),
  cache: headers.get("cache-control")
})

const expectedHeaders = {
  policy: "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  sniff: "nosniff",
  referrer: "no-referrer",
  cache: "no-store"
}

describe("receiveRedirect", () => {
  it("yields the full URL of the callback as it came", async () => {
    const { redirectUri, callback, port } = await start()
    expect(redirectUri).toBe(`http://127.0.0.1:${port}/callback`)
    const query = "?code=a%2Fb+c&state=%7e&iss=https%3A%2F%2Fas.example&x=%00&empty="
    const waiting = Effect.runPromise(callback)
    expect((await fetch(`${redirectUri}${query}`)).status).toBe(200)
    expect(await waiting).toBe(`http://127.0.0.1:${port}/callback${query}`)
    expect(await Effect.runPromise(callback)).toBe(`http://127.0.0.1:${port}/callback${query}`)
  })

  it("listens on ::1 and on a path of its own when told", async () => {
    const { redirectUri, callback, port } = await start({ host: "::1", path: "/cb" })
    expect(redirectUri).toBe(`http://[::1]:${port}/cb`)
    await fetch(`${redirectUri}?code=a`)
    expect(await Effect.runPromise(callback)).toBe(`http://[::1]:${port}/cb?code=a`)
  })

  it("listens on the port that it is told, and says when somebody else has it", async () => {
    const { close, port } = await start()
    const taken = await Effect.runPromise(Effect.flip(receiveRedirect({ port })))
    expect(taken).toMatchObject({ _tag: "ListenFailed", port, code: "EADDRINUSE" })
    await Effect.runPromise(close)
    const { redirectUri, callback } = await start({ port })
    expect(redirectUri).toBe(`http://127.0.0.1:${port}/callback`)
    await fetch(`${redirectUri}?code=a`)
    expect(await Effect.runPromise(callback)).toBe(`${redirectUri}?code=a`)
  })

  it("takes nothing but a GET of its path, under its own name", async () => {
    const { redirectUri, callback, port } = await start()
    const ask = (head: string) => exchange(port, `${head}\r\nConnection: close\r\n\r\n`)
    const host = `Host: 127.0.0.1:${port}`
    for (const [head, status] of [
      [`POST /callback?code=a HTTP/1.1\r\n${host}\r\nContent-Length: 0`, 405],
      [`HEAD /callback?code=a HTTP/1.1\r\n${host}`, 405],
      [`GET /callback/?code=a HTTP/1.1\r\n${host}`, 404],
      [`GET /Callback?code=a HTTP/1.1\r\n${host}`, 404],
      [`GET //callback?code=a HTTP/1.1\r\n${host}`, 404],
      [`GET /?code=a HTTP/1.1\r\n${host}`, 404],
      [`GET /done HTTP/1.1\r\n${host}`, 404],
      [`GET /favicon.ico HTTP/1.1\r\n${host}`, 404],
      [`GET http://127.0.0.1:${port}/callback?code=a HTTP/1.1\r\n${host}`, 404],
      [`GET /callback?code=a HTTP/1.1\r\nHost: evil.example:${port}`, 421],
      [`GET /callback?code=a HTTP/1.1\r\nHost: 127.0.0.1`, 421]
    ] as const) {
      expect([head, statusOf(await ask(head))]).toEqual([head, status])
    }
    await fetch(`${redirectUri}?code=right`)
    expect(await Effect.runPromise(callback)).toBe(`${redirectUri}?code=right`)
  })

  it("takes one of ten callbacks at once and turns the others away", async () => {
    const { redirectUri, callback } = await start()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        fetch(`${redirectUri}?code=${index}`, { redirect: "manual" }).then(
          (response) => response.status,
          () => "closed" as const
        )
      )
    )
    expect(answers.filter((answer) => answer === 303)).toHaveLength(1)
    expect(answers.filter((answer) => answer !== 303 && answer !== 410 && answer !== "closed")).toEqual([])
    expect(await Effect.runPromise(callback)).toBe(`${redirectUri}?code=${answers.indexOf(303)}`)
  })

  it("[CBK-07] shows nothing of what came, under a policy that lets nothing run", async () => {
    const { redirectUri } = await start()
    const attack = "<img src=x onerror=alert(1)>"
    const query = new URLSearchParams({
      error: "access_denied",
      error_description: attack,
      server_name: `<b>${attack}`
    })
    const response = await fetch(`${redirectUri}?${query}&raw=${attack}`)
    const page = await response.text()
    expect(page).toBe(
      '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Authorization received</title></head>\n' +
        "<body><h1>Authorization received</h1><p>Return to the application. This window can be closed.</p></body>\n</html>\n"
    )
    expect(securityHeaders(response.headers)).toEqual(expectedHeaders)
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8")
  })

  it("[CBK-08] sends the browser on to a page without the code in its URL, and no answer is kept or referred to", async () => {
    const { redirectUri, port } = await start()
    const first = await fetch(`${redirectUri}?code=secret&state=s`, { redirect: "manual" })
    expect([first.status, first.headers.get("location"), await first.text()]).toEqual([303, "/done", ""])
    expect(securityHeaders(first.headers)).toEqual(expectedHeaders)
    const page = await fetch(`http://127.0.0.1:${port}/done`)
    expect(page.status).toBe(200)
    expect(securityHeaders(page.headers)).toEqual(expectedHeaders)
    const text = await page.text()
    expect(text).not.toContain("secret")
    expect(text).not.toMatch(/src=|href=|url\(|<script|<link|<img/i)
  })

  it.each(["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])(
    "[CBK-13] sends the browser on to its own page, whatever the callback says: %s",
    async (target) => {
      const { redirectUri, port } = await start()
      const query = new URLSearchParams({ code: "a", next: target, return_to: target, redirect_uri: target })
      const answer = await fetch(`${redirectUri}?${query}`, { redirect: "manual" })
      expect([answer.status, answer.headers.get("location")]).toEqual([303, "/done"])
      const page = await fetch(`http://127.0.0.1:${port}/done?${query}`)
      expect([page.status, page.headers.get("location"), page.headers.get("refresh")]).toEqual([200, null, null])
      expect(await page.text()).not.toContain("evil")
    }
  )

  it("[CBK-09] owns the port that it names, also when others listen already", async () => {
    const others = await Promise.all(
      Array.from(
        { length: 5 },
        () =>
          new Promise<ReturnType<typeof createServer>>((resolve) => {
            const server = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nattacker"))
            server.listen({ port: 0, host: "127.0.0.1" }, () => resolve(server))
          })
      )
    )
    const taken = others.map((server) => {
      const address = server.address()
      return typeof address === "object" && address !== null ? address.port : 0
    })
    const receivers = await Promise.all([start(), start(), start()])
    const ports = receivers.map(({ port }) => port)
    expect(new Set([...taken, ...ports]).size).toBe(8)
    for (const { redirectUri, callback } of receivers) {
      await fetch(`${redirectUri}?code=a`)
      expect(await Effect.runPromise(callback)).toBe(`${redirectUri}?code=a`)
    }
    for (const server of others) server.close()
  })

  it("[CBK-10] listens on no other address than the loopback one that it names", async () => {
    const { port } = await start()
    expect(await isListening(port)).toBe(true)
    // 127.0.0.2 is this machine too, and is answered by whoever listens on every address.
    expect(await isListening(port, "127.0.0.2")).toBe(false)
    expect(await isListening(port, "::1")).toBe(false)
  })

  it("[CBK-10] is open only for its flow: it closes when the callback came and when it is told to", async () => {
    const received = await start()
    await fetch(`${received.redirectUri}?code=a`)
    await Effect.runPromise(received.close)
    expect(await isListening(received.port)).toBe(false)

    const unused = await start()
    const waiting = Effect.runFork(unused.callback)
    await Effect.runPromise(unused.close)
    expect(await isListening(unused.port)).toBe(false)
    const exit = await Effect.runPromise(Fiber.await(waiting))
    expect(Exit.isFailure(exit) && Exit.hasInterrupts(exit)).toBe(true)
    await Effect.runPromise(unused.close)
  })

  it.for([
    { given: undefined, waits: 300_000, said: "300 seconds" },
    { given: 1000, waits: 1000, said: "1 seconds" },
    { given: 3_600_000, waits: 600_000, said: "600 seconds" }
  ])("[CBK-10] closes after its time-out ($given: $waits ms)", async ({ given, waits, said }) => {
    const error = await Effect.runPromise(
      Effect.gen(function* () {
        const receiver = yield* receiveRedirect(given === undefined ? {} : { timeoutMillis: given })
        const port = Number(new URL(receiver.redirectUri).port)
        yield* TestClock.adjust(waits - 1)
        expect(yield* Effect.promise(() => isListening(port))).toBe(true)
        const waiting = yield* Effect.forkChild(Effect.flip(receiver.callback))
        yield* TestClock.adjust(1)
        const timedOut = yield* Fiber.join(waiting)
        yield* receiver.close
        expect(yield* Effect.promise(() => isListening(port))).toBe(false)
        return timedOut
      }).pipe(Effect.provide(TestClock.layer()))
    )
    expect(error).toMatchObject({ _tag: "RedirectTimedOut", kind: "failure", waitedMillis: waits })
    expect(error.message).toBe(`the browser did not come back within ${said}`)
  })
})

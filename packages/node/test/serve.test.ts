import { request } from "node:https"
import { connect } from "node:net"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { afterEach, describe, expect, expectTypeOf, it } from "vitest"
import { ListenFailed, serve, type ServeOptions, type Server } from "@postern/node"
import { certificate } from "./certificate.ts"
import { exchange, statusOf } from "./raw-http.ts"

const started: Array<Server> = []
afterEach(async () => {
  await Effect.runPromise(Effect.forEach(started.splice(0), (server) => server.close()))
})

const start = async (options: Partial<ServeOptions> & Pick<ServeOptions, "fetch">): Promise<Server> => {
  const server = await Effect.runPromise(serve({ hostname: "127.0.0.1", port: 0, ...options }))
  started.push(server)
  return server
}

const echoUrl = async (request: Request) => new Response(request.url)
const echoBody = async (request: Request) => new Response(await request.text())
const bodyOf = (answer: string): string => answer.slice(answer.indexOf("\r\n\r\n") + 4)

describe("serve", () => {
  it("passes method, headers and body on and sends the answer back", async () => {
    const { url, port } = await start({
      fetch: async (request) =>
        new Response(`${request.method} ${request.headers.get("x-a")} ${await request.text()}`, {
          status: 201,
          headers: [
            ["set-cookie", "a=1"],
            ["set-cookie", "b=2"]
          ]
        })
    })
    expect(url).toBe(`http://127.0.0.1:${port}`)
    const response = await fetch(`${url}/path`, { method: "POST", headers: { "x-a": "1" }, body: "hello" })
    expect([response.status, await response.text()]).toEqual([201, "POST 1 hello"])
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"])
  })

  it("listens on an IPv6 address, written in brackets", async () => {
    const { url, port } = await start({ fetch: echoUrl, hostname: "::1" })
    expect(url).toBe(`http://[::1]:${port}`)
    expect(await (await fetch(`${url}/a`)).text()).toBe(`http://[::1]:${port}/a`)
  })

  it("serves https with a certificate and a key", async () => {
    const { url, port } = await start({ fetch: echoUrl, tls: certificate })
    expect(url).toBe(`https://127.0.0.1:${port}`)
    const text = await new Promise<string>((resolve, reject) => {
      request(`${url}/a?b`, { ca: certificate.cert }, (response) => {
        let received = ""
        response.on("data", (chunk: Buffer) => (received += chunk.toString()))
        response.on("end", () => resolve(received))
      })
        .on("error", reject)
        .end()
    })
    expect(text).toBe(`${url}/a?b`)
  })
})

describe("the URL of a request", () => {
  const forged =
    "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: ftp\r\nX-Forwarded-Port: 1\r\nForwarded: host=evil.example\r\n"
  const get = (port: number, target: string, host = "evil.example") =>
    exchange(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${forged}Connection: close\r\n\r\n`)

  it("begins with where the server listens, whatever the sender calls it", async () => {
    const { url, port } = await start({ fetch: echoUrl })
    expect(bodyOf(await get(port, "/a?b=c"))).toBe(`${url}/a?b=c`)
  })

  it("begins with the configured origin, whatever the sender calls it", async () => {
    const { port } = await start({ fetch: echoUrl, origin: "https://mcp.example" })
    for (const host of ["evil.example", "mcp.example:1", "user@evil.example", "[::1"]) {
      expect(bodyOf(await get(port, "/a?b=%20c", host))).toBe("https://mcp.example/a?b=%20c")
    }
    expect(bodyOf(await get(port, "http://evil.example/a?b"))).toBe("https://mcp.example/a?b")
    expect(bodyOf(await get(port, "http://evil.example"))).toBe("https://mcp.example/")
    expect(bodyOf(await get(port, "http://evil.example?q"))).toBe("https://mcp.example/?q")
    expect(bodyOf(await get(port, "//evil.example/a"))).toBe("https://mcp.example//evil.example/a")
  })

  it("is not guessed: a target that is no path is answered 400", async () => {
    const { port } = await start({ fetch: echoUrl })
    for (const target of ["*", "evil.example:1/a", "/a\\b", "/a#b", "ftp://evil.example/"]) {
      expect([target, statusOf(await get(port, target))]).toEqual([target, 400])
    }
  })

  it("still leaves the sender's own Host header to be read", async () => {
    const { port } = await start({ fetch: async (one) => new Response(one.headers.get("host")) })
    expect(bodyOf(await get(port, "/"))).toBe("evil.example")
  })
})

describe("bounds", () => {
  it("answers 431 to headers of more than 16 KiB", async () => {
    const { port } = await start({ fetch: echoUrl })
    const answer = (length: number) =>
      exchange(port, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: ${"x".repeat(length)}\r\n\r\n`)
    expect(statusOf(await answer(15_000))).toBe(200)
    expect(statusOf(await answer(17_000))).toBe(431)
  })

  it("answers 413 to a body that says that it is too long, before it is read", async () => {
    let calls = 0
    const { port } = await start({
      fetch: async (one) => {
        calls += 1
        return echoBody(one)
      },
      maximumBodyBytes: 10
    })
    const head = (length: number) =>
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`
    expect(bodyOf(await exchange(port, `${head(10)}0123456789`))).toBe("0123456789")
    expect(calls).toBe(1)
    expect(statusOf(await exchange(port, head(11)))).toBe(413)
    expect(calls).toBe(1)
  })

  it("answers 413 to a body that becomes too long, whatever the handler makes of it", async () => {
    const chunked = (...chunks: ReadonlyArray<string>) =>
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunks
        .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
        .join("")}0\r\n\r\n`
    const defects: Array<unknown> = []
    const onDefect = (error: unknown) => void defects.push(error)
    const seen: Array<string> = []
    const caught = async (one: Request) => {
      const text = await one.text().catch(() => "caught")
      seen.push(text)
      return new Response(text)
    }
    for (const handler of [echoBody, caught]) {
      const { port } = await start({ fetch: handler, maximumBodyBytes: 10, onDefect })
      expect(bodyOf(await exchange(port, chunked("01234", "56789")))).toContain("0123456789")
      expect(statusOf(await exchange(port, chunked("01234", "56789", "a")))).toBe(413)
    }
    expect(seen).toEqual(["0123456789", "caught"])
    expect(defects).toEqual([])
  })

  it("gives up on headers and on a body that never end", { timeout: 20_000 }, async () => {
    const defects: Array<unknown> = []
    const { port } = await start({
      fetch: echoBody,
      headersTimeoutMillis: 200,
      requestTimeoutMillis: 400,
      onDefect: (error) => void defects.push(error)
    })
    const [headers, body] = await Promise.all([
      exchange(port, "GET / HTTP/1.1\r\nHost: a\r\nX: "),
      exchange(port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12")
    ])
    expect(statusOf(headers)).toBe(408)
    expect(statusOf(body)).toBe(408)
    expect(defects).toEqual([])
  })

  it("answers 405 to a method that no web handler can be asked with", async () => {
    const { port } = await start({ fetch: echoUrl })
    expect(statusOf(await exchange(port, "TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))).toBe(405)
  })
})

describe("a handler that throws", () => {
  it("is answered 500 with nothing inside, and the operator is told", async () => {
    const defects: Array<unknown> = []
    const bug = new Error("secret detail")
    const { url } = await start({
      fetch: () => Promise.reject(bug),
      onDefect: (error) => void defects.push(error)
    })
    const response = await fetch(url)
    expect([response.status, await response.text(), response.headers.get("cache-control")]).toEqual([
      500,
      "",
      "no-store"
    ])
    expect(defects).toEqual([bug])
  })

  it("is logged where nobody asked to be told", async () => {
    const messages: Array<unknown> = []
    const logger = Logger.make(({ message }) => void messages.push(message))
    const bug = new Error("detail")
    const server = await Effect.runPromise(
      serve({ hostname: "127.0.0.1", port: 0, fetch: () => Promise.reject(bug) }).pipe(
        Effect.provide(Logger.layer([logger]))
      )
    )
    started.push(server)
    expect((await fetch(server.url)).status).toBe(500)
    expect(messages).toEqual([["a request handler threw", bug]])
  })
})

describe("a server that cannot listen says where and why:", () => {
  const refusal = (options: Partial<ServeOptions>): Promise<ListenFailed> =>
    Effect.runPromise(Effect.flip(serve({ fetch: echoUrl, hostname: "127.0.0.1", port: 0, ...options })))

  it("its type says what can go wrong", () => {
    expectTypeOf(serve).returns.toEqualTypeOf<Effect.Effect<Server, ListenFailed>>()
  })

  it("the port is in use", async () => {
    const { port } = await start({ fetch: echoUrl })
    const error = await refusal({ port })
    expect(error).toMatchObject({ _tag: "ListenFailed", kind: "failure", host: "127.0.0.1", port, code: "EADDRINUSE" })
    expect(error.message).toBe(`cannot listen on 127.0.0.1 port ${port}: the port is in use (EADDRINUSE)`)
  })

  it("the address is not this machine's", async () => {
    const error = await refusal({ hostname: "192.0.2.1", port: 8080 })
    expect(error).toMatchObject({ host: "192.0.2.1", port: 8080, code: "EADDRNOTAVAIL" })
    expect(error.message).toBe(
      "cannot listen on 192.0.2.1 port 8080: this machine does not have that address (EADDRNOTAVAIL)"
    )
  })

  it("the port is no port", async () => {
    expect(await refusal({ port: 70_000 })).toMatchObject({ port: 70_000, code: "ERR_SOCKET_BAD_PORT" })
  })

  it("the certificate is none", async () => {
    const error = await refusal({ tls: { cert: "no certificate", key: "no key" }, port: 8443 })
    expect(error).toMatchObject({ port: 8443, code: expect.stringMatching(/^ERR_OSSL/) })
    expect(error.message).toContain("the TLS certificate or key was refused")
  })

  it("it is not permitted", () => {
    const error = new ListenFailed({ host: "0.0.0.0", port: 80, code: "EACCES" })
    expect(error.message).toBe("cannot listen on 0.0.0.0 port 80: this process may not listen there (EACCES)")
  })
})

describe("close", () => {
  it("ends idle connections, waits for running answers, and may be called again", async () => {
    const running = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const server = await start({
      fetch: async (one) => {
        if (!one.url.endsWith("/slow")) return new Response("fast")
        asked.resolve()
        await running.promise
        return new Response("slow")
      },
      graceMillis: 60_000
    })
    const idle = connect({ port: server.port, host: "127.0.0.1" })
    const idleClosed = new Promise((resolve) => idle.once("close", resolve))
    idle.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    await new Promise((resolve) => idle.once("data", resolve))
    const slow = fetch(`${server.url}/slow`).then((response) => response.text())
    await asked.promise
    const closed = Effect.runPromise(server.close())
    await idleClosed
    await expect(fetch(server.url)).rejects.toThrow("fetch failed")
    running.resolve()
    expect(await slow).toBe("slow")
    await closed
    await Effect.runPromise(server.close())
  })

  it("cuts off what runs longer than the grace", async () => {
    const asked = Promise.withResolvers<void>()
    const server = await start({
      fetch: async () => {
        asked.resolve()
        return new Promise<Response>(() => {})
      },
      graceMillis: 50
    })
    const endless = fetch(server.url).then(
      () => "answered",
      () => "cut off"
    )
    await asked.promise
    await Effect.runPromise(server.close())
    expect(await endless).toBe("cut off")
  })
})

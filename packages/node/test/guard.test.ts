import { createServer, type RequestListener, type Server } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { afterEach, describe, expect, it } from "vitest"
import { guardListener, type GuardedListener, type GuardedOptions } from "@postern/node/guard"
import type { Access } from "@postern/resource-server"
import { exchange, statusOf } from "./raw-http.ts"
import { type StandIn, standIn } from "./stand-in-guard.ts"

const started: Array<Server> = []
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

const listen = async (listener: RequestListener): Promise<{ readonly port: number; readonly url: string }> => {
  const server = createServer(listener)
  started.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return { port, url: `http://127.0.0.1:${port}` }
}

const start = async (
  guard: StandIn,
  next: GuardedListener = (incoming, outgoing) => outgoing.end(JSON.stringify(incoming.body ?? null)),
  options: GuardedOptions = {}
) => {
  const passed: Array<unknown> = []
  const listener = guardListener(
    guard,
    (incoming, outgoing, access) => {
      passed.push(incoming.body)
      return next(incoming, outgoing, access)
    },
    options
  )
  return { passed, ...(await listen(listener)) }
}

const good = { authorization: "Bearer good" }
const post = (body: string, headers: Record<string, string> = good) => ({ method: "POST", headers, body })
const head = (...lines: ReadonlyArray<string>): string =>
  [...lines, "Host: a", "Connection: close", "", ""].join("\r\n")

describe("guardListener", () => {
  it("gives the handler the message that was judged and who passed, and answers the rest itself", async () => {
    const guard = standIn()
    const { passed, url } = await start(guard, (incoming, outgoing, access) =>
      outgoing.end(`${access.subject} ${JSON.stringify(incoming.body)}`)
    )
    const response = await fetch(url, post('{"id":1}'))
    expect([response.status, await response.text()]).toEqual([200, 'u1 {"id":1}'])
    const refused = await fetch(url, post('{"id":2}', {}))
    expect([refused.status, await refused.text()]).toEqual([401, '{"refused":true}'])
    expect(refused.headers.get("content-length")).toBe("16")
    expect(passed).toEqual([{ id: 1 }])
    expect(guard.bodies).toEqual(['{"id":1}'])
  })

  it("goes on with a request whose token had to be waited for, its body unread until then", async () => {
    const gate = Promise.withResolvers<void>()
    const guard = standIn({ gate: gate.promise })
    const { url } = await start(guard)
    const response = fetch(url, post('{"id":3}', { authorization: "Bearer slow" }))
    await sleep(20)
    expect(guard.bodies).toEqual([])
    gate.resolve()
    expect(await (await response).text()).toBe('{"id":3}')
  })

  it.each(["GET", "DELETE"])("passes a %s on without a body", async (method) => {
    const guard = standIn()
    const { passed, url } = await start(guard)
    const response = await fetch(url, { method, headers: good })
    expect([response.status, await response.text()]).toEqual([200, "null"])
    expect([passed, guard.bodies]).toEqual([[undefined], [undefined]])
  })

  it("answers HEAD without a body, refused or not", async () => {
    const { url } = await start(standIn())
    for (const [headers, status] of [
      [good, 200],
      [{}, 401]
    ] as const) {
      const response = await fetch(url, { method: "HEAD", headers })
      expect([response.status, await response.text()]).toEqual([status, ""])
    }
  })

  it.each(["Authorization", "Mcp-Method", "Mcp-Name", "DPoP", "Content-Type"])(
    "shows the guard both lines of %s that came",
    async (name) => {
      const guard = standIn()
      const { port } = await start(guard)
      await exchange(port, head("GET / HTTP/1.1", `${name}: one`, `${name.toUpperCase()}: two`))
      expect(guard.heads[0]?.header(name.toLowerCase())).toBe("one, two")
      expect(guard.heads[0]?.header("x-none")).toBeNull()
    }
  )

  it("shows the guard method, path and query as they came, and refuses what names no resource", async () => {
    const guard = standIn()
    const { port } = await start(guard)
    for (const target of [
      "/mcp?a=%2f&b",
      "//mcp",
      "/mcp/../x",
      "http://evil.example/mcp?a",
      "HTTPS://evil.example",
      "/a#b",
      "/a\\b",
      "*"
    ]) {
      await exchange(port, head(`OPTIONS ${target} HTTP/1.1`))
    }
    expect(guard.heads.map(({ method, target }) => [method, target])).toEqual([
      ["OPTIONS", "/mcp?a=%2f&b"],
      ["OPTIONS", "//mcp"],
      ["OPTIONS", "/mcp/../x"],
      ["OPTIONS", "/mcp?a"],
      ["OPTIONS", "/"]
    ])
    expect(statusOf(await exchange(port, head("GET /a\\b HTTP/1.1", "Authorization: Bearer good")))).toBe(400)
  })

  it("[DOS-01] answers 431 to 32 kB and 100 kB of headers and to a thousand of them, and lives on", async () => {
    const guard = standIn()
    const { port, url } = await start(guard)
    const many = (count: number) => Array.from({ length: count }, (_, at) => `x-${at}: 1`)
    const answers = [
      await exchange(port, head("GET / HTTP/1.1", `X: ${"x".repeat(32_000)}`)),
      await exchange(port, head("GET / HTTP/1.1", `X: ${"x".repeat(100_000)}`)),
      await exchange(port, head("GET / HTTP/1.1", ...many(300))),
      await exchange(port, head("GET / HTTP/1.1", ...many(1000))),
      await exchange(port, head("GET / HTTP/1.1", ...many(1000).map((line) => line.padEnd(30, "1"))))
    ]
    expect(answers.map(statusOf)).toEqual([431, 431, 431, 431, 431])
    expect(guard.heads).toEqual([])
    expect(statusOf(await exchange(port, head("GET / HTTP/1.1", ...many(200), "Authorization: Bearer good")))).toBe(200)
    expect((await fetch(url, { headers: good })).status).toBe(200)
  })
})

describe("the body of a request", () => {
  it("is not read without a good token, and a long one is thrown away", async () => {
    const guard = standIn()
    const { passed, url } = await start(guard)
    const response = await fetch(url, post("x".repeat(10_000_000), {})).catch(() => undefined)
    // A client that sends on while it is hung up may not see the answer.
    if (response !== undefined) expect(response.status).toBe(401)
    expect((await fetch(url, post('"a"'))).status).toBe(200)
    expect([passed, guard.bodies]).toEqual([["a"], ['"a"']])
  })

  it("is answered before it comes, and hung up on when it does not end", async () => {
    const guard = standIn()
    const { port } = await start(guard)
    const socket = connect({ port, host: "127.0.0.1" })
    const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()).on("error", () => undefined))
    let received = ""
    const answered = new Promise<void>((resolve) =>
      socket.on("data", (chunk) => {
        received += chunk.toString("latin1")
        resolve()
      })
    )
    socket.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    await answered
    expect(statusOf(received)).toBe(401)
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`
    let sent = 0
    const pour = (): void => {
      while (!socket.destroyed && sent < 100_000_000) {
        sent += 65_536
        if (!socket.write(chunk)) return void socket.once("drain", pour)
      }
    }
    pour()
    await closed
    expect(sent).toBeLessThan(100_000_000)
    expect(guard.bodies).toEqual([])
  })

  it("of a refused request does not stand in the way of the next on the connection", async () => {
    const { port } = await start(standIn({ maximumBodyBytes: 10 }))
    const message = '{"a":"0123456789"}'
    const send = (...lines: ReadonlyArray<string>) => ["POST / HTTP/1.1", "Host: a", ...lines, "", ""].join("\r\n")
    const answer = await exchange(
      port,
      `${send(`Content-Length: ${message.length}`)}${message}` +
        `${send("Authorization: Bearer good", `Content-Length: ${message.length}`)}${message}` +
        `${send("Authorization: Bearer good", "Transfer-Encoding: chunked")}8\r\n01234567\r\n8\r\n01234567\r\n0\r\n\r\n` +
        `${send("Authorization: Bearer good", "Content-Length: 3", "Connection: close")}"a"`
    )
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 401", "HTTP/1.1 413", "HTTP/1.1 413", "HTTP/1.1 200"])
  })

  it("is refused by its length before it is read, and counted where it has none", async () => {
    const guard = standIn({ maximumBodyBytes: 3 })
    const { port } = await start(guard)
    const lines = ["POST / HTTP/1.1", "Authorization: Bearer good"]
    const answers = [
      // Only announced: nothing of it is sent.
      await exchange(port, head(...lines, "Content-Length: 4")),
      await exchange(port, `${head(...lines, "Transfer-Encoding: chunked")}2\r\n"a\r\n2\r\na"\r\n0\r\n\r\n`),
      await exchange(port, `${head(...lines, "Transfer-Encoding: chunked")}2\r\n"a\r\n1\r\n"\r\n0\r\n\r\n`)
    ]
    expect(answers.map(statusOf)).toEqual([413, 413, 200])
    expect(guard.bodies).toEqual(["too-large", "too-large", '"a"'])
  })

  it.each(["good", "slow"])("that stops on the way is unreadable, and nothing is called (%s)", async (token) => {
    const gate = Promise.withResolvers<void>()
    const guard = standIn({ gate: gate.promise })
    const { passed, port } = await start(guard)
    const socket = connect({ port, host: "127.0.0.1" })
    socket.write(head("POST / HTTP/1.1", `Authorization: Bearer ${token}`, "Content-Length: 10") + '"a')
    await expect.poll(() => guard.heads.length).toBe(1)
    socket.destroy()
    // Long enough for the server to notice.
    await sleep(50)
    gate.resolve()
    await expect.poll(() => guard.bodies).toEqual(["unreadable"])
    expect(passed).toEqual([])
  })

  it("that somebody has read before is an error that cannot be missed", async () => {
    const defects: Array<unknown> = []
    const listener = guardListener(standIn(), (_, outgoing) => outgoing.end(), {
      onDefect: (error) => void defects.push(error)
    })
    const { url } = await listen((incoming, outgoing) => {
      incoming.resume().on("end", () => listener(incoming, outgoing))
    })
    const response = await fetch(url, post('{"id":1}'))
    expect([response.status, await response.text()]).toEqual([500, '{"error":"server_error"}'])
    expect(String(defects[0])).toContain("the guard comes before whatever reads the body")
  })
})

describe("a guard that throws", () => {
  it.each(["broken", "broken-slow", "broken-body"])("is answered 500 with nothing inside (%s)", async (token) => {
    const defects: Array<unknown> = []
    const { passed, url } = await start(standIn(), undefined, { onDefect: (error) => void defects.push(error) })
    const response = await fetch(url, post('"a"', { authorization: `Bearer ${token}` }))
    expect([response.status, await response.text()]).toEqual([500, '{"error":"server_error"}'])
    expect(response.headers.get("cache-control")).toBe("no-store")
    expect(defects).toEqual([new Error("broken")])
    expect(passed).toEqual([])
  })
})

describe("auth", () => {
  it("puts what the host makes of access and token where the SDK looks", async () => {
    const seen: Array<unknown> = []
    const { url } = await listen(
      guardListener(
        standIn(),
        (incoming, outgoing) => {
          seen.push(incoming.auth)
          outgoing.end()
        },
        { auth: ({ subject }: Access, token: string) => ({ subject, token }) }
      )
    )
    await fetch(url, { headers: good })
    await fetch(url, { headers: { authorization: "bearer  good" } })
    expect(seen).toEqual([
      { subject: "u1", token: "good" },
      { subject: "u1", token: "good" }
    ])
  })
})

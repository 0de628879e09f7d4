import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Running, startRunning } from "./raw-resource-server/server.ts"
import { dial, statusesOf, type } from "./raw-resource-server/wire.ts"

// Requests typed by hand at the running MCP server: what no client library would send.

let running: Running
let good = ""
beforeAll(async () => {
  running = await startRunning()
  good = await running.token()
})
afterAll(() => running.close())

const LIST = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
const PURGE = '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"purge_notes","arguments":{}}}'
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: b\r\n\r\n"
const ACCEPTED = [
  "Content-Type: application/json",
  "Accept: application/json, text/event-stream",
  "MCP-Protocol-Version: 2025-11-25"
]
const bearer = () => `Authorization: Bearer ${good}`
const lengthOf = (body: string) => `Content-Length: ${Buffer.byteLength(body)}`
const chunked = (body: string) => `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`
const request = (line: string, headers: ReadonlyArray<string>, body = "") =>
  [line, "Host: a", ...headers, "", ""].join("\r\n") + body
const post = (headers: ReadonlyArray<string>, body: string) =>
  request("POST /mcp HTTP/1.1", [...ACCEPTED, ...headers], body)
const call = (body = LIST, ...more: ReadonlyArray<string>) => post([bearer(), lengthOf(body), ...more], body)
/** A good request after which the server closes, so that nothing has to be waited for. */
const last = () => call(LIST, "Connection: close")
const statuses = async (bytes: string) => statusesOf(await type(running.port, bytes))

describe("where a body ends that two readers could see in two places", () => {
  const size = LIST.length.toString(16)
  const cases: ReadonlyArray<readonly [why: string, headers: ReadonlyArray<string>, body: string]> = [
    ["a length and a transfer coding", ["Content-Length: 5", "Transfer-Encoding: chunked"], `0\r\n\r\n${SMUGGLED}`],
    ["a transfer coding and a length", ["Transfer-Encoding: chunked", "Content-Length: 5"], `0\r\n\r\n${SMUGGLED}`],
    ["two lengths", ["Content-Length: 46", "Content-Length: 3"], LIST + SMUGGLED],
    ["two lengths that agree", [lengthOf(LIST), lengthOf(LIST)], LIST],
    ["two lengths in one line", ["Content-Length: 46, 46"], LIST],
    ["a length with a sign", ["Content-Length: +46"], LIST],
    ["a length in hexadecimal", ["Content-Length: 0x2e"], LIST],
    ["a length that is empty", ["Content-Length: "], LIST],
    ["a length that overflows", ["Content-Length: 99999999999999999999999"], LIST],
    ["a folded transfer coding", ["Transfer-Encoding:\r\n chunked"], chunked(LIST)],
    ["a transfer coding that is not chunked", ["Transfer-Encoding: xchunked"], chunked(LIST)],
    ["chunked that is not the last", ["Transfer-Encoding: chunked, identity"], chunked(LIST)],
    ["chunked twice", ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], chunked(LIST)],
    ["a control before chunked", ["Transfer-Encoding: \u000bchunked"], chunked(LIST)],
    ["a line feed in a chunk's extension", ["Transfer-Encoding: chunked"], `${size};a\n${LIST}\r\n0\r\n\r\n`],
    ["chunks that end with a line feed", ["Transfer-Encoding: chunked"], `${size}\n${LIST}\n0\n\n`],
    ["a chunk's size with a prefix", ["Transfer-Encoding: chunked"], `0x${size}\r\n${LIST}\r\n0\r\n\r\n`],
    ["a chunk's size that overflows", ["Transfer-Encoding: chunked"], `${"1".repeat(17)}\r\n${LIST}\r\n0\r\n\r\n`],
    ["more in a chunk than it says", ["Transfer-Encoding: chunked"], `${size}\r\n${LIST}x\r\n0\r\n\r\n`],
    ["a space before the colon", [lengthOf(LIST).replace(":", " :")], LIST],
    ["a tab before the colon", [lengthOf(LIST), "Transfer-Encoding\t: chunked"], LIST],
    ["a space before the name", [` ${lengthOf(LIST)}`], LIST],
    ["a line that ends with a line feed", [`X: a\n${lengthOf(LIST)}`], LIST],
    ["a line that ends with a return", [`X: a\r${lengthOf(LIST)}`], LIST],
    ["a NUL in a value", [lengthOf(LIST), "X: a\u0000b"], LIST],
    ["a header without a name", [lengthOf(LIST), ": a"], LIST],
    ["a second host", [lengthOf(LIST), "Host: b"], LIST]
  ]

  it.each(cases)("is refused and the connection ended: %s", async (_, headers, body) => {
    expect(await statuses(post([bearer(), ...headers], body))).toEqual([400])
    // Without a token the answer may be there before the body is wrong; nothing after it is.
    const seen = await statuses(post(headers, body))
    expect(seen.filter((status) => status !== 400 && status !== 401)).toEqual([])
    expect(seen.at(-1)).toBe(400)
  })

  it("is not refused where all readers agree", async () => {
    const extended = `${size};name=value\r\n${LIST}\r\n0\r\n\r\n`
    expect(
      await statuses(
        post([bearer(), "Transfer-Encoding: chunked"], chunked(LIST)) +
          post([bearer(), "Transfer-Encoding: chunked"], extended) +
          `\r\n\r\n${last()}`
      )
    ).toEqual([200, 200, 200])
  })

  it("holds no token in what comes after it", async () => {
    const trailer = `${size}\r\n${LIST}\r\n0\r\n${bearer()}\r\n\r\n`
    expect(
      await statuses(post(["Transfer-Encoding: chunked", "Trailer: Authorization", "Connection: close"], trailer))
    ).toEqual([401])
  })
})

describe("requests in one segment", () => {
  it("are answered in order, each by its own token, whatever stands in the bodies of the others", async () => {
    const inside = last()
    expect(
      await statuses(
        post([lengthOf(LIST)], LIST) +
          call() +
          post([lengthOf(inside)], inside) +
          call(inside) +
          post(["Transfer-Encoding: chunked"], chunked(inside)) +
          request("GET /mcp HTTP/1.1", [lengthOf(inside)], inside) +
          request("DELETE /mcp HTTP/1.1", [lengthOf(inside)], inside) +
          request("OPTIONS /mcp HTTP/1.1", [lengthOf(inside)], inside) +
          request("HEAD /mcp HTTP/1.1", [lengthOf(inside)], inside) +
          request("PUT /mcp HTTP/1.1", [bearer(), lengthOf(inside)], inside) +
          last()
      )
    ).toEqual([401, 200, 401, 400, 401, 401, 401, 204, 401, 405, 200])
  })

  it("go on after every refusal", async () => {
    expect(
      await statuses(
        call("{") +
          post([lengthOf(LIST)], LIST) +
          call(PURGE) +
          request("GET /.well-known/oauth-authorization-server HTTP/1.1", []) +
          request("PATCH /mcp HTTP/1.1", [bearer()]) +
          request("POST /mcp HTTP/1.1", [bearer(), "Content-Type: text/plain", "Content-Length: 2"], "{}") +
          request("POST /mcp HTTP/1.1", [bearer(), "Expect: something", "Content-Length: 2"], "{}") +
          last()
      )
    ).toEqual([400, 401, 403, 404, 405, 415, 417, 200])
  })

  it("are not begun after one that is too long or has another target than a path", async () => {
    expect(await statuses(post([bearer(), "Content-Length: 5000000"], ""))).toEqual([413])
    for (const target of ["*", "a:443", "mcp", "/mcp#x", "/mcp\\x", "ftp://a/mcp", "?x"]) {
      const line = `OPTIONS ${target} HTTP/1.1`
      expect(await statuses(request(line, [lengthOf(SMUGGLED)], SMUGGLED)), target).toEqual([400])
    }
  })
})

describe("a head", () => {
  it("[BRR-04] has one Authorization line", async () => {
    const other = "Authorization: Bearer x"
    const twice = [
      [bearer(), other],
      [other, bearer()],
      [bearer(), bearer()],
      ["Authorization: ", bearer()],
      ["Authorization: Basic eDp5", bearer()],
      [`${bearer()}, Bearer ${good}`],
      [`${bearer()} x`],
      [`${bearer()}\u00e9`],
      [`Authorization: Bearer\u00a0${good}`]
    ]
    const bytes = twice.map((lines) => post([...lines, lengthOf(LIST)], LIST)).join("")
    expect(await statuses(bytes + last())).toEqual([...twice.map(() => 400), 200])
  })

  it("brings no token under another name", async () => {
    const elsewhere = ["Proxy-Authorization", "X-Forwarded-Authorization", "Authorization_", "X-Authorization"]
    const bytes = [...elsewhere.map((name) => `${name}: Bearer ${good}`), `Cookie: access_token=${good}`]
      .map((line) => post([line, lengthOf(LIST)], LIST))
      .join("")
    expect(await statuses(bytes + last())).toEqual([401, 401, 401, 401, 401, 200])
  })

  it("says of the operation what the body says, once", async () => {
    const cases: ReadonlyArray<readonly [number, ReadonlyArray<string>]> = [
      [200, ["Mcp-Method: tools/list"]],
      [400, ["Mcp-Method: tools/list", "Mcp-Method: tools/list"]],
      [400, ["Mcp-Method: tools/list", "Mcp-Method: tools/call"]],
      [400, ["Mcp-Method: tools/list\u00e9"]],
      [404, ["Mcp-Session-Id: a"]],
      [404, ["Mcp-Session-Id: a", "Mcp-Session-Id: b"]],
      [415, ["Content-Type: text/plain"]],
      [415, ["Content-Encoding: gzip"]],
      [200, ["__proto__: a", "constructor: b"]]
    ]
    const bytes = cases.map(([, lines]) => call(LIST, ...lines)).join("")
    expect(await statuses(bytes + last())).toEqual([...cases.map(([status]) => status), 200])
  })

  it("[DOS-01] is not too long", async () => {
    for (const more of [
      `X: ${"x".repeat(20_000)}`,
      `${"x".repeat(20_000)}: x`,
      "a: b\r\n".repeat(2999) + "a: b",
      `X: ${"x".repeat(1_000_000)}`
    ]) {
      expect(await statuses(call(LIST, more))).toEqual([431])
    }
    expect(await statuses(`GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`)).toEqual([431])
  })

  it("has a method and a version of HTTP/1", async () => {
    for (const line of ["get /mcp HTTP/1.1", "FOO /mcp HTTP/1.1", "GET /mcp HTTP/1.2", "GET /mcp http/1.1", "/mcp"]) {
      expect(await statuses(request(line, [])), line).toEqual([400])
    }
    expect(await statuses("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).toEqual([400])
    expect(await statuses("\u0016\u0003\u0001\u0000\u00a1\u0001\u0000\u0000")).toEqual([400])
    expect(await statuses(request("TRACE /mcp HTTP/1.1", [bearer()]))).toEqual([405])
    expect(await statuses(request("CONNECT /mcp HTTP/1.1", [bearer()]))).toEqual([])
    expect(await statuses("POST /mcp HTTP/1.1\r\n\r\n")).toEqual([400])
  })

  it("of HTTP/1.0 ends its connection", async () => {
    const old = (...lines: ReadonlyArray<string>) =>
      request("POST /mcp HTTP/1.0", [...ACCEPTED, ...lines, lengthOf(LIST)], LIST)
    expect(await statuses(old(bearer()))).toEqual([200])
    expect(await statuses(old())).toEqual([401])
    const coded = request("POST /mcp HTTP/1.0", [...ACCEPTED, bearer(), "Transfer-Encoding: chunked"], chunked(LIST))
    expect(await statuses(coded)).toEqual([400])
  })

  it("changes no protocol", async () => {
    const websocket = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    const http2 = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"]
    for (const lines of [websocket, http2]) {
      for (const [status, bytes] of [
        [401, request("GET /mcp HTTP/1.1", lines)],
        [401, post([...lines, lengthOf(LIST)], LIST)],
        [200, call(LIST, ...lines)]
      ] as const) {
        const wire = dial(running.port)
        wire.socket.write(bytes)
        // Node lets go of what comes in one segment with such a request; the next one is an ordinary request again.
        await wire.until((received) => received.includes("\r\n\r\n"))
        wire.socket.write(last())
        expect(statusesOf(await wire.closed)).toEqual([status, 200])
      }
    }
  })

  it("that expects 100 is answered at once where its body is not wanted", async () => {
    const expecting = (...lines: ReadonlyArray<string>) => post(["Expect: 100-continue", ...lines], "")
    expect(await statuses(expecting(lengthOf(LIST)))).toEqual([401])
    expect(await statuses(expecting(bearer(), "Content-Length: 5000000"))).toEqual([413])
    const wire = dial(running.port)
    wire.socket.write(expecting(bearer(), lengthOf(LIST), "Connection: close"))
    expect(statusesOf(await wire.until((received) => received.includes("100 Continue\r\n\r\n")))).toEqual([100])
    wire.socket.write(LIST)
    expect(statusesOf(await wire.closed)).toEqual([100, 200])
  })
})

describe("[BRR-11] no spelling of a target", () => {
  const TARGETS = [
    "/mcp",
    "/mcp?access_token=x",
    "/mcp/",
    "//mcp",
    "/./mcp",
    "/x/../mcp",
    "/mcp/..;/",
    "/%6dcp",
    "/mcp%2f",
    "/%2e/mcp",
    "/mcp%00",
    "/MCP",
    "http://b/mcp",
    "https://u:p@b/mcp",
    "//b/mcp",
    "/.well-known/../mcp",
    "/%2ewell-known/oauth-protected-resource/mcp",
    "//.well-known/oauth-protected-resource/mcp"
  ]

  it("opens anything without a token, and every refusal names the one document", async () => {
    const { port } = running
    const bytes = TARGETS.map((target) => request(`POST ${target} HTTP/1.1`, [...ACCEPTED, lengthOf(LIST)], LIST))
    const answer = await type(port, bytes.join("") + last())
    // Those that are the resource's path ask for a token, those that are not are nothing at all.
    const statuses = statusesOf(answer)
    expect(statuses.at(-1)).toBe(200)
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([401, 404]))
    expect(statuses).toHaveLength(TARGETS.length + 1)
    const asked = statuses.filter((status) => status === 401)
    expect(asked.length).toBeGreaterThanOrEqual(5)
    const challenge = `www-authenticate: Bearer scope="notes:read", resource_metadata="http://127.0.0.1:${port}/.well-known/oauth-protected-resource/mcp"\r\n`
    expect(answer.split(challenge)).toHaveLength(asked.length + 1)
  })

  it("shows another document than the public one", async () => {
    const get = (target: string) => request(`GET ${target} HTTP/1.1`, ["Connection: close"])
    const { port } = running
    for (const target of [
      "/.well-known/oauth-protected-resource/mcp",
      "/.well-known/oauth-protected-resource/mcp?x",
      "http://b/.well-known/oauth-protected-resource/mcp",
      "/mcp/../.well-known/oauth-protected-resource/mcp"
    ]) {
      const answer = await type(port, get(target))
      expect(statusesOf(answer), target).toEqual([200])
      expect(answer).toContain(`{"resource":"http://127.0.0.1:${port}/mcp",`)
    }
    for (const target of [
      "/.well-known/oauth-protected-resource",
      "/.well-known/oauth-protected-resource//mcp",
      "/.well-known/oauth-protected-resource/mcp/",
      "/.well-known//oauth-protected-resource/mcp",
      "/.well-known/oauth-protected-resource/%6dcp"
    ]) {
      expect(await statuses(get(target)), target).toEqual([404])
    }
  })
})

describe("a stream", () => {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "hand", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {}
  }
  const LISTEN = JSON.stringify({
    jsonrpc: "2.0",
    id: 3,
    method: "subscriptions/listen",
    params: { notifications: { toolsListChanged: true }, _meta: meta }
  })
  const listening = (token: string) => {
    const wire = dial(running.port)
    wire.socket.write(
      request(
        "POST /mcp HTTP/1.1",
        [
          "Content-Type: application/json",
          "Accept: application/json, text/event-stream",
          "MCP-Protocol-Version: 2026-07-28",
          "Mcp-Method: subscriptions/listen",
          `Authorization: Bearer ${token}`,
          lengthOf(LISTEN)
        ],
        LISTEN
      )
    )
    return wire
  }
  const ACKNOWLEDGED = "notifications/subscriptions/acknowledged"

  it("[BRR-13] ends with its token, and its connection takes the next request", async () => {
    const iat = Math.floor(Date.now() / 1000)
    const wire = listening(await running.token({ iat, exp: iat + 2 }))
    // The last chunk: the stream is whole, not cut off.
    const ended = await wire.until((received) => received.endsWith("\r\n0\r\n\r\n"))
    expect(ended).toContain(ACKNOWLEDGED)
    wire.socket.write(last())
    expect(statusesOf(await wire.closed)).toEqual([200, 200])
  })

  it("that its reader leaves is let go of", async () => {
    const wires = Array.from({ length: 20 }, () => listening(good))
    for (const { until } of wires) {
      expect(await until((received) => received.includes(ACKNOWLEDGED))).toContain(ACKNOWLEDGED)
    }
    expect(running.open()).toBe(20)
    for (const [at, { socket }] of wires.entries()) {
      if (at % 2 === 0) socket.resetAndDestroy()
      else socket.destroy()
    }
    while (running.open() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  })
})

describe("after all that", () => {
  const listeners = () => process.eventNames().map((name) => [String(name), process.listenerCount(name)])
  const sockets = () => process.getActiveResourcesInfo().filter((name) => /TCP(?:Socket|Connect)Wrap/.test(name)).length
  const quiet = async (most: number) => {
    while (sockets() > most) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  it("nothing is left of connections that ended in the middle, or of a flood on few of them", async () => {
    await quiet(0)
    const before = listeners()
    const half = [
      post([bearer(), "Content-Length: 1000"], LIST),
      post(["Content-Length: 1000"], LIST),
      post([bearer(), "Transfer-Encoding: chunked"], "5\r\nab"),
      `POST /mcp HTTP/1.1\r\nHost: a\r\n${bearer()}\r\n`
    ]
    const ends = ["destroy", "resetAndDestroy", "end"] as const
    const endings = half.flatMap((bytes) => ends.map((end) => ({ bytes, end })))
    await Promise.all(
      endings.map(async ({ bytes, end }) => {
        const { closed, socket } = dial(running.port)
        await new Promise<void>((resolve) => socket.write(bytes, () => resolve()))
        socket[end]()
        await closed
      })
    )
    const mixed =
      call() +
      post([lengthOf(LIST)], LIST) +
      call("{") +
      call(PURGE) +
      post(["Authorization: Bearer x", lengthOf(LIST)], LIST)
    const flood = mixed.repeat(10) + last()
    const expected = [...Array.from({ length: 10 }, () => [200, 401, 400, 403, 401]).flat(), 200]
    const answers = await Promise.all(Array.from({ length: 5 }, () => statuses(flood)))
    for (const answer of answers) expect(answer).toEqual(expected)
    await quiet(0)
    expect(listeners()).toEqual(before)
    expect(running.open()).toBe(0)
  })
})

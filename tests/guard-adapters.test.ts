import { connect } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { adapters, type Running } from "./guard-adapters/adapters.ts"
import { closedGuard, DOCUMENT, openGuard } from "./guard-adapters/guards.ts"
import { METADATA_PATH, METADATA_URL, reader, stranger, token, writer } from "./guard-adapters/tokens.ts"

const CHALLENGE = `Bearer scope="notes:read", resource_metadata="${METADATA_URL}"`

const tool = (name: string, id = 1) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: {} } })

const headersOf = (bearer?: string, more: Record<string, string> = {}) => ({
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
  "mcp-protocol-version": "2025-11-25",
  ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
  ...more
})

/** Sends lines and a body as they are, and returns what comes back until the other side closes. */
const raw = (port: number, lines: ReadonlyArray<string>, body = ""): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" })
    let received = ""
    socket.setEncoding("latin1")
    socket.on("data", (chunk: string) => (received += chunk))
    socket.on("error", () => undefined)
    socket.on("close", () => resolve(received))
    socket.write([...lines, "Host: 127.0.0.1", "Connection: close", "", ""].join("\r\n") + body)
  })

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

/** Lines of a POST of a message, to which a test adds what it is about. */
const postLines = (body: string, ...lines: ReadonlyArray<string>): ReadonlyArray<string> => [
  "POST /mcp HTTP/1.1",
  "Content-Type: application/json",
  "Accept: application/json, text/event-stream",
  "MCP-Protocol-Version: 2025-11-25",
  `Content-Length: ${Buffer.byteLength(body)}`,
  ...lines
]

/** Both guards in front of one way to serve, for the tests of a `describe`. */
const serving = (start: (typeof adapters)[number]["start"]) => {
  const ports = { closed: 0, open: 0 }
  const running: Array<Running> = []
  beforeAll(async () => {
    const [closed, open] = [await start(closedGuard()), await start(openGuard())]
    running.push(closed, open)
    Object.assign(ports, { closed: closed.port, open: open.port })
  })
  afterAll(async () => {
    for (const { close } of running) await close()
  })
  const url = (which: keyof typeof ports = "closed") => `http://127.0.0.1:${ports[which]}/mcp`
  const post = (message: unknown, bearer?: string, which?: keyof typeof ports, more: Record<string, string> = {}) =>
    fetch(url(which), {
      method: "POST",
      headers: headersOf(bearer, more),
      body: typeof message === "string" ? message : JSON.stringify(message)
    })
  return { ports, post, url }
}

describe.each(adapters)("a guard in front of a server, by $name,", ({ sdk, start }) => {
  const { ports, post, url: urlOf } = serving(start)

  it("asks for a token, with no error where none came", async () => {
    const response = await post(tool("read_notes"))
    expect(response.status).toBe(401)
    expect(response.headers.get("www-authenticate")).toBe(CHALLENGE)
    expect(response.headers.get("cache-control")).toBe("no-store")
  })

  it("says that a token is wrong", async () => {
    const response = await post(tool("read_notes"), `${reader.slice(0, -8)}AAAAAAAA`)
    expect(response.status).toBe(401)
    expect(response.headers.get("www-authenticate")).toBe(
      `Bearer error="invalid_token", error_description="The access token's signature is wrong", scope="notes:read", resource_metadata="${METADATA_URL}"`
    )
  })

  it("lets a good token through, and the server knows whose it is", async () => {
    for (let again = 0; again < 3; again += 1) {
      const response = await post(tool("read_notes"), reader)
      expect(response.status).toBe(200)
      expect(await response.text()).toContain("read_notes for u1")
      expect(response.headers.get("vary")).toContain("Authorization")
    }
  })

  it("names every scope that a tool needs", async () => {
    const response = await post(tool("write_note"), reader)
    expect(response.status).toBe(403)
    expect(response.headers.get("www-authenticate")).toBe(
      `Bearer error="insufficient_scope", error_description="The access token lacks scopes that the operation needs", scope="notes:read notes:write", resource_metadata="${METADATA_URL}"`
    )
    expect(await (await post(tool("write_note"), writer)).text()).toContain("write_note for u1")
  })

  it("refuses what no rule names", async () => {
    const response = await post(tool("unheard_of"), writer)
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([403, null])
  })

  it("sees a second Authorization line, whichever is good", async () => {
    const body = JSON.stringify(tool("read_notes"))
    for (const [first, second] of [
      [reader, stranger],
      [reader, "x"],
      ["x", reader]
    ]) {
      const lines = postLines(body, `Authorization: Bearer ${first}`, `Authorization: Bearer ${second}`)
      const answer = await raw(ports.closed, lines, body)
      expect(statusOf(answer)).toBe(400)
      expect(answer).toContain('error="invalid_request"')
    }
  })

  it("sees a second line of the headers that name the operation", async () => {
    const body = JSON.stringify(tool("read_notes"))
    for (const [name, value] of [
      ["Mcp-Method", "tools/call"],
      ["Mcp-Name", "read_notes"]
    ] as const) {
      const lines = postLines(body, `Authorization: Bearer ${reader}`, `${name}: ${value}`, `${name}: write_note`)
      expect(statusOf(await raw(ports.closed, lines, body)), name).toBe(400)
    }
  })

  it("[BRR-10] answers a page's preflight without a token, and lets it read every answer, without credentials", async () => {
    for (const origin of ["https://app.example", "null"]) {
      const preflight = await fetch(urlOf(), {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization, content-type"
        }
      })
      expect([preflight.status, await preflight.text()]).toEqual([204, ""])
      expect(preflight.headers.get("access-control-allow-methods")).toBe("GET, POST, DELETE, OPTIONS")
      expect(preflight.headers.get("access-control-allow-headers")).toMatch(/^Authorization, /)
      const refused = await post(tool("read_notes"), undefined, "closed", { origin })
      const passed = await post(tool("read_notes"), reader, "closed", { origin })
      for (const { headers } of [preflight, refused, passed]) {
        expect(headers.get("access-control-allow-origin")).toBe("*")
        expect(headers.has("access-control-allow-credentials")).toBe(false)
      }
      for (const { headers } of [refused, passed]) {
        expect(headers.get("access-control-expose-headers")).toContain("WWW-Authenticate")
      }
      expect([refused.status, passed.status]).toEqual([401, 200])
    }
  })

  it("serves the metadata document, and nothing else by its path", async () => {
    const url = `http://127.0.0.1:${ports.closed}${METADATA_PATH}`
    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject(DOCUMENT)
    expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(405)
  })

  it("[BRR-11] lets nobody through without a token, by no method and under no path", async () => {
    for (const method of ["GET", "POST", "DELETE", "HEAD", "PUT", "PATCH", "TRACE"]) {
      for (const path of [
        "/mcp",
        "/mcp/",
        "//mcp",
        "/mcp/.",
        "/MCP",
        "/mcp%2f",
        "/.well-known/../mcp",
        "http://127.0.0.1/mcp",
        "/mcp?a=/.well-known/"
      ]) {
        const answer = await raw(ports.closed, [`${method} ${path} HTTP/1.1`, "Content-Length: 0"])
        expect([400, 401, 404, 405], `${method} ${path}`).toContain(statusOf(answer))
        expect(answer).not.toContain("for nobody")
        if (statusOf(answer) === 401)
          expect(answer.toLowerCase()).toContain(`www-authenticate: ${CHALLENGE}`.toLowerCase())
      }
    }
    for (const [method, bearer, statuses] of [
      ["PUT", reader, [400, 404, 405]],
      ["HEAD", undefined, [401]]
    ] as const) {
      const response = await fetch(urlOf(), { method, headers: headersOf(bearer) })
      expect(statuses).toContain(response.status)
    }
  })

  it("[BRR-12] judges the token before the body, and keeps no long body of anybody", async () => {
    for (const body of ["{", '{"a":1}', "", "[]"]) {
      expect((await post(body)).status).toBe(401)
      expect((await post(body, reader)).status).toBe(400)
    }
    // 10 MB are announced and none of them is sent: whoever waits for them never answers.
    const lines = postLines("").map((line) => (line.startsWith("Content-Length") ? "Content-Length: 10000000" : line))
    expect([401, 413]).toContain(statusOf(await raw(ports.closed, lines)))
    expect(statusOf(await raw(ports.closed, [...lines, `Authorization: Bearer ${reader}`]))).toBe(413)
    const long = "x".repeat(1_000_001)
    const chunked = [
      ...postLines("").filter((line) => !line.startsWith("Content-Length")),
      "Transfer-Encoding: chunked",
      `Authorization: Bearer ${reader}`
    ]
    const answer = await raw(ports.closed, chunked, `${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`)
    expect(statusOf(answer)).toBe(413)
  })

  it("refuses a message in which a member stands twice", async () => {
    const twice = JSON.stringify(tool("read_notes")).replace(
      '"name":"read_notes"',
      '"name":"read_notes","name":"write_note"'
    )
    const response = await post(twice, writer)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ jsonrpc: "2.0", id: null, error: { code: -32_700 } })
  })

  it("wants for a batch the scopes of all its messages", async () => {
    const batch = [tool("read_notes", 1), tool("write_note", 2)]
    const refused = await post(batch, reader, "closed", { "mcp-protocol-version": "2025-03-26" })
    expect(refused.status).toBe(403)
    expect(refused.headers.get("www-authenticate")).toContain('scope="notes:read notes:write"')
    // Whether a batch is answered is the server's business; it got past the guard.
    const passed = await post(batch, writer, "closed", { "mcp-protocol-version": "2025-03-26" })
    if (sdk) expect([200, 400]).toContain(passed.status)
    else expect(await passed.text()).toContain("2 for u1")
  })

  it("lets everybody do what is public, and nothing else", async () => {
    const response = await post(tool("motd"), undefined, "open")
    expect(response.status).toBe(200)
    expect(await response.text()).toContain("motd for nobody")
    expect((await post(tool("read_notes"), undefined, "open")).status).toBe(401)
    expect((await post([tool("motd"), tool("read_notes")], undefined, "open")).status).toBe(401)
    expect((await post(tool("motd"), "x", "open")).status).toBe(401)
  })

  it("shows of a list what the caller may use", async () => {
    const list = { jsonrpc: "2.0", id: 7, method: "tools/list", params: {} }
    const names = async (bearer: string) => {
      const response = await post(list, bearer, "open")
      expect(response.status).toBe(200)
      const text = await response.text()
      const message = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text) as {
        readonly result: { readonly tools: ReadonlyArray<{ readonly name: string }> }
      }
      return message.result.tools.map(({ name }) => name).toSorted()
    }
    expect(await names(reader)).toEqual(["fail", "motd", "read_notes"])
    expect(await names(writer)).toEqual(["fail", "motd", "read_notes", "write_note"])
  })
})

describe.each(adapters.filter(({ sdk }) => !sdk))("a guard in front of a handler, by $name,", ({ start }) => {
  const { post, url: urlOf } = serving(start)

  it("keeps a session for whom it was begun", async () => {
    const initialize = { jsonrpc: "2.0", id: 1, method: "initialize", params: {} }
    const begun = await post(initialize, reader, "open")
    const session = { "mcp-session-id": begun.headers.get("mcp-session-id") ?? "" }
    expect(session["mcp-session-id"]).toBe("session-1")
    expect((await post(tool("read_notes"), reader, "open", session)).status).toBe(200)
    expect((await post(tool("read_notes"), stranger, "open", session)).status).toBe(404)
    expect((await post(tool("read_notes"), reader, "open", { "mcp-session-id": "session-2" })).status).toBe(404)
    const end = (bearer: string) =>
      fetch(urlOf("open"), { method: "DELETE", headers: { ...headersOf(bearer), ...session } })
    expect((await end(stranger)).status).toBe(404)
    expect((await end(reader)).status).toBe(204)
    expect((await post(tool("read_notes"), reader, "open", session)).status).toBe(404)
  })

  it("[BRR-13] ends a stream when its token ends", async () => {
    const short = await token({ scope: "notes:read", exp: Math.floor(Date.now() / 1000) + 1 })
    const response = await fetch(urlOf("open"), { headers: headersOf(short) })
    expect(response.headers.get("content-type")).toBe("text/event-stream")
    expect(await response.text()).toBe("data: 1\n\n")
  })
})

describe.each(adapters.filter(({ sdk }) => sdk))("a guard in front of the SDK, by $name,", ({ start }) => {
  const { post } = serving(start)

  it("[BRR-14] does not show the token when a tool fails with all it knows of the caller in its error", async () => {
    const response = await post(tool("fail"), reader)
    const text = await response.text()
    expect(text).toContain("notes:read")
    expect(text).not.toContain(reader)
    expect(text).not.toContain(reader.split(".")[2])
  })
})

describe("a server of node behind a guard", () => {
  it.each(adapters.filter(({ name }) => /serve|Listener|express|fastify/.test(name)))(
    "[DOS-01] answers 431 to long headers and lives on, by $name",
    async ({ start }) => {
      const { close, port } = await start(closedGuard())
      const lines = ["GET /mcp HTTP/1.1", `Authorization: Bearer ${reader}`]
      const many = Array.from({ length: 1000 }, (_, at) => `X-Header-${at}: value`)
      for (const more of [[`X: ${"x".repeat(32_000)}`], [`X: ${"x".repeat(100_000)}`], many]) {
        expect(statusOf(await raw(port, [...lines, ...more]))).toBe(431)
      }
      expect(statusOf(await raw(port, ["GET /mcp HTTP/1.1"]))).toBe(401)
      await close()
    }
  )
})

import { connect } from "node:net"
import * as Effect from "effect/Effect"
import { afterEach, describe, expect, it } from "vitest"
import { type PlainHandler, serve, type ServeOptions, type Server } from "@postern/node"
import { exchange, statusOf } from "./raw-http.ts"

const started: Array<Server> = []
afterEach(async () => {
  await Effect.runPromise(Effect.forEach(started.splice(0), (server) => server.close()))
})

const start = async (answer: PlainHandler, options: Partial<ServeOptions> = {}): Promise<Server> => {
  const fetch = () => Promise.reject(new Error("asked in the place of the other"))
  const server = await Effect.runPromise(serve({ hostname: "127.0.0.1", port: 0, fetch, answer, ...options }))
  started.push(server)
  return server
}

const LIMIT = 10
const echo: PlainHandler = async ({ header, method, read, url }) => {
  const reading = read(LIMIT)
  const bytes = typeof reading === "function" ? await reading() : reading
  const body = bytes === undefined ? "too long" : new TextDecoder().decode(bytes)
  return { status: 200, headers: { "x-was": typeof reading }, body: [method, url, header("x-a"), body].join(" ") }
}

const bodyOf = (answer: string): string => answer.slice(answer.indexOf("\r\n\r\n") + 4)
const head = (lines: ReadonlyArray<string>, target = "/a?b"): string =>
  [`POST ${target} HTTP/1.1`, "Host: evil.example", "Connection: close", ...lines, "", ""].join("\r\n")

/** What a server answers to pieces, each of which is sent once the server is `ready` for it. */
const inPieces = (
  port: number,
  pieces: ReadonlyArray<string>,
  ready: (received: string) => boolean = () => true
): Promise<string> =>
  new Promise((resolve, reject) => {
    let received = ""
    const socket = connect(port, "127.0.0.1")
    socket.on("data", (chunk) => (received += chunk.toString()))
    socket.on("close", () => resolve(received))
    socket.on("error", reject)
    void (async () => {
      for (const piece of pieces) {
        socket.write(piece)
        do await new Promise((done) => setTimeout(done, 5))
        while (!ready(received) && !socket.destroyed)
      }
    })()
  })

describe("a plain handler", () => {
  it("is told method, URL, headers and body, and its answer is sent", async () => {
    const { port } = await start(echo, { origin: "https://mcp.example" })
    const answer = await exchange(port, `${head(["X-A: 1", "X-a: 2", "Content-Length: 5"])}hello`)
    expect(statusOf(answer)).toBe(200)
    expect(bodyOf(answer)).toBe("POST https://mcp.example/a?b 1, 2 hello")
    expect(answer).toContain("x-was: object")
  })

  it("reads a body that comes later, and one without a length", async () => {
    let asked = 0
    const { port } = await start((request) => {
      asked += 1
      return echo(request)
    })
    const later = await inPieces(port, [head(["Content-Length: 5"]), "he", "llo"], () => asked > 0)
    expect(later).toContain("x-was: function")
    expect(bodyOf(later)).toMatch(/ hello$/)
    const chunked = await exchange(port, `${head(["Transfer-Encoding: chunked"])}5\r\nhello\r\n0\r\n\r\n`)
    expect(bodyOf(chunked)).toMatch(/ hello$/)
    expect(bodyOf(await exchange(port, head([])))).toMatch(/ $/)
  })

  it("gets nothing of a body that is too long, however it comes", async () => {
    const { port } = await start(echo)
    const long = "0123456789x"
    for (const pieces of [
      [`${head(["Content-Length: 11"])}${long}`],
      [head(["Content-Length: 11"]), long],
      [`${head(["Transfer-Encoding: chunked"])}b\r\n${long}\r\n0\r\n\r\n`],
      [head(["Transfer-Encoding: chunked"]), `b\r\n${long}\r\n0\r\n\r\n`]
    ]) {
      expect(bodyOf(await inPieces(port, pieces))).toMatch(/ too long$/)
    }
  })

  it("answers one request after another on a connection", async () => {
    const { port } = await start(echo)
    const one = head(["Content-Length: 3"]).replace("Connection: close\r\n", "")
    const last = head(["Content-Length: 3"])
    const answers = await exchange(port, `${one}one${one}two${last}end`)
    expect([...answers.matchAll(/ (one|two|end)/g)].map(([, word]) => word)).toEqual(["one", "two", "end"])
  })

  it("says that it wants a body to whoever waits for that, and not where it is too long", async () => {
    const { port } = await start(echo)
    const expecting = (length: number) => head([`Content-Length: ${length}`, "Expect: 100-continue"])
    const wanted = await inPieces(port, [expecting(5), "hello"], (received) => received.includes(" 100 "))
    expect(wanted).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
    expect(wanted).toMatch(/ hello$/)
    const unwanted = await inPieces(port, [expecting(11)])
    expect(unwanted).toMatch(/^HTTP\/1\.1 200 /)
    expect(unwanted).toMatch(/ too long$/)
  })

  it("is not asked for a target that is no path", async () => {
    const { port } = await start(echo)
    for (const target of ["*", "/a\\b", "/a#b", "ftp://evil.example/"]) {
      expect([target, statusOf(await exchange(port, head([], target)))]).toEqual([target, 400])
    }
  })

  it("has a length in every answer but one that may have none", async () => {
    const lengthOf = async (status: number, method = "POST") => {
      const { port } = await start(async () => ({ status, headers: { location: "/b" }, body: null }))
      const answer = await exchange(port, head([]).replace("POST", method))
      expect(statusOf(answer)).toBe(status)
      return /^content-length: (\d+)\r$/im.exec(answer)?.[1]
    }
    expect(await lengthOf(303)).toBe("0")
    expect(await lengthOf(204)).toBeUndefined()
    expect(await lengthOf(200, "HEAD")).toBeUndefined()
  })

  it("that throws is answered 500 with nothing inside, and the operator is told", async () => {
    const defects: Array<unknown> = []
    const bug = new Error("secret detail")
    for (const answer of [
      () => Promise.reject(bug),
      () => {
        throw bug
      }
    ]) {
      const { url } = await start(answer, { onDefect: (error) => void defects.push(error) })
      const response = await fetch(url)
      expect([response.status, await response.json()]).toEqual([500, { error: "server_error" }])
      expect(response.headers.get("cache-control")).toBe("no-store")
    }
    expect(defects).toEqual([bug, bug])
  })
})

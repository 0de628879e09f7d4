import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { NOTES, type Running, SECRET, startRunning } from "./raw-authorization-server/server.ts"
import { ask, basic, FORM, headerOf, makeKey, post, tokensOf } from "./raw-authorization-server/typed.ts"
import { statusesOf, type } from "./raw-resource-server/wire.ts"

// What one connection can be made to say.

let running: Running
let port = 0
beforeAll(async () => {
  running = await startRunning()
  port = running.port
})
afterAll(() => running.close())

const MACHINE = { grant_type: "client_credentials", client_id: "machine", client_secret: SECRET, resource: NOTES }
const asMachine = (headers: ReadonlyArray<string>) => post(port, "/token", MACHINE, headers)

describe("where a body ends that two readers could see in two places", () => {
  const BODY = "grant_type=x&client_id=app"
  const NEXT = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
  const typed = async (line: string, headers: ReadonlyArray<string>, body: string) =>
    statusesOf(await type(port, [`${line} HTTP/1.1`, "Host: a", FORM, ...headers, "", ""].join("\r\n") + body))

  it.each<[string, ReadonlyArray<string>, string]>([
    ["a length and a transfer coding", ["Content-Length: 5", "Transfer-Encoding: chunked"], `0\r\n\r\n${NEXT}`],
    ["a transfer coding and a length", ["Transfer-Encoding: chunked", "Content-Length: 5"], `0\r\n\r\n${NEXT}`],
    ["two lengths", ["Content-Length: 26", "Content-Length: 3"], BODY + NEXT],
    ["a transfer coding that is not chunked", ["Transfer-Encoding: xchunked"], `0\r\n\r\n${NEXT}`],
    ["chunked that is not the last", ["Transfer-Encoding: chunked, identity"], `0\r\n\r\n${NEXT}`],
    ["chunks that end with a line feed", ["Transfer-Encoding: chunked"], `1a\n${BODY}\n0\n\n`],
    ["a line feed in a chunk's extension", ["Transfer-Encoding: chunked"], `1a;a\n${BODY}\r\n0\r\n\r\n`],
    ["a space before the colon", ["Content-Length : 26"], BODY],
    ["a second host", ["Host: b", "Content-Length: 26"], BODY],
    ["a folded line", ["Authorization:\r\n Basic x", "Content-Length: 26"], BODY]
  ])("is refused and the connection ended: %s", async (_, headers, body) => {
    expect((await typed("POST /token", headers, body)).at(-1)).toBe(400)
  })

  it("is the same for all in a request that is refused before its body is read", async () => {
    const inside = [`Content-Length: ${NEXT.length}`]
    expect(await typed("GET /jwks", inside, NEXT + NEXT)).toEqual([200, 200])
    expect(await typed("POST /nowhere", inside, NEXT + NEXT)).toEqual([404, 200])
    expect(await typed("PUT /token", inside, NEXT + NEXT)).toEqual([405, 200])
  })

  it("is not waited for beyond 64 kB", async () => {
    expect((await ask(port, "POST /token", [FORM], "a=".padEnd(65_537, "x"))).status).toBe(413)
    const piece = `4000\r\n${"x".repeat(0x4000)}\r\n`
    expect((await typed("POST /token", ["Transfer-Encoding: chunked"], piece.repeat(5)))[0]).toBe(413)
    expect(await typed("POST /token", ["Content-Length: 5000000000"], "")).toEqual([413])
  })
})

describe("a head", () => {
  it("has one Authorization line", async () => {
    const revoke = (...headers: ReadonlyArray<string>) => post(port, "/revoke", { token: "x" }, headers)
    const [good, bad] = [basic("web"), basic("web", "bad")]
    expect((await revoke(good)).status).toBe(200)
    for (const two of [
      [good, bad],
      [bad, good],
      [good, good],
      [good, "Authorization: "]
    ]) {
      expect((await revoke(...two)).status).toBe(401)
    }
  })

  it("has one DPoP line, whose proof counts once", async () => {
    const prove = makeKey(port)
    const first = await asMachine([prove("")])
    expect(JSON.parse(first.body).error).toBe("use_dpop_nonce")
    const nonce = headerOf(first, "dpop-nonce") ?? ""
    const proof = prove(nonce)
    expect((await asMachine([prove(nonce), "DPoP: "])).status).toBe(400)
    expect((await asMachine([prove(nonce), prove(nonce)])).status).toBe(400)
    expect((await asMachine(["DPoP: "])).status).toBe(400)
    expect(tokensOf(await asMachine([proof]))["token_type"]).toBe("DPoP")
    expect((await asMachine([proof])).status).toBe(400)
  })

  it("names one type of body, and no other method than the one of its line", async () => {
    const body = `grant_type=client_credentials&client_id=machine&client_secret=${SECRET}&resource=${NOTES}`
    const typed = (...headers: ReadonlyArray<string>) => ask(port, "POST /token", headers, body)
    expect((await typed(FORM)).status).toBe(200)
    expect((await typed(`${FORM}; charset=utf-8`)).status).toBe(200)
    expect((await typed(FORM, "Content-Type: application/json")).status).toBe(400)
    expect((await typed(`${FORM}; charset=iso-8859-1`)).status).toBe(400)
    expect((await ask(port, `POST /token?${body}`, [FORM], "")).status).toBe(401)
    const override = ["X-HTTP-Method-Override: DELETE", "Authorization: Bearer x", FORM]
    expect((await ask(port, "POST /register/x", override, "")).status).toBe(405)
  })

  it.each(["/%74oken", "//token", "/token/", "/TOKEN", "/token;x", "/token%00"])(
    "with %s names no endpoint",
    async (path) => {
      expect((await ask(port, `POST ${path}`, [FORM], "grant_type=x")).status).toBe(404)
    }
  )

  it("of any page may ask for data, never with its cookies, and for no page of ours", async () => {
    const origin = "Origin: https://evil.example"
    const preflight = await ask(port, "OPTIONS /token", [origin, "Access-Control-Request-Method: POST"])
    expect([preflight.status, headerOf(preflight, "access-control-allow-origin")]).toEqual([204, "*"])
    expect(preflight.head).not.toMatch(/allow-credentials/i)
    for (const path of ["/authorize?client_id=app", "/interaction?interaction=x"]) {
      expect((await ask(port, `GET ${path}`, [origin])).head).not.toMatch(/access-control/i)
    }
    expect((await post(port, "/consent", { interaction: "x", csrf: "x" }, [origin])).status).toBe(403)
  })
})

import { makeClientIdMetadata, serveClientIdMetadata } from "@postern/client-flow/client-id-metadata"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"

const PLACE = "https://app.example.com/oauth/client.json"
const make = (client_name: string) =>
  Result.getOrThrow(
    makeClientIdMetadata({ url: PLACE, redirectUris: ["http://127.0.0.1/callback"], clientMetadata: { client_name } })
  )
const metadata = make("Notes reader – ノート")
const handler = serveClientIdMetadata(metadata)
const ask = (init: RequestInit = {}, url = PLACE) => handler(new Request(url, init))
const tagOf = async (handle = handler) => (await handle(new Request(PLACE))).headers.get("etag") ?? ""

describe("the handler of a document", () => {
  it("[CIM-40] serves it byte for byte, as JSON, to be kept for five minutes, and to web pages as well", async () => {
    const response = await ask()
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(metadata.text)
    expect(Object.fromEntries(response.headers)).toEqual({
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "ETag",
      "cache-control": "public, max-age=300",
      "content-length": String(new TextEncoder().encode(metadata.text).length),
      "content-type": "application/json",
      etag: await tagOf(),
      "x-content-type-options": "nosniff"
    })
  })

  it("has a strong tag, the same in every process, and another for another document", async () => {
    expect(await tagOf()).toMatch(/^"[A-Za-z0-9_-]{43}"$/)
    expect(await tagOf(serveClientIdMetadata(make("Notes reader – ノート")))).toBe(await tagOf())
    expect(await tagOf(serveClientIdMetadata(make("Notes writer")))).not.toBe(await tagOf())
  })

  it("answers HEAD as GET, without the document", async () => {
    const [head, get] = [await ask({ method: "HEAD" }), await ask()]
    expect([head.status, await head.text()]).toEqual([200, ""])
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers))
  })

  it.each(["T", "W/T", `"a,b", T`, `"x" , W/T`, "*"])("does not send it again to whoever has it: %s", async (tags) => {
    const value = tags.replace("T", await tagOf())
    for (const method of ["GET", "HEAD"]) {
      const response = await ask({ method, headers: { "if-none-match": value } })
      expect([response.status, await response.text()]).toEqual([304, ""])
      expect(response.headers.get("etag")).toBe(await tagOf())
      expect(response.headers.get("cache-control")).toBe("public, max-age=300")
      expect(response.headers.get("access-control-allow-origin")).toBe("*")
      expect(response.headers.has("content-type")).toBe(false)
    }
  })

  it.each([`"other"`, `T without quotes`, `""`, "x*"])("sends it where another is held: %s", async (tags) => {
    const value = tags.replace("T", (await tagOf()).slice(1, -1))
    expect((await ask({ headers: { "if-none-match": value } })).status).toBe(200)
  })

  it.each(["POST", "PUT", "DELETE", "PATCH"])("answers %s with the methods that there are", async (method) => {
    const response = await ask({ method })
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"])
    expect(await response.text()).toBe("")
  })

  it("lets a web page ask whether it changed", async () => {
    const response = await ask({ method: "OPTIONS" })
    expect(response.status).toBe(204)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD",
      "access-control-allow-headers": "If-None-Match"
    })
    expect(response.headers.has("access-control-allow-credentials")).toBe(false)
  })

  it("serves it at its own place alone, by whichever name a proxy asks", async () => {
    expect((await ask({}, "http://10.0.0.7:8080/oauth/client.json")).status).toBe(200)
    for (const other of ["/oauth/client.json/", "/oauth/client.json?x", "/", "/oauth/Client.json"]) {
      const response = await ask({}, new URL(other, PLACE).href)
      expect([response.status, response.headers.get("cache-control")], other).toEqual([404, "no-store"])
    }
  })
})

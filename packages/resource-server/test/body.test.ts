import { describe, expect, it } from "vitest"
import { checkMediaType, readBody } from "../src/body.ts"

const R = "https://mcp.example.com/mcp"
const utf8 = new TextEncoder()

const posted = (body: BodyInit, headers: Record<string, string> = {}): Request =>
  new Request(R, { method: "POST", body, duplex: "half", headers } as RequestInit)

/** A stream that counts what was asked of it. */
const counted = (chunk: Uint8Array<ArrayBuffer>, chunks: number) => {
  const seen = { chunks: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: (controller) => {
        if (seen.chunks >= chunks) return controller.close()
        seen.chunks++
        controller.enqueue(chunk)
      },
      cancel: () => {
        seen.cancelled = true
      }
    },
    { highWaterMark: 0 }
  )
  return { seen, body }
}

describe("a body", () => {
  it("is read whole, whatever pieces it comes in", async () => {
    const { body } = counted(utf8.encode("héllo "), 5000)
    const bytes = await readBody(posted(body), 100_000)
    expect(bytes instanceof Uint8Array && new TextDecoder().decode(bytes)).toBe("héllo ".repeat(5000))
    expect(await readBody(posted("x"), 1)).toEqual(utf8.encode("x"))
    expect(await readBody(posted(""), 10)).toEqual(new Uint8Array())
    expect(await readBody(new Request(R, { method: "POST" }), 10)).toEqual(new Uint8Array())
  })

  it("is read up to its limit and not a byte further", async () => {
    expect(await readBody(posted("12345"), 5)).toEqual(utf8.encode("12345"))
    expect(await readBody(posted("123456"), 5)).toBe("too-large")
    const { body, seen } = counted(new Uint8Array(1000), 1_000_000)
    expect(await readBody(posted(body), 4500)).toBe("too-large")
    expect(seen).toEqual({ chunks: 5, cancelled: true })
  })

  it("that announces more than is read is not begun", async () => {
    const { body, seen } = counted(new Uint8Array(1000), 10)
    expect(await readBody(posted(body, { "content-length": "10000" }), 4500)).toBe("too-large")
    expect(seen).toEqual({ chunks: 0, cancelled: true })
    expect(await readBody(posted("123456", { "content-length": "1" }), 5)).toBe("too-large")
    expect(await readBody(posted("12345", { "content-length": "x" }), 5)).toEqual(utf8.encode("12345"))
  })

  it("that breaks off, or is no bytes, is unreadable", async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) })
    expect(await readBody(posted(broken), 10)).toBe("unreadable")
    const texts = new ReadableStream({ pull: (controller) => controller.enqueue("text") })
    expect(await readBody(posted(texts), 10)).toBe("unreadable")
    const failing = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(100)),
      cancel: () => Promise.reject(new Error("gone"))
    })
    expect(await readBody(posted(failing), 10)).toBe("too-large")
  })

  it("that something else has read is a mistake of ours", async () => {
    const request = posted("x")
    await request.text()
    await expect(readBody(request, 10)).rejects.toThrow("the guard comes before whatever reads the body")
  })
})

describe("the media type", () => {
  const check = (headers: Readonly<Record<string, string>>, body = "{}") =>
    checkMediaType({ method: "POST", target: "/mcp", header: (name) => headers[name] ?? null }, utf8.encode(body))?._tag

  it.each([
    "application/json",
    "Application/JSON; charset=utf-8",
    "application/json;charset=UTF-8",
    'application/json; charset="utf-8"',
    "application/json ; profile=x",
    "application/json;"
  ])("may be %j", (type) => {
    expect(check({ "content-type": type })).toBeUndefined()
  })

  it.each([
    "",
    "text/plain",
    "text/json",
    "application/jsonx",
    "application/json-seq",
    "application/json/x",
    "xapplication/json",
    "multipart/form-data; boundary=application/json",
    "application/json, text/plain",
    "application/json; x=1, text/plain",
    "application/json; charset=utf-8, application/json",
    "application/json; charset=utf-16",
    'application/json; x=1; charset="utf-7"',
    "application/json; charset=iso-8859-1"
  ])("may not be %j", (type) => {
    expect(check({ "content-type": type })).toBe("MediaTypeUnsupported")
  })

  it("is needed, and so is a body as it is", () => {
    expect(check({})).toBe("MediaTypeUnsupported")
    const type = { "content-type": "application/json" }
    for (const encoding of ["gzip", "br", "deflate", "identity, gzip", "x"]) {
      expect(check({ ...type, "content-encoding": encoding })).toBe("MediaTypeUnsupported")
    }
    expect(check({ ...type, "content-encoding": "Identity" })).toBeUndefined()
  })

  it("of a form is refused, and as a second token if it has one", () => {
    const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }
    expect(check(form, "access_token=x")).toBe("CredentialsRepeated")
    expect(check(form, "a=1&%61ccess_token=x")).toBe("CredentialsRepeated")
    expect(check(form, "a=access_token")).toBe("MediaTypeUnsupported")
    expect(check({ "content-type": "application/json" }, "access_token=x")).toBeUndefined()
  })
})

import { makeTransport, type SafeRequest } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"

const BYTES = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xff, 0x00)
const IMAGE: SafeRequest = { url: "https://app.example.com/logo.png", types: ["image/png", "image/jpeg"] }

const ask = (answer: () => Response, request: SafeRequest = IMAGE) =>
  Effect.runPromise(
    Effect.match(makeTransport({ fetch: async () => answer(), bounds: { maximumBytes: 6 } }).fetch(request), {
      onSuccess: ({ bytes, status, text }) => ({ bytes, status, text }),
      onFailure: ({ reason }) => reason
    })
  )

const answer = (type: string | undefined, body: Uint8Array<ArrayBuffer> = BYTES, status = 200) =>
  new Response(body, { status, headers: type === undefined ? {} : { "content-type": type } })

describe("an answer to a request that names its types", () => {
  it("comes as bytes, untouched, where it is declared as one of them", async () => {
    for (const type of ["image/png", "IMAGE/PNG", "image/jpeg; x=y"]) {
      expect(await ask(() => answer(type))).toEqual({ status: 200, text: "", bytes: BYTES })
    }
  })

  it("is refused where it is declared as another one, or as none", async () => {
    for (const type of ["image/svg+xml", "text/html", "application/json", "image/pngx", undefined]) {
      expect(await ask(() => answer(type)), type).toBe("content-type")
    }
  })

  it("keeps to all bounds", async () => {
    expect(await ask(() => answer("image/png", new Uint8Array(7)))).toBe("too-large")
    expect(await ask(() => new Response(null, { status: 302 }))).toBe("redirect")
    expect(await ask(() => answer("image/png"), { ...IMAGE, url: "https://10.0.0.1/logo.png" })).toBe(
      "address-forbidden"
    )
  })

  it("is text like any other where its status is an error", async () => {
    expect(await ask(() => answer("text/html", new TextEncoder().encode("gone"), 404))).toEqual({
      status: 404,
      text: "gone",
      bytes: undefined
    })
  })

  it("is JSON where it names none", async () => {
    expect(await ask(() => answer("image/png"), { url: IMAGE.url })).toBe("content-type")
  })
})

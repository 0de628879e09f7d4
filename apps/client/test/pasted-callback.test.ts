import { PassThrough } from "node:stream"
import { describe, expect, it } from "vitest"
import { pastedCallback } from "../src/pasted-callback.ts"

const REDIRECT_URI = "http://127.0.0.1:8765/callback"

describe("a pasted callback", () => {
  it("is the first line that begins with the redirect URI and has a query", async () => {
    const input = new PassThrough()
    let refused = 0
    const { callback, close } = pastedCallback(REDIRECT_URI, input, () => (refused += 1))
    input.write("https://elsewhere.example/callback?code=1\n\n")
    input.write(`${REDIRECT_URI}/deeper?code=2\n${REDIRECT_URI}\n`)
    input.write(`  ${REDIRECT_URI}?code=3&state=s\n${REDIRECT_URI}?code=4\n`)
    expect(await callback).toBe(`${REDIRECT_URI}?code=3&state=s`)
    expect(refused).toBe(3)
    close()
  })
})

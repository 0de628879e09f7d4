import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { TransportFailed } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { makeTrace } from "../../src/trace/trace.ts"
import type { Har } from "../../src/trace/har.ts"

const CODE = "SplxlOBeZQQYbYS6WxSbIA"

describe("a trace", () => {
  let folder = ""
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-trace-"))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const written = async (trace: { readonly write: (path: string) => Promise<void> }) => {
    const path = join(folder, "trace.har")
    await trace.write(path)
    return JSON.parse(await readFile(path, "utf8")) as Har
  }

  it("[LOG-01] takes a secret out of the sentence in which a server repeats it", async () => {
    const trace = makeTrace({ name: "test", version: "1" })
    const transport = trace.transport({
      fetch: ({ url }) =>
        Effect.succeed({
          status: 400,
          headers: new Headers({ "content-type": "application/json" }),
          text: JSON.stringify({ error: "invalid_grant", error_description: `the code ${CODE} is unknown` }),
          url
        })
    })
    await Effect.runPromise(
      transport.fetch({
        url: "https://as.example/token",
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: `code=${CODE}`
      })
    )
    const { entries } = (await written(trace)).log
    expect(entries[0]?.response.content.text).toBe(
      '{"error":"invalid_grant","error_description":"the code REDACTED is unknown"}'
    )
  })

  it("has what never came back, with the reason", async () => {
    const trace = makeTrace({ name: "test", version: "1" }, () => Promise.reject(new TypeError("refused")))
    const transport = trace.transport({
      fetch: ({ url }) => Effect.fail(new TransportFailed({ reason: "tls", url }))
    })
    await Effect.runPromise(Effect.ignore(transport.fetch({ url: "https://as.example/token" })))
    await expect(trace.fetch("https://mcp.example/mcp")).rejects.toThrow("refused")
    const { entries } = (await written(trace)).log
    expect(entries.map(({ comment, response }) => [response.status, comment])).toEqual([
      [0, "the fetch of https://as.example/token failed (tls)"],
      [0, "no answer came"]
    ])
  })

  it("passes a stream on and does not read it", async () => {
    let cancelled = false
    const body = new ReadableStream({ cancel: () => void (cancelled = true) })
    const answer = new Response(body, { headers: { "content-type": "text/event-stream" } })
    const trace = makeTrace({ name: "test", version: "1" }, () => Promise.resolve(answer))
    const response = await trace.fetch("https://mcp.example/mcp", { method: "POST", body: '{"id":1}' })
    await response.body?.cancel()
    expect(cancelled).toBe(true)
    const { entries } = (await written(trace)).log
    expect(entries[0]?.response).toMatchObject({
      status: 200,
      bodySize: -1,
      content: { mimeType: "text/event-stream" }
    })
  })
})

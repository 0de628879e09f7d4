import { makeTransport } from "@postern/safe-fetch"
import { createTransport, toPromiseTransport } from "@postern/safe-fetch/promise"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"

describe("the Promise face", () => {
  it("resolves to a Result for an answer and for a refusal", async () => {
    const transport = createTransport({ fetch: async () => Response.json({ a: 1 }) })
    const answered = await transport.fetch({ url: "https://as.example.com/" })
    expect(Result.isSuccess(answered) && answered.success).toMatchObject({ status: 200, text: '{"a":1}' })
    expect(await transport.fetch({ url: "https://10.0.0.1/" })).toMatchObject({
      failure: { _tag: "FetchRejected", reason: "address-forbidden" }
    })
  })

  it("rejects with the reason of an abort", async () => {
    const transport = toPromiseTransport(makeTransport({ fetch: () => new Promise(() => undefined) }))
    const controller = new AbortController()
    const answered = transport.fetch({ url: "https://as.example.com/" }, { signal: controller.signal })
    controller.abort(new Error("enough"))
    await expect(answered).rejects.toThrow("enough")
  })
})

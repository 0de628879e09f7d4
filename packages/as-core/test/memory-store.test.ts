import { describe, expect, it } from "vitest"
import * as Effect from "effect/Effect"
import { makeMemoryStore } from "./memory-store.ts"

describe("the store of these tests", () => {
  it("answers its check, or fails it when told", async () => {
    const store = makeMemoryStore()
    expect(await Effect.runPromise(store.check)).toBeUndefined()
    store.mode = "failed"
    expect(await Effect.runPromise(Effect.flip(store.check))).toMatchObject({
      _tag: "StoreFailed",
      operation: "check",
      message: "the store failed at check"
    })
  })
})

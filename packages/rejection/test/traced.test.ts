import { traced } from "@postern/rejection/traced"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import { describe, expect, it } from "vitest"

describe("traced", () => {
  it("draws a span for a tracer that somebody has provided, and none otherwise", async () => {
    const names: Array<string> = []
    const tracer = Tracer.make({
      span: (options) => {
        names.push(options.name)
        return new Tracer.NativeSpan(options)
      }
    })
    const current = traced("work", Effect.option(Effect.currentSpan))
    expect((await Effect.runPromise(current))._tag).toBe("None")
    expect(names).toEqual([])
    expect(await Effect.runPromise(Effect.withTracer(current, tracer))).toMatchObject({ value: { name: "work" } })
    expect(names).toEqual(["work"])
  })
})

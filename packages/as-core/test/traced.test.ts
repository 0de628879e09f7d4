import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import { describe, expect, it } from "vitest"
import { ISSUER, makeWorld } from "./fixture.ts"

describe("a request", () => {
  it("is one span for a tracer that somebody has provided", async () => {
    const names: Array<string> = []
    const tracer = Tracer.make({
      span: (options) => {
        names.push(options.name)
        return new Tracer.NativeSpan(options)
      }
    })
    const { server } = await makeWorld()
    const request = () => new Request(`${ISSUER}/jwks`)
    expect((await Effect.runPromise(server.handle(request()))).status).toBe(200)
    expect((await Effect.runPromise(Effect.withTracer(server.handle(request()), tracer))).status).toBe(200)
    expect(names).toEqual(["as-core.handle"])
  })
})

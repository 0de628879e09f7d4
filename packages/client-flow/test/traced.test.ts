import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import { expect, it } from "vitest"
import { call, makeWorld, RESOURCE } from "./world.ts"

it("draws the flow for a tracer that somebody has provided, and what it fetches below", async () => {
  const drawn: Array<string> = []
  const tracer = Tracer.make({
    span: (options) => {
      const { name, parent } = options
      drawn.push(parent._tag === "Some" && parent.value._tag === "Span" ? `${parent.value.name} > ${name}` : name)
      return new Tracer.NativeSpan(options)
    }
  })
  const client = makeWorld().client()
  await Effect.runPromise(Effect.withTracer(client.fetch(RESOURCE, call()), tracer))
  // Two documents, the registration, the token.
  const fetches = Array.from({ length: 4 }, () => "client-flow.fetch > safe-fetch.fetch")
  expect(drawn).toEqual(["client-flow.fetch", ...fetches])
})

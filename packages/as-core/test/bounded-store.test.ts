import type { Store, StoreFailed } from "@postern/as-core"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { makeWorld, obtainCode, obtainTokens, refreshRequest, tokenRequest } from "./fixture.ts"
import { makeMemoryStore } from "./memory-store.ts"

type Operation = "findCode" | "redeem" | "rotate"
type Led = <A>(call: Effect.Effect<A, StoreFailed>) => Effect.Effect<A, StoreFailed>

/** A server over a store of which one call may be led astray, and whose patience ends at once then. */
const makeStrayWorld = async () => {
  const memory = makeMemoryStore()
  let astray: { readonly at: Operation; readonly led: Led } | undefined
  const follow = <A>(operation: Operation, call: Effect.Effect<A, StoreFailed>): Effect.Effect<A, StoreFailed> =>
    Effect.suspend(() => {
      if (astray?.at !== operation) return call
      world.impatient = true
      return astray.led(call)
    })
  const store: Store = {
    ...memory,
    findCode: (codeHash) => follow("findCode", memory.findCode(codeHash)),
    redeem: (change) => follow("redeem", memory.redeem(change)),
    rotate: (change) => follow("rotate", memory.rotate(change))
  }
  const world = await makeWorld({ store })
  const answerAstray = async (at: Operation, led: Led, request: Request) => {
    astray = { at, led }
    const response = await world.handle(request)
    astray = undefined
    world.impatient = false
    return [response.status, response.headers.get("retry-after"), await response.json()]
  }
  return { world, answerAstray }
}

const UNAVAILABLE = [503, "5", { error: "temporarily_unavailable" }]

describe("a store that does not answer in time", () => {
  it.for(["findCode", "redeem"] as const)(
    "[CON-10] at %s: 503 and when to come back, and the code is good",
    async (at) => {
      const { answerAstray, world } = await makeStrayWorld()
      const code = await obtainCode(world)
      expect(await answerAstray(at, () => Effect.never, tokenRequest({ code }))).toEqual(UNAVAILABLE)
      expect(world.events).toContainEqual({ event: "unavailable", detail: `the store failed at ${at}` })
      expect((await world.handle(tokenRequest({ code }))).status).toBe(200)
    }
  )

  it("[CON-05] whoever was not told of a rotation comes back in the replay window and gets its answer", async () => {
    const { answerAstray, world } = await makeStrayWorld()
    const { refresh_token } = await obtainTokens(world)
    const lost: Led = (call) => Effect.andThen(call, Effect.never)
    expect(await answerAstray("rotate", lost, refreshRequest(refresh_token))).toEqual(UNAVAILABLE)
    // The three seconds that it took to find out, the five of `Retry-After`, and one to get here.
    world.now += 9
    const again = await world.handle(refreshRequest(refresh_token))
    expect(again.status).toBe(200)
    const { refresh_token: next } = (await again.json()) as { readonly refresh_token: string }
    expect((await world.handle(refreshRequest(next))).status).toBe(200)
  })

  it("is told to stop, and not waited for", async () => {
    const { answerAstray, world } = await makeStrayWorld()
    const code = await obtainCode(world)
    let told = false
    const deaf: Led = () =>
      Effect.onInterrupt(Effect.never, () => {
        told = true
        return Effect.never
      })
    expect(await answerAstray("redeem", deaf, tokenRequest({ code }))).toEqual(UNAVAILABLE)
    expect(told).toBe(true)
  })
})

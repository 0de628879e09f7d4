import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { makePlatformTransport as makeElsewhere } from "../src/platform.ts"
import { makePlatformTransport as makeOnNode } from "../src/platform-node.ts"
import { makePlatformTransport } from "@postern/safe-fetch/platform"
import { json, listenHttp } from "./listening.ts"

describe("the transport of the platform", () => {
  it("is the one that dials the checked address on Node.js", () => {
    expect(makePlatformTransport).toBe(makeOnNode)
  })

  it("keeps no connection on Node.js, as the platform's fetch would", async () => {
    const seen: Array<string | undefined> = []
    const server = await listenHttp((request, response) => {
      seen.push(request.headers.connection)
      json({})(request, response)
    })
    const url = `http://127.0.0.1:${server.port}/x`
    const transport = makePlatformTransport({ bounds: { trust: { operator: [url] } } })
    await Effect.runPromise(Effect.andThen(transport.fetch({ url }), transport.fetch({ url })))
    expect(seen).toEqual(["close", "close"])
  })

  it("is the same to its caller everywhere", async () => {
    const server = await listenHttp(json({ a: 1 }))
    const url = `http://127.0.0.1:${server.port}/x`
    for (const make of [makeOnNode, makeElsewhere]) {
      const operator = make({ bounds: { trust: { operator: [url] } } })
      expect((await Effect.runPromise(operator.fetch({ url }))).text).toBe('{"a":1}')
      expect((await Effect.runPromise(Effect.flip(make().fetch({ url }))))._tag).toBe("FetchRejected")
    }
  })
})

import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { makePlatformTransport as makeElsewhere } from "../src/platform.ts"
import { makePlatformTransport as makeOnNode } from "../src/platform-node.ts"
import { makeTransport } from "@postern/safe-fetch"
import { makeNodeTransport } from "@postern/safe-fetch/node"
import { makePlatformTransport } from "@postern/safe-fetch/platform"
import { createTransport } from "@postern/safe-fetch/promise"
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

  it("refuses an option that it does not have, and one that is none", () => {
    const url = "https://as.example.com"
    for (const make of [makeOnNode, makeElsewhere]) {
      for (const [options, said] of [
        [{ bound: { trust: { operator: [url] } } }, "bound is wrong: there is no such option"],
        [{ fetch }, "fetch is wrong: there is no such option"],
        [{ ca: "" }, "ca is wrong: there is no such option"],
        [{ bounds: { trust: "operator" } }, "bounds.trust is wrong: it has to be"],
        [null, "options is wrong: it has to be an object"]
      ] as const) {
        expect(() => make(options as never), said).toThrow(`the transport's option ${said}`)
      }
    }
  })
})

describe("the options of a transport", () => {
  it.each([
    [() => makeTransport({ fetch: null as never }), "fetch is wrong: it has to be a function"],
    [() => makeTransport({ lookup: 1 } as never), "lookup is wrong: there is no such option"],
    [() => createTransport({ bound: {} } as never), "bound is wrong: there is no such option"],
    [() => makeNodeTransport({ lookup: "dns" as never }), "lookup is wrong: it has to be a function"],
    [() => makeNodeTransport({ dial: null as never }), "dial is wrong: it has to be a function"],
    [() => makeNodeTransport({ fetch } as never), "fetch is wrong: there is no such option"],
    [
      () => makeNodeTransport({ ca: "/etc/ssl/root.pem" }),
      "ca is wrong: it has to be one PEM certificate or a list of several"
    ],
    [
      () => makeNodeTransport({ ca: [null as never] }),
      "ca is wrong: it has to be one PEM certificate or a list of several"
    ]
  ])("are refused with a sentence, case %#", (make, said) => {
    expect(make).toThrow(`the transport's option ${said}`)
  })
})

import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import {
  ASM_URL,
  call,
  failure,
  ISSUER,
  json,
  makeWorld,
  PRM_URL,
  RESOURCE,
  resourceMetadata,
  ROOT_PRM_URL,
  serverMetadata,
  unauthorized,
  type World
} from "./world.ts"

const OPENID_URL = "https://as.example.com/.well-known/openid-configuration"

/** The places that the events tell of, without what is the same in all. */
const told = (world: World) =>
  world.events.flatMap((event) => {
    if (event._tag !== "MetadataTried") return []
    const { _tag, ...attempt } = event
    return [attempt]
  })

/** A server whose challenge says nothing about its metadata. */
const silent = (): World => {
  const world = makeWorld()
  world.routes.set(RESOURCE, ({ headers }) => (headers.has("authorization") ? json({}) : unauthorized("")))
  return world
}

describe("the trace of a discovery", () => {
  it("[PRM-12] [ASM-03] has every place that was tried, in order, with what it answered", async () => {
    const world = silent()
    world.routes.delete(PRM_URL)
    world.routes.set(ROOT_PRM_URL, () => json(resourceMetadata({ resource: "https://mcp.example.com" })))
    world.routes.set(ASM_URL, () => new Response("", { status: 410 }))
    world.routes.set(OPENID_URL, () => json(serverMetadata()))
    await Effect.runPromise(world.client().fetch(RESOURCE, call()))
    const tried = [
      { url: PRM_URL, outcome: "not-found", status: 404 },
      { url: ROOT_PRM_URL, outcome: "accepted", status: 200 },
      { url: ASM_URL, outcome: "not-found", status: 410 },
      { url: OPENID_URL, outcome: "accepted", status: 200 }
    ]
    const [prm, asm] = ["protected-resource-metadata", "authorization-server-metadata"]
    expect(told(world)).toEqual(tried.map((attempt, at) => ({ purpose: at < 2 ? prm : asm, ...attempt })))
    expect(world.events).toContainEqual({ _tag: "ServerFound", resource: RESOURCE, issuer: ISSUER, tried })
  })

  it("stands in the rejection where nothing was found", async () => {
    const world = makeWorld()
    world.routes.delete(ASM_URL)
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ServerMetadataNotFound",
      tried: [
        { url: ASM_URL, outcome: "not-found", status: 404 },
        { url: OPENID_URL, outcome: "not-found", status: 404 }
      ]
    })
  })

  it("names the tag of what was refused, and tries nothing after it", async () => {
    const html = () => new Response("<html>", { headers: { "content-type": "text/html" } })
    const other = "https://other.example.com/mcp"
    const cases = [
      [PRM_URL, html, { outcome: "rejected", reason: "FetchRejected" }],
      [PRM_URL, () => json({ resource: RESOURCE }), { outcome: "rejected", status: 200, reason: "MetadataMalformed" }],
      [
        PRM_URL,
        () => json(resourceMetadata({ resource: other })),
        { outcome: "rejected", status: 200, reason: "ResourceMismatch" }
      ],
      [PRM_URL, () => new Response("", { status: 503 }), { outcome: "unavailable", status: 503 }],
      [ASM_URL, () => Promise.reject(new TypeError("down")), { outcome: "unavailable", reason: "TransportFailed" }],
      [
        ASM_URL,
        () => json(serverMetadata({ issuer: other })),
        { outcome: "rejected", status: 200, reason: "IssuerMismatch" }
      ],
      [
        ASM_URL,
        () => json(serverMetadata({ code_challenge_methods_supported: ["plain"] })),
        { outcome: "rejected", status: 200, reason: "PkceUnsupported" }
      ]
    ] as const
    for (const [url, answer, attempt] of cases) {
      const world = silent()
      world.routes.set(url, answer)
      await failure(world.client().fetch(RESOURCE, call()))
      expect(told(world).at(-1)).toEqual({ purpose: expect.any(String), url, ...attempt })
      expect(world.urls().at(-1)).toBe(url)
    }
  })

  it("shows no value of a query", async () => {
    const secret = `${PRM_URL}?ticket=hunter2`
    const world = makeWorld()
    world.routes.delete(PRM_URL)
    world.routes.set(RESOURCE, () => unauthorized(`resource_metadata="${secret}"`))
    const error = await failure(world.client().fetch(RESOURCE, call()))
    expect(error).toMatchObject({ tried: [{ url: `${PRM_URL}?ticket=<redacted>` }] })
    expect(JSON.stringify([error, told(world)])).not.toContain("hunter2")
  })
})

it.each(["protected-resource-metadata", "authorization-server-metadata", "registration", "code-exchange"] as const)(
  "[DOS-08] [PRM-08] [ASM-13] reads no endless answer, and none of more than its bound: %s",
  async (purpose) => {
    const chunk = new TextEncoder().encode(`{"filler":"${"x".repeat(65_536)}`)
    let sent = 0
    const endless = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            sent += chunk.length
            controller.enqueue(chunk)
          }
        }),
        { headers: { "content-type": "application/json" } }
      )
    const places = {
      "protected-resource-metadata": PRM_URL,
      "authorization-server-metadata": ASM_URL,
      registration: "https://as.example.com/register",
      "code-exchange": "https://as.example.com/token"
    }
    const world = makeWorld()
    const bounds = { maximumBytes: 1_000_000 }
    // The body is the stream itself, as a platform hands it on.
    const fetch: typeof globalThis.fetch = async (input, init) =>
      new Request(input, init).url === places[purpose] ? endless() : world.fetch(input, init)
    const error = await failure(world.client({ transport: makeTransport({ fetch, bounds }) }).fetch(RESOURCE, call()))
    expect(error).toMatchObject({ _tag: "FetchRejected", reason: "too-large" })
    expect(sent).toBeLessThan(1_500_000)
    expect(await Effect.runPromise(world.store.findCredentials(RESOURCE, "default"))).toEqual([])
  }
)

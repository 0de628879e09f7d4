import { Failure } from "@postern/rejection"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import {
  call,
  failure,
  insufficientScope,
  ISSUER,
  json,
  makeWorld,
  PRM_URL,
  REGISTER_URL,
  RESOURCE,
  resourceMetadata,
  run,
  TOKEN_URL,
  unauthorized
} from "./world.ts"

class Gone extends Failure("Gone") {}

describe("a request to a resource", () => {
  it("sends the same method, headers and body again after a 401, and gives the answer back as it came", async () => {
    const world = makeWorld()
    const request = new Request(RESOURCE, {
      method: "POST",
      headers: { "mcp-protocol-version": "2026-07-28", authorization: "Bearer stale" },
      body: "the body"
    })
    await Effect.runPromise(world.client().fetch(RESOURCE, request))
    const sent = world.requestsTo(RESOURCE)
    expect(sent.map(({ body, headers, method }) => [method, body, headers.get("mcp-protocol-version")])).toEqual([
      ["POST", "the body", "2026-07-28"],
      ["POST", "the body", "2026-07-28"]
    ])
    expect(sent[0]?.headers.has("authorization")).toBe(false)
  })

  it("does not read a stream that it hands back", async () => {
    const world = makeWorld()
    const client = world.client()
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    let pulled = 0
    const events = new ReadableStream(
      {
        pull: (controller) => {
          pulled++
          controller.enqueue(new TextEncoder().encode(`data: ${pulled}\n\n`))
        }
      },
      { highWaterMark: 0 }
    )
    world.routes.set(RESOURCE, () => new Response(events, { headers: { "content-type": "text/event-stream" } }))
    const response = await Effect.runPromise(client.fetch(RESOURCE, new Request(RESOURCE)))
    expect(response.bodyUsed).toBe(false)
    expect(pulled).toBe(0)
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: 1\n\n")
    await reader?.cancel()
  })

  it.each([
    "https://mcp.example.com/other",
    "https://mcp.example.com/mcpx",
    "https://mcp.example.com/",
    "https://evil.example.com/mcp",
    "https://mcp.example.com:8443/mcp",
    "http://mcp.example.com/mcp"
  ])("[MIX-14] does not carry the token to %s", async (url) => {
    const world = makeWorld()
    const client = world.client()
    await Effect.runPromise(client.fetch(RESOURCE, call()))
    world.seen.length = 0
    expect(await failure(client.fetch(RESOURCE, new Request(url)))).toMatchObject({
      _tag: "RequestOutsideResource",
      resource: RESOURCE
    })
    expect(world.seen).toEqual([])
    expect(await run(client.accessToken(url))).not.toMatchObject({ success: "access-1" })
  })

  it.each(["?tenant=2", "", "?tenant=1&tenant=2", "/sub?tenant=2"])(
    "does not carry the token of a resource with a query to the same path with %j",
    async (rest) => {
      const world = makeWorld()
      const tenant = `${RESOURCE}?tenant=1`
      expect(await failure(world.client().fetch(tenant, new Request(RESOURCE + rest)))).toMatchObject({
        _tag: "RequestOutsideResource"
      })
      expect(world.seen).toEqual([])
    }
  )

  it("goes to a resource with a query", async () => {
    const world = makeWorld()
    const tenant = `${RESOURCE}?tenant=1`
    world.routes.set(`${PRM_URL}?tenant=1`, () => json(resourceMetadata({ resource: tenant })))
    world.routes.set(RESOURCE, ({ headers }) =>
      headers.has("authorization") ? json({}) : unauthorized(`resource_metadata="${PRM_URL}?tenant=1"`)
    )
    expect((await Effect.runPromise(world.client().fetch(tenant, call("read", tenant)))).status).toBe(200)
  })

  it("goes to paths below the resource", async () => {
    const world = makeWorld()
    world.routes.set(`${RESOURCE}/sub`, () => json({ below: true }))
    const response = await Effect.runPromise(world.client().fetch(RESOURCE, new Request(`${RESOURCE}/sub?x=1`)))
    expect(await response.json()).toEqual({ below: true })
  })

  it("[TLS-05] sends nothing to a server without TLS", async () => {
    const world = makeWorld()
    const typed = "http://mcp.example.com"
    const error = await failure(world.client().fetch(typed, new Request(typed)))
    expect(error).toMatchObject({ _tag: "TransportInsecure" })
    expect(await failure(world.client().authorize({ resource: typed }))).toMatchObject({ _tag: "TransportInsecure" })
    expect(await failure(world.client().accessToken(typed))).toMatchObject({ _tag: "TransportInsecure" })
    expect(world.seen).toEqual([])
    expect(await failure(world.client().fetch("mcp.example.com", call()))).toMatchObject({ _tag: "ResourceMalformed" })
  })

  it("[WWA-11] neither follows a redirect nor believes a challenge from where it leads", async () => {
    for (const status of [301, 302, 307, 308]) {
      const world = makeWorld()
      const client = world.client()
      await Effect.runPromise(client.fetch(RESOURCE, call()))
      world.seen.length = 0
      world.routes.set(RESOURCE, () => new Response(null, { status, headers: { location: "https://evil.com/mcp" } }))
      world.routes.set("https://evil.com/mcp", () => unauthorized(`resource_metadata="https://evil.com/prm"`))
      expect(await failure(client.fetch(RESOURCE, call()))).toMatchObject({ _tag: "ResourceRedirected", status })
      expect(world.urls()).toEqual([RESOURCE])
    }
  })

  it("[WWA-12] starts nothing for a challenge in a 200, a 403 without insufficient_scope, or a 407", async () => {
    for (const status of [200, 403, 407]) {
      const world = makeWorld()
      world.routes.set(
        RESOURCE,
        () => new Response("", { status, headers: { "www-authenticate": `Bearer resource_metadata="${PRM_URL}"` } })
      )
      const response = await Effect.runPromise(world.client().fetch(RESOURCE, call()))
      expect(response.status).toBe(status)
      expect(world.urls()).toEqual([RESOURCE])
      expect(world.visits).toEqual([])
    }
  })

  it("[WWA-05] does not follow a challenge that contradicts itself, but the well-known place", async () => {
    const headers = [
      `Bearer resource_metadata="https://a.example/prm", resource_metadata="https://b.example/prm"`,
      `Bearer resource_metadata="https://a.example/prm", Bearer resource_metadata="https://b.example/prm"`,
      `Bearer scope="a", scope="b"`
    ]
    for (const header of headers) {
      const world = makeWorld()
      world.routes.set(RESOURCE, ({ headers }) =>
        headers.has("authorization")
          ? json({})
          : new Response("", { status: 401, headers: { "www-authenticate": header } })
      )
      await Effect.runPromise(world.client().fetch(RESOURCE, call()))
      expect(world.urls()[1]).toBe(PRM_URL)
      expect(world.urls().filter((url) => /a\.example|b\.example/.test(url))).toEqual([])
      expect(world.visits[0]?.parameters.has("scope")).toBe(false)
      expect(world.events.filter(({ _tag }) => _tag === "ChallengeIgnored")).toHaveLength(1)
    }
  })

  it("reports that the server cannot be reached", async () => {
    const world = makeWorld()
    world.routes.set(RESOURCE, () => Promise.reject(new TypeError("refused")))
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({
      _tag: "ResourceUnreachable",
      resource: RESOURCE
    })
  })
})

describe("several requests at once", () => {
  it("share one registration, one authorization and one exchange at a 401", async () => {
    const world = makeWorld()
    const client = world.client()
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => Effect.runPromise(client.fetch(RESOURCE, call())))
    )
    expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(world.visits).toHaveLength(1)
    expect(world.requestsTo(TOKEN_URL)).toHaveLength(1)
  })

  it("to two resources of one server share one registration, and both keep what they got", async () => {
    const world = makeWorld()
    const second = "https://mcp.example.com/second"
    const document = "https://mcp.example.com/.well-known/oauth-protected-resource/second"
    world.routes.set(document, () => json(resourceMetadata({ resource: second })))
    world.routes.set(second, ({ headers }) =>
      headers.has("authorization") ? json({}) : unauthorized(`resource_metadata="${document}"`)
    )
    let registrations = 0
    world.routes.set(REGISTER_URL, async ({ body }) => {
      const client_id = `client-${++registrations}`
      // Long enough for the other to come here, too.
      await new Promise((resolve) => setTimeout(resolve, 200))
      return json({ ...JSON.parse(body), client_id }, 201)
    })
    const client = world.client()
    await Promise.all([
      Effect.runPromise(client.fetch(RESOURCE, call())),
      Effect.runPromise(client.fetch(second, call("read", second)))
    ])
    expect(registrations).toBe(1)
    expect(await Effect.runPromise(client.accessToken(RESOURCE))).toMatch(/^access-/)
    expect(await Effect.runPromise(client.accessToken(second))).toMatch(/^access-/)
  })

  it("share the user's no, too", async () => {
    const world = makeWorld()
    world.answer = ({ parameters, redirectUri }) =>
      `${redirectUri}?error=access_denied&state=${parameters.get("state")}&iss=${encodeURIComponent(ISSUER)}`
    const client = world.client()
    const errors = await Promise.all(Array.from({ length: 10 }, () => failure(client.fetch(RESOURCE, call()))))
    expect(new Set(errors.map(({ _tag }) => _tag))).toEqual(new Set(["AuthorizationRefused"]))
    expect(world.visits).toHaveLength(1)
  })

  it("do two step-ups one after the other, the second with the scopes of the first", async () => {
    const world = makeWorld()
    world.routes.set(RESOURCE, ({ body, headers }) => {
      if (!headers.has("authorization")) return unauthorized(`scope="base", resource_metadata="${PRM_URL}"`)
      const wanted = body.includes("write") ? "write" : "admin"
      const granted = world.visits.at(-1)?.parameters.get("scope")?.split(" ") ?? []
      return granted.includes(wanted) ? json({}) : insufficientScope(wanted)
    })
    const client = world.client()
    await Effect.runPromise(
      client.authorize({ resource: RESOURCE, challenge: { scheme: "bearer", scope: "base", unquoted: [] } })
    )
    await Promise.all(["write", "admin"].map((tool) => Effect.runPromise(client.fetch(RESOURCE, call(tool)))))
    const scopes = world.visits.map(({ parameters }) => parameters.get("scope"))
    expect(scopes).toHaveLength(3)
    expect([...(scopes[2]?.split(" ") ?? [])].sort()).toEqual(["admin", "base", "write"])
  })

  it("stop the flow when nobody waits for it any more, and not before", async () => {
    const world = makeWorld()
    let stopped = 0
    let opened: () => void = () => undefined
    const waiting = new Promise<void>((resolve) => (opened = resolve))
    const client = world.client({
      userAgent: () =>
        Effect.callback<string>(() => {
          opened()
          return Effect.sync(() => void stopped++)
        })
    })
    const controllers = [new AbortController(), new AbortController()]
    const calls = controllers.map(({ signal }) => Effect.runPromiseExit(client.fetch(RESOURCE, call()), { signal }))
    await waiting
    controllers[0]?.abort()
    await calls[0]
    expect(stopped).toBe(0)
    controllers[1]?.abort()
    await calls[1]
    expect(stopped).toBe(1)
    // The next one starts anew.
    expect(
      await failure(world.client({ userAgent: () => Effect.fail(new Gone({})) }).fetch(RESOURCE, call()))
    ).toMatchObject({ _tag: "UserAgentFailed" })
  })
})

describe("a server that is not the one of the metadata", () => {
  it("uses a kept token again after a restart, once the resource named its issuer again", async () => {
    const world = makeWorld()
    await Effect.runPromise(world.client().fetch(RESOURCE, call()))
    world.seen.length = 0
    const response = await Effect.runPromise(world.client().fetch(RESOURCE, call()))
    expect(response.status).toBe(200)
    expect(world.urls()[0]).toBe(PRM_URL)
    expect(world.requestsTo(RESOURCE).map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer access-1"])
    expect(world.visits).toHaveLength(1)
    world.routes.set(PRM_URL, () => json(resourceMetadata({ resource: "https://other.example.com/mcp" })))
    expect(await failure(world.client().fetch(RESOURCE, call()))).toMatchObject({ _tag: "ResourceMismatch" })
  })

  it.each([
    ["a page", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["another resource's document", () => json(resourceMetadata({ resource: "https://mcp.example.com/other" }))],
    ["something that is no document", () => json([])],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "/login" } })]
  ])(
    "uses a kept login after a restart where the well-known place has %s and the challenge knows better",
    async (_, answer) => {
      const world = makeWorld()
      const elsewhere = "https://mcp.example.com/metadata"
      world.routes.set(elsewhere, () => json(resourceMetadata()))
      world.routes.set(PRM_URL, answer)
      const works = world.routes.get(RESOURCE)
      world.routes.set(RESOURCE, async (request) => {
        const response = (await works?.(request)) ?? json({}, 500)
        return response.status === 401 ? unauthorized(`resource_metadata="${elsewhere}"`) : response
      })
      expect((await Effect.runPromise(world.client().fetch(RESOURCE, call()))).status).toBe(200)
      expect((await Effect.runPromise(world.client().fetch(RESOURCE, call()))).status).toBe(200)
      expect(world.visits).toHaveLength(1)
      expect(world.requestsTo(RESOURCE).map(({ headers }) => headers.get("authorization"))).toEqual([
        null,
        "Bearer access-1",
        null,
        "Bearer access-1"
      ])
    }
  )
})

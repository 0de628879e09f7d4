import { EventEmitter } from "node:events"
import type { ChildProcess, SpawnOptions } from "node:child_process"
import type { RequestListener } from "node:http"
import { gzipSync } from "node:zlib"
import { makeClient, memoryStore } from "@postern/client-flow"
import { openBrowser } from "@postern/node"
import { makeNodeTransport } from "@postern/safe-fetch/node"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { afterEach, describe, expect, it } from "vitest"
import { HOST, PUBLIC, startCanary, tlsFixture, watchedDial } from "./server-world.ts"

// A client whose documents come over https from a server on loopback that says what an attacker would.

const CALLBACK = "http://127.0.0.1:3999/callback"

const closers: Array<() => Promise<void>> = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

type Answer = RequestListener
const json =
  (value: unknown): Answer =>
  (_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value))
  }

const start = async (
  options: {
    readonly lookup?: (question: number) => string
    readonly timeoutMillis?: number
    readonly certificate?: string
  } = {}
) => {
  const routes = new Map<string, Answer>()
  const paths: Array<string> = []
  const canary = await startCanary((request, response) => {
    paths.push(request.url ?? "")
    const route = routes.get(request.url ?? "")
    if (route === undefined) response.writeHead(404).end()
    else route(request, response)
  }, options.certificate)
  closers.push(canary.close)
  const { dial, dialled } = watchedDial()
  const asked: Array<string> = []
  const origin = `https://${HOST}:${canary.port}`
  const resource = `${origin}/mcp`
  const PRM = "/.well-known/oauth-protected-resource/mcp"
  const ASM = "/.well-known/oauth-authorization-server"
  const store = memoryStore()
  const state = { opened: 0, challenge: `resource_metadata="${origin}${PRM}"` }
  routes.set(PRM, json({ resource, authorization_servers: [origin] }))
  const serverMetadata = {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"]
  }
  routes.set(ASM, json(serverMetadata))
  const client = (userAgent?: (url: string) => Effect.Effect<string>) =>
    Result.getOrThrow(
      makeClient({
        transport: makeNodeTransport({
          dial,
          ca: tlsFixture("root.pem"),
          lookup: async (hostname) => {
            asked.push(hostname)
            return [options.lookup?.(asked.length) ?? PUBLIC]
          },
          bounds: { timeoutMillis: options.timeoutMillis ?? 3000 }
        }),
        resourceFetch: async () =>
          new Response("", { status: 401, headers: { "www-authenticate": `Bearer ${state.challenge}` } }),
        store,
        redirectUri: CALLBACK,
        clientMetadata: { client_name: "Client" },
        userAgent: ({ authorizationUrl }) => {
          state.opened += 1
          return userAgent?.(authorizationUrl) ?? Effect.succeed(`${CALLBACK}?error=access_denied`)
        }
      })
    )
  const request = () => new Request(resource, { method: "POST", body: "{}" })
  /** C-REJ of the catalogue: the error, once it is clear that nothing else came of the flow. */
  const rejected = async () => {
    const error = await Effect.runPromise(Effect.flip(client().fetch(resource, request())))
    expect(error).toMatchObject({ kind: expect.stringMatching(/^(rejection|failure)$/) })
    expect(state.opened).toBe(0)
    expect(await Effect.runPromise(store.findCredentials(resource, "default"))).toEqual([])
    expect(await Effect.runPromise(store.findRegistration(origin))).toBeUndefined()
    expect(paths.filter((path) => ["/register", "/token", "/authorize"].includes(path))).toEqual([])
    return error
  }
  return {
    routes,
    canary,
    dialled,
    asked,
    origin,
    resource,
    PRM,
    ASM,
    state,
    paths,
    client,
    request,
    rejected,
    serverMetadata
  }
}

const forever: Answer = (_, response) => {
  response.writeHead(200, { "content-type": "application/json" })
  const timer = setInterval(() => response.write(" ".repeat(5000)), 1)
  response.on("close", () => clearInterval(timer))
}
const drip: Answer = (_, response) => {
  response.writeHead(200, { "content-type": "application/json" })
  const timer = setInterval(() => response.write(" "), 20)
  response.on("close", () => clearInterval(timer))
}
const zipped =
  (value: unknown): Answer =>
  (_, response) => {
    response
      .writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" })
      .end(gzipSync(JSON.stringify(value)))
  }
const page: Answer = (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>")
const text =
  (body: string): Answer =>
  (_, response) =>
    void response.writeHead(200, { "content-type": "application/json" }).end(body)

describe("a client", () => {
  it("gets as far as the user where nothing is wrong", async () => {
    const { ASM, PRM, canary, client, dialled, paths, request, resource, routes, state } = await start()
    routes.set("/register", (_, response) => {
      response
        .writeHead(201, { "content-type": "application/json" })
        .end(JSON.stringify({ client_id: "c", redirect_uris: [CALLBACK] }))
    })
    await Effect.runPromise(Effect.flip(client().fetch(resource, request())))
    expect([paths, state.opened]).toEqual([[PRM, ASM, "/register"], 1])
    expect(new Set(dialled)).toEqual(new Set([PUBLIC]))
    expect(canary.connections.length).toBe(3)
  })

  it("[PRM-05] does not fetch metadata from a special-use address that a challenge names", async () => {
    for (const url of [
      "http://169.254.169.254/latest/meta-data/",
      "http://10.0.0.1/",
      "https://[fd00::1]/",
      "https://127.0.0.1:6379/",
      "https://0x7f000001/",
      "https://[::ffff:169.254.169.254]/",
      "https://[64:ff9b::a9fe:a9fe]/"
    ]) {
      const { asked, canary, dialled, rejected, state } = await start()
      state.challenge = `resource_metadata="${url}"`
      await rejected()
      expect([asked, dialled, canary.connections], url).toEqual([[], [], []])
    }
  })

  it("[PRM-07] dials the address that was checked, and asks for no second one", async () => {
    const first = await start({ lookup: (question) => (question === 1 ? PUBLIC : "127.0.0.1") })
    expect(await first.rejected()).toMatchObject({ _tag: "FetchRejected", reason: "address-forbidden" })
    // The first document came from the address that was checked; the second name led to loopback and to no connection.
    expect(first.paths).toEqual([first.PRM])
    expect(first.dialled).toEqual([PUBLIC])
    expect(first.asked).toHaveLength(2)
    expect(first.canary.connections).toHaveLength(1)
  })

  it("[PRM-08] bounds protected resource metadata in bytes, time and type", async () => {
    const base = async () => start({ timeoutMillis: 1500 })
    const answers: ReadonlyArray<(resource: string) => Answer> = [
      (resource) => json({ resource, filler: "x".repeat(10_000_000) }),
      (resource) => zipped({ resource, filler: "x".repeat(20_000_000) }),
      () => drip,
      () => forever,
      () => page,
      (resource) => {
        const authorization_servers = Array.from({ length: 10_000 }, (_, index) => `https://as${index}.example.com`)
        return json({ resource, authorization_servers })
      }
    ]
    for (const [index, answer] of answers.entries()) {
      const world = await base()
      world.routes.set(world.PRM, answer(world.resource))
      const error = await world.rejected()
      expect(["FetchRejected", "TransportFailed", "MetadataMalformed"], `answer ${index}`).toContain(error._tag)
      expect(world.paths, `answer ${index}`).toEqual([world.PRM])
    }
  })

  it("[ASM-12] does not ask a special-use host for authorization server metadata, however it is written", async () => {
    for (const issuer of [
      "https://10.0.0.1",
      "https://127.0.0.1",
      "https://169.254.1.1",
      "https://localhost.",
      "https://127.1",
      "https://2130706433",
      "https://①②⑦.⓪.⓪.①",
      "https://[::]",
      "https://[64:ff9b::7f00:1]"
    ]) {
      const world = await start()
      world.routes.set(world.PRM, json({ resource: world.resource, authorization_servers: [issuer] }))
      await world.rejected()
      expect([world.asked, world.dialled], issuer).toEqual([[HOST], [PUBLIC]])
      expect(world.canary.connections, issuer).toHaveLength(1)
    }
  })

  it("[ASM-13] bounds authorization server metadata in bytes, time and depth", async () => {
    type World = Awaited<ReturnType<typeof start>>
    const answers: ReadonlyArray<(world: World) => Answer> = [
      ({ serverMetadata }) => json({ ...serverMetadata, filler: "x".repeat(10_000_000) }),
      ({ serverMetadata }) => zipped({ ...serverMetadata, filler: "x".repeat(20_000_000) }),
      () => drip,
      ({ serverMetadata }) =>
        json({ ...serverMetadata, scopes_supported: Array.from({ length: 1_000_000 }, () => "a") }),
      () => text(`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`)
    ]
    for (const [index, answer] of answers.entries()) {
      const world = await start({ timeoutMillis: 1500 })
      world.routes.set(world.ASM, answer(world))
      const error = await world.rejected()
      expect(["FetchRejected", "TransportFailed", "JsonMalformed"], `answer ${index}`).toContain(error._tag)
    }
  })

  it.each(["expired", "self-signed"])("[ASM-14] refuses a server whose certificate is %s", async (certificate) => {
    const world = await start({ certificate: `${certificate}.pem` })
    expect(await world.rejected()).toMatchObject({ _tag: "TransportFailed", reason: "tls" })
    expect(world.paths).toEqual([])
  })

  it("[ASM-14] refuses a server whose certificate is for another host", async () => {
    const world = await start()
    const issuer = `https://other.example.com:${world.canary.port}`
    world.routes.set(world.PRM, json({ resource: world.resource, authorization_servers: [issuer] }))
    expect(await world.rejected()).toMatchObject({ _tag: "TransportFailed", reason: "tls" })
    expect(world.paths).toEqual([world.PRM])
  })

  it("[CL35] opens authorization URLs over https or on loopback alone, without a shell", async () => {
    const started: Array<readonly [string, ReadonlyArray<string>, SpawnOptions]> = []
    const spawn = (command: string, args: ReadonlyArray<string>, options: SpawnOptions) => {
      started.push([command, args, options])
      const child = Object.assign(new EventEmitter(), { unref: () => undefined })
      setImmediate(() => child.emit("exit", 0))
      return child as unknown as ChildProcess
    }
    const agent = (url: string) =>
      Effect.as(Effect.orDie(openBrowser(url, { spawn, platform: "linux" })), `${CALLBACK}?error=access_denied`)
    const visit = async (endpoint: string) => {
      const world = await start()
      world.routes.set(
        world.ASM,
        json({ ...world.serverMetadata, authorization_endpoint: endpoint.replace("ORIGIN", world.origin) })
      )
      world.routes.set("/register", (_, response) => {
        response
          .writeHead(201, { "content-type": "application/json" })
          .end(JSON.stringify({ client_id: "c", redirect_uris: [CALLBACK] }))
      })
      await Effect.runPromise(Effect.flip(world.client(agent).fetch(world.resource, world.request())))
      return world.origin
    }
    for (const endpoint of [
      "javascript:alert(1)",
      "data:text/html,x",
      "file:///etc/passwd",
      "vbscript:x",
      "http://other.example.com/authorize",
      "--version",
      "$(touch /tmp/x)"
    ]) {
      await visit(endpoint)
      expect(await Effect.runPromise(Effect.flip(openBrowser(endpoint, { spawn })))).toMatchObject({
        _tag: "UrlForbidden"
      })
      expect(started, endpoint).toEqual([])
    }
    const origin = await visit("ORIGIN/authorize?x=$(id)%26;id")
    expect(started).toHaveLength(1)
    const [[command, args, options] = ["", [], {}]] = started
    expect([command, options.shell]).toEqual(["xdg-open", false])
    expect(args).toHaveLength(1)
    expect(args[0]).toMatch(new RegExp(`^${origin}/authorize\\?x=`))
  })
})

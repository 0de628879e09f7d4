import fastify, { type FastifyInstance } from "fastify"
import { afterEach, describe, expect, it } from "vitest"
import { fastifyGuard } from "@postern/node/fastify"
import { type StandIn, standIn } from "./stand-in-guard.ts"

const started: Array<FastifyInstance> = []
afterEach(async () => {
  for (const app of started.splice(0)) await app.close()
})

const METADATA = "/.well-known/oauth-protected-resource/mcp"
const good = { authorization: "Bearer good", "content-type": "application/json" }

const start = async (guard: StandIn) => {
  const app = fastify({ bodyLimit: 10 })
  started.push(app)
  const errors: Array<string> = []
  app.addHook("onError", async (_request, _reply, error) => void errors.push(String(error)))
  const seen: Array<unknown> = []
  app.post("/open", async ({ body }) => ({ open: body }))
  await app.register(async (scope) => {
    await scope.register(fastifyGuard, { guard, auth: (_: unknown, token: string) => ({ token }) })
    scope.route({
      method: ["GET", "POST", "DELETE"],
      url: "/mcp",
      handler: async (request) => {
        seen.push(request.access?._tag, "auth" in request.raw && request.raw.auth)
        return { body: request.body ?? null }
      }
    })
  })
  return { errors, seen, url: await app.listen({ host: "127.0.0.1", port: 0 }) }
}

describe("fastifyGuard", () => {
  it("says who passed and gives the judged message as the body, in its scope alone", async () => {
    const guard = standIn({ headers: { "Access-Control-Allow-Origin": "*" } })
    const { seen, url } = await start(guard)
    // Longer than what Fastify itself would read: the guard's bound counts.
    const message = '{"id":"0123456789"}'
    const response = await fetch(`${url}/mcp?a=1`, { method: "POST", headers: good, body: message })
    expect([response.status, await response.text()]).toEqual([200, `{"body":${message}}`])
    expect(response.headers.get("vary")).toBe("Authorization")
    expect(response.headers.get("access-control-allow-origin")).toBe("*")
    expect(seen).toEqual(["Access", { token: "good" }])
    for (const method of ["GET", "DELETE"]) {
      const bare = await fetch(`${url}/mcp`, { method, headers: { authorization: "Bearer slow" } })
      expect([bare.status, await bare.text()]).toEqual([200, '{"body":null}'])
    }
    const open = await fetch(`${url}/open`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}"
    })
    expect(await open.text()).toBe('{"open":{}}')
    expect(guard.heads.map(({ target }) => target)).toEqual(["/mcp?a=1", "/mcp", "/mcp"])
  })

  it("answers before a body is read, and preflights and the metadata document without routes of the host", async () => {
    const guard = standIn()
    const { seen, url } = await start(guard)
    const refused = await fetch(`${url}/mcp`, { method: "POST", body: "x".repeat(1000) })
    expect([refused.status, await refused.text()]).toEqual([401, '{"refused":true}'])
    expect(refused.headers.get("content-type")).toBe("application/json")
    for (const [method, path] of [
      ["OPTIONS", "/mcp"],
      ["HEAD", "/mcp"],
      ["GET", METADATA],
      ["OPTIONS", METADATA],
      ["POST", METADATA],
      ["GET", "/.well-known/oauth-protected-resource"]
    ] as const) {
      expect((await fetch(url + path, { method })).status, `${method} ${path}`).toBe(401)
    }
    // No route, so nothing to guard.
    for (const [method, path] of [
      ["PUT", "/mcp"],
      ["GET", "/mcp/"],
      ["GET", "//mcp"]
    ] as const) {
      expect((await fetch(url + path, { method, headers: { authorization: "Bearer good" } })).status, path).toBe(404)
    }
    expect([seen, guard.bodies]).toEqual([[], []])
  })

  it("takes a body without a media type as the guard does", async () => {
    const guard = standIn()
    const { url } = await start(guard)
    const response = await fetch(`${url}/mcp`, {
      method: "POST",
      headers: { authorization: "Bearer good" },
      body: new TextEncoder().encode('{"a":1}')
    })
    expect(await response.text()).toBe('{"body":{"a":1}}')
  })

  it("leaves it to the error handler when the guard itself fails", async () => {
    const { errors, seen, url } = await start(standIn())
    for (const authorization of ["Bearer broken", "Bearer broken-slow", "Bearer broken-body"]) {
      const response = await fetch(`${url}/mcp`, { method: "POST", headers: { ...good, authorization }, body: "{}" })
      expect(response.status).toBe(500)
    }
    expect(errors).toEqual(["Error: broken", "Error: broken", "Error: broken"])
    expect(seen).toEqual([])
  })

  it("is not registered where a prefix stands before its paths, nor behind another reader of the body", async () => {
    const app = fastify()
    started.push(app)
    const register = app.register(
      async (scope) => {
        await scope.register(fastifyGuard, { guard: standIn() })
      },
      { prefix: "/v1" }
    )
    await expect(async () => register).rejects.toThrow("where no prefix stands")

    const read = fastify()
    started.push(read)
    read.addHook("onRequest", async (request) => {
      for await (const _ of request.raw);
    })
    await read.register(fastifyGuard, { guard: standIn() })
    read.post("/mcp", async () => "never")
    const response = await read.inject({ method: "POST", url: "/mcp", headers: good, payload: "{}" })
    expect([response.statusCode, response.json().message]).toEqual([
      500,
      "the guard comes before whatever reads the body"
    ])
  })
})

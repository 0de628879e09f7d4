import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import express, { type ErrorRequestHandler, type Express } from "express"
import { afterEach, describe, expect, it } from "vitest"
import { expressGuard } from "@postern/node/express"
import { standIn } from "./stand-in-guard.ts"

const started: Array<Server> = []
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

const listen = async (app: Express): Promise<string> => {
  const server = createServer(app)
  started.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const good = { authorization: "Bearer good", "content-type": "application/json" }
const METADATA = "/.well-known/oauth-protected-resource/mcp"

describe("expressGuard", () => {
  it("says who passed and gives the judged message as the body, for every path of its mount", async () => {
    const guard = standIn()
    const app = express()
    app.use(["/mcp", METADATA], expressGuard(guard, { auth: (_, token) => ({ token }) }))
    const seen: Array<unknown> = []
    app.all("/mcp", (request, response) => {
      seen.push(request.access?._tag, "auth" in request && request.auth)
      response.json(request.body)
    })
    app.get("/open", (_, response) => void response.send("open"))
    const url = await listen(app)

    const response = await fetch(`${url}/mcp?a=1`, { method: "POST", headers: good, body: '{"id":1}' })
    expect([response.status, await response.text()]).toEqual([200, '{"id":1}'])
    expect(response.headers.get("vary")).toBe("Authorization")
    expect(seen).toEqual(["Access", { token: "good" }])
    for (const path of ["/mcp", "/MCP", "/mcp/", "/mcp/x", METADATA]) {
      expect((await fetch(url + path)).status, path).toBe(401)
    }
    expect(await (await fetch(`${url}/open`)).text()).toBe("open")
    expect(guard.heads.map(({ target }) => target)).toEqual(["/mcp?a=1", "/mcp", "/MCP", "/mcp/", "/mcp/x", METADATA])
  })

  it.each([
    ["the guard itself throws", "Bearer broken", false],
    ["the guard itself rejects", "Bearer broken-slow", false],
    ["a body parser came before it", "Bearer good", true]
  ])("leaves it to the error handlers when %s", async (_, authorization, parsed) => {
    const errors: Array<string> = []
    const app = express()
    if (parsed) app.use(express.json())
    app.use("/mcp", expressGuard(standIn()), () => errors.push("the handler was called"))
    const report: ErrorRequestHandler = (error, _request, response, _next) => {
      errors.push(String(error))
      response.status(500).end()
    }
    app.use(report)
    const url = await listen(app)
    const response = await fetch(`${url}/mcp`, { method: "POST", headers: { ...good, authorization }, body: "{}" })
    expect(response.status).toBe(500)
    expect(errors).toEqual([parsed ? "Error: the guard comes before whatever reads the body" : "Error: broken"])
  })

  it("leaves what the handler throws to Express", async () => {
    const app = express()
    app.use("/mcp", expressGuard(standIn()), async () => {
      throw new Error("of the handler")
    })
    const errors: Array<string> = []
    const report: ErrorRequestHandler = (error, _request, response, _next) => {
      errors.push(String(error))
      response.status(500).end()
    }
    app.use(report)
    const url = await listen(app)
    expect((await fetch(`${url}/mcp`, { method: "POST", headers: good, body: "{}" })).status).toBe(500)
    expect(errors).toEqual(["Error: of the handler"])
  })
})

import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import express, { type Express } from "express"
import { afterEach, expect, it } from "vitest"
import { expressGuard } from "@postern/node/express"
import { createGuard } from "@postern/resource-server/promise"

const started: Array<Server> = []
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

const statuses = async (app: Express, paths: ReadonlyArray<string>): Promise<ReadonlyArray<number>> => {
  const server = createServer(app)
  started.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return Promise.all(paths.map(async (path) => (await fetch(url + path)).status))
}

const options = {
  resource: "https://mcp.example.com/mcp",
  authorizationServers: ["https://as.example.com"],
  operations: { default: ["notes:read"] }
}
const ROOT = "/.well-known/oauth-protected-resource"
const BELOW = "/.well-known/oauth-protected-resource/mcp"

it("expressGuard at the path of the document leaves the root to others", async () => {
  const guard = createGuard(options)
  const app = express()
  app.use(["/mcp", guard.metadataPath], expressGuard(guard))
  app.get(ROOT, (_, response) => void response.status(418).end())
  expect(await statuses(app, ["/mcp", BELOW, ROOT])).toEqual([401, 200, 418])
})

it("expressGuard at the root of the documents serves both where both are promised", async () => {
  const guard = createGuard({ ...options, rootMetadata: true })
  const app = express()
  app.use(["/mcp", "/.well-known/oauth-protected-resource"], expressGuard(guard))
  expect(await statuses(app, ["/mcp", BELOW, ROOT, `${ROOT}/other`])).toEqual([401, 200, 200, 404])
})

import { readFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, describe, expect, it } from "vitest"
import { server as afterNode } from "./migration/after-node.ts"
import { app as afterV1 } from "./migration/after-v1.ts"
import { fetch as afterV2 } from "./migration/after-v2.ts"
import { app as beforeV1 } from "./migration/before-v1.ts"
import { fetch as beforeV2 } from "./migration/before-v2.ts"

const root = new URL("../../", import.meta.url)
const METADATA_URL = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
const BEFORE = `Bearer error="invalid_token", error_description="Missing Authorization header", scope="notes:read", resource_metadata="${METADATA_URL}"`
const AFTER = `Bearer scope="notes:read", resource_metadata="${METADATA_URL}"`

const started: Array<Server> = []
afterAll(() => {
  for (const server of started) server.close()
})

const listen = async (server: Server): Promise<(request: Request) => Promise<Response>> => {
  started.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return async (request) => {
    const { pathname } = new URL(request.url)
    const { headers, method } = request
    const body = method === "POST" ? await request.text() : null
    return fetch(`http://127.0.0.1:${port}${pathname}`, { method, headers, body })
  }
}

const programs = [
  ["before-v1.ts", await listen(createServer(beforeV1)), BEFORE],
  ["after-v1.ts", await listen(createServer(afterV1)), AFTER],
  ["before-v2.ts", beforeV2, BEFORE],
  ["after-v2.ts", afterV2, AFTER],
  ["after-node.ts", await listen(afterNode), AFTER]
] as const

describe("the migration page", () => {
  it.each(programs)("shows %s, which asks for a token and serves its document", async (file, ask, challenge) => {
    const page = readFileSync(new URL("docs/migrating-from-require-bearer-auth.md", root), "utf8")
    const text = readFileSync(new URL(`tests/guard-adapters/migration/${file}`, root), "utf8").trimEnd()
    expect(page).toContain(
      `<!-- example: tests/guard-adapters/migration/${file} -->\n\`\`\`ts\n${text}\n\`\`\`\n<!-- /example -->`
    )

    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" }
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "write_note" } }
    const url = "https://mcp.example.com/mcp"
    const refused = await ask(new Request(url, { method: "POST", headers, body: JSON.stringify(call) }))
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, challenge])
    const document = await ask(new Request(METADATA_URL))
    expect(await document.json()).toMatchObject({ resource: url, authorization_servers: ["https://as.example.com"] })
  })
})

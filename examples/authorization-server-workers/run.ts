// The authorization server in workerd: a client gets in, the object goes away and comes back, and an old refresh token ends it all.
import { deepStrictEqual, strictEqual } from "node:assert"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeBase64Url } from "@postern/bytes"
import { memoryStore } from "@postern/client-flow"
import { createClient } from "@postern/client-flow/promise"
import { createGuard } from "@postern/resource-server/promise"
import { makeTransport } from "@postern/safe-fetch"
import * as Result from "effect/Result"
import { call } from "../servers/access-tokens.ts"
import { hashPassword } from "../servers/people.ts"
import { personAt } from "../servers/person.ts"
import { prepare, type Running } from "./start.ts"

const ISSUER = "https://as.example.com"
const RESOURCE = "https://mcp.example.com/mcp"
const password = "correct horse battery staple"
const ada = { subject: "u1", name: "Ada", roles: [], username: "ada", password: await hashPassword(password) }
const bindings = {
  ISSUER,
  RESOURCE,
  ENCRYPTION_KEY: encodeBase64Url(crypto.getRandomValues(new Uint8Array(32))),
  ACCOUNTS: JSON.stringify([ada])
}

const folder = mkdtempSync(join(tmpdir(), "postern-worker-"))
const start = await prepare(bindings, folder)
let worker: Running = await start()

/** The world: the Worker at its issuer's address, and an MCP server elsewhere that trusts it. */
const fetch: typeof globalThis.fetch = async (input, init) => {
  const request = new Request(input, init)
  return request.url.startsWith(ISSUER) ? worker.fetch(request) : mcpServer(request)
}
const mcpServer = (request: Request): Promise<Response> =>
  createGuard({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    operations: { default: ["notes:read"], tools: { read_notes: [] } },
    transport: makeTransport({ fetch })
  }).handle(request, async (_request, { subject }) => Response.json({ notes: [`of ${subject}`] }))

const refresh = async (clientId: string, refreshToken: string) => {
  const body = new URLSearchParams({ grant_type: "refresh_token", client_id: clientId, refresh_token: refreshToken })
  const response = await fetch(`${ISSUER}/token`, { method: "POST", body })
  const answer: Readonly<Record<string, unknown>> = await response.json()
  return { status: response.status, error: answer["error"], token: String(answer["refresh_token"]) }
}
const readNotes = (accessToken: string) => {
  const headers = {
    authorization: `Bearer ${accessToken}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream"
  }
  return fetch(RESOURCE, { method: "POST", headers, body: call("read_notes") })
}

try {
  const client = createClient({
    transport: makeTransport({ fetch }),
    resourceFetch: fetch,
    store: memoryStore(),
    redirectUri: "http://127.0.0.1:3999/callback",
    clientMetadata: { client_name: "Notes reader" },
    userAgent: personAt({ username: "ada", password }, fetch)
  })
  // Registration, the pages, the code and its tokens.
  const {
    accessToken = "",
    clientId,
    refreshToken = ""
  } = Result.getOrThrow(await client.authorize({ resource: RESOURCE }))
  deepStrictEqual(await (await readNotes(accessToken)).json(), { notes: ["of u1"] })
  const second = await refresh(clientId, refreshToken)
  strictEqual(second.status, 200)
  console.log("a client got in, and refreshed its token")

  await worker.stop()
  worker = await start()
  // The signing keys are the same ones, and so is the grant.
  strictEqual((await readNotes(accessToken)).status, 200)
  const third = await refresh(clientId, second.token)
  strictEqual(third.status, 200)
  console.log("after a restart it goes on")

  // Whoever brings the first one again stole it, or was stolen from: nobody keeps the grant.
  for (const token of [refreshToken, third.token]) {
    const { error, status } = await refresh(clientId, token)
    deepStrictEqual([status, error], [400, "invalid_grant"])
  }
  console.log("a refresh token that comes again ends the grant")
} finally {
  await worker.stop()
  rmSync(folder, { recursive: true })
}

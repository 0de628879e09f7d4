import * as Result from "effect/Result"
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { type FlowEvent, memoryStore } from "@postern/client-flow"
import { authorizedFetch, createClient } from "@postern/client-flow/promise"
import { makeNodeTransport } from "@postern/safe-fetch/node"
import type { Login } from "./login.ts"
import type { SeenPage } from "./seen-page.ts"
import type { World } from "./world.ts"

/** An MCP client with the person who uses it. */
export interface Actor {
  /** Calls a tool through the official SDK; what it answered, as text. */
  readonly call: (resource: string, tool: string, parameters?: Record<string, unknown>) => Promise<string>
  /** The token that the client holds for a resource. */
  readonly token: (resource: string) => Promise<string>
  readonly events: ReadonlyArray<FlowEvent>
  readonly pages: ReadonlyArray<SeenPage>
}

/** Somebody may log in within any request: the SDK's minute is too short for that. */
const PATIENCE = { timeout: 6 * 60 * 1000 }

/** A client that has never heard of the servers, and somebody at a browser. */
export const makeActor = (
  world: World,
  login: Login,
  options: { readonly name: string; readonly clientIdMetadataUrl?: string }
): Actor => {
  const events: Array<FlowEvent> = []
  const client = createClient({
    transport: makeNodeTransport({
      // The user typed these; they may name servers on the same host.
      bounds: { trust: { operator: [world.notes, world.archive].map((url) => new URL(url).origin) } },
      ca: world.ca
    }),
    store: memoryStore(),
    clientMetadata: { client_name: options.name },
    clientIdMetadataUrl: options.clientIdMetadataUrl,
    redirectUri: login.redirectUri,
    userAgent: login.userAgent,
    events: (event) => void events.push(event)
  })
  return {
    events,
    pages: login.pages,
    call: async (resource, tool, parameters = {}) => {
      const mcp = new Client(
        { name: options.name, version: "0.0.0" },
        { versionNegotiation: { mode: { pin: "2026-07-28" } } }
      )
      await mcp.connect(
        new StreamableHTTPClientTransport(new URL(resource), { fetch: authorizedFetch(client, resource) }),
        PATIENCE
      )
      try {
        const { content } = await mcp.callTool({ name: tool, arguments: parameters }, PATIENCE)
        return content.map((part) => (part.type === "text" ? part.text : part.type)).join("\n")
      } finally {
        await mcp.close()
      }
    },
    token: async (resource) => {
      const token = Result.getOrThrow(await client.accessToken(resource))
      if (token === undefined) throw new Error("the client holds no token")
      return token
    }
  }
}

import * as Result from "effect/Result"
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { type FlowEvent, memoryStore } from "@postern/client-flow"
import { authorizedFetch, createClient } from "@postern/client-flow/promise"
import { Failure } from "@postern/rejection"
import { makeNodeTransport } from "@postern/safe-fetch/node"
import { freePort } from "./free-port.ts"
import { makeUserAgent, type SeenPage } from "./user-agent.ts"
import type { Person, World } from "./world.ts"

/** The browser ended on a page that does not lead back to the client. */
class BrowserStopped extends Failure("BrowserStopped")<{ readonly status: number; readonly text: string }> {
  override get message() {
    return `the browser stopped at a page with status ${this.status}: ${this.text}`
  }
}

/** An MCP client with the person who uses it. */
export interface Actor {
  /** Calls a tool through the official SDK; what it answered, as text. */
  readonly call: (resource: string, tool: string, parameters?: Record<string, unknown>) => Promise<string>
  /** The token that the client holds for a resource. */
  readonly token: (resource: string) => Promise<string>
  readonly events: ReadonlyArray<FlowEvent>
  readonly pages: ReadonlyArray<SeenPage>
}

/** A client that has never heard of the servers, and a browser in which nobody is signed in yet. */
export const makeActor = (
  world: World,
  person: Person,
  options: { readonly name: string; readonly clientIdMetadataUrl?: string }
): Actor => {
  const events: Array<FlowEvent> = []
  const pages: Array<SeenPage> = []
  const browser = makeUserAgent(person)
  const client = createClient({
    transport: makeNodeTransport({
      // The user typed these; they may name servers on the same host.
      bounds: { trust: { operator: [world.notes, world.archive].map((url) => new URL(url).origin) } },
      ca: world.ca
    }),
    store: memoryStore(),
    clientMetadata: { client_name: options.name },
    clientIdMetadataUrl: options.clientIdMetadataUrl,
    redirectUri: async () => `http://127.0.0.1:${await freePort()}/callback`,
    userAgent: async ({ authorizationUrl, redirectUri }) => {
      const visit = await browser.visit(authorizationUrl, redirectUri)
      if (visit._tag === "Stopped") throw new BrowserStopped(visit)
      pages.push(...visit.pages)
      return visit.callbackUrl
    },
    events: (event) => void events.push(event)
  })
  return {
    events,
    pages,
    call: async (resource, tool, parameters = {}) => {
      const mcp = new Client(
        { name: options.name, version: "0.0.0" },
        { versionNegotiation: { mode: { pin: "2026-07-28" } } }
      )
      await mcp.connect(
        new StreamableHTTPClientTransport(new URL(resource), { fetch: authorizedFetch(client, resource) })
      )
      try {
        const { content } = await mcp.callTool({ name: tool, arguments: parameters })
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

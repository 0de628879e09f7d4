import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { memoryStore } from "@postern/client-flow"
import { makeDpop } from "@postern/client-flow/dpop"
import { createMachineClient } from "@postern/client-flow/machine/promise"
import { createClient, type PromiseClient } from "@postern/client-flow/promise"
import { transportOptions } from "@postern/mcp-sdk/client"
import { makeTransport } from "@postern/safe-fetch"
import * as Result from "effect/Result"
import { readContext } from "./conformance-context.ts"

// The client for `@modelcontextprotocol/conformance`: takes the URL of an MCP server, connects, lists its tools and calls each
// of them, with whatever authorization that needs. Its README describes the environment variables.

// The suite expects this client id where a server takes Client ID Metadata Documents; nothing is served there.
const CLIENT_ID_METADATA_URL = "https://conformance-test.local/client-metadata.json"
const REDIRECT_URI = "http://127.0.0.1:33418/callback"
const MAXIMUM_REDIRECTS = 10

/** The user agent of a suite whose servers consent by themselves: follows redirects until one leads to the redirect URI. */
const followRedirects = async (authorizationUrl: string, redirectUri: string): Promise<string> => {
  let url = authorizationUrl
  for (let hops = 0; hops < MAXIMUM_REDIRECTS; hops++) {
    const response = await fetch(url, { redirect: "manual" })
    await response.body?.cancel()
    const location = response.headers.get("location")
    if (location === null) throw new Error(`the authorization endpoint answered ${response.status} without a redirect`)
    if (location.startsWith(redirectUri)) return location
    url = new URL(location, url).href
  }
  throw new Error("the authorization endpoint redirects without end")
}

/** MCP 2025-03-26 has no protected resource metadata: the exception that a server of that time needs is named for it alone. */
const exceptions = (server: string, version: string) =>
  version === "2025-03-26"
    ? [{ issuer: new URL(server).origin, allow: "legacy-2025-03-26", reason: "a server of MCP 2025-03-26" } as const]
    : []

const clientFor = async (server: string, version: string, environment: NodeJS.ProcessEnv): Promise<PromiseClient> => {
  const { grant, registrations } = await readContext(server, environment["MCP_CONFORMANCE_CONTEXT"])
  const options = {
    transport: makeTransport({ bounds: { trust: { operator: [server] } } }),
    store: memoryStore(),
    dpop: Result.getOrThrow(makeDpop()),
    registrations,
    relax: exceptions(server, version),
    ...(environment["POSTERN_EVENTS"] ? { events: (event: object) => console.error(JSON.stringify(event)) } : {})
  }
  if (grant) return createMachineClient({ ...options, grant })
  return createClient({
    ...options,
    userAgent: ({ authorizationUrl, redirectUri }) => followRedirects(authorizationUrl, redirectUri),
    redirectUri: REDIRECT_URI,
    clientMetadata: { client_name: "Postern conformance client" },
    clientIdMetadataUrl: CLIENT_ID_METADATA_URL
  })
}

const run = async (server: string, environment: NodeJS.ProcessEnv): Promise<void> => {
  const version = environment["MCP_CONFORMANCE_PROTOCOL_VERSION"] ?? "2025-11-25"
  const client = await clientFor(server, version, environment)
  const mcp = new Client(
    { name: "postern-conformance-client", version: "0.0.0" },
    // Up to 2025-11-25 a connection begins with `initialize`; from 2026-07-28 on every request stands for itself.
    version >= "2026" ? { versionNegotiation: { mode: { pin: version } } } : {}
  )
  await mcp.connect(new StreamableHTTPClientTransport(new URL(server), transportOptions(client, server)))
  const { tools } = await mcp.listTools()
  for (const { name } of tools) await mcp.callTool({ name, arguments: {} })
  await mcp.close()
}

const [server] = process.argv.slice(2)
if (server === undefined) {
  console.error("usage: conformance-client URL")
  process.exitCode = 2
} else {
  try {
    await run(server, process.env)
  } catch (error) {
    console.error(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
    process.exitCode = 1
  }
}

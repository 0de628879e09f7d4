#!/usr/bin/env node
import * as Result from "effect/Result"
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { explain } from "@postern/client-flow"
import { authorizedFetch, createClient } from "@postern/client-flow/promise"
import { makeFileStore } from "@postern/node"
import { makeNodeTransport } from "@postern/safe-fetch/node"
import { canonicalResource } from "@postern/uri"
import { refuse } from "@postern/app-program"
import { type Command, PROGRAM, readArguments } from "./arguments.ts"
import { terminalLogin } from "./login.ts"

const options = readArguments()
const resource = Result.match(canonicalResource(options.command.server), {
  onSuccess: (resource) => resource,
  onFailure: ({ message }) => refuse(`${PROGRAM}: ${message}`)
})

const client = createClient({
  ...terminalLogin(options),
  // The user typed this server's address, so it may be private or loopback.
  transport: makeNodeTransport({ bounds: { trust: { operator: [new URL(resource).origin] } } }),
  store: makeFileStore({ path: options.store }),
  clientMetadata: { client_name: "Postern client" },
  events: (event) => void (options.trace && console.error(JSON.stringify(event)))
})

const perform = async (mcp: Client, command: Command): Promise<string> => {
  if (command._tag === "Tools") {
    const { tools } = await mcp.listTools()
    return tools.map(({ description, name }) => (description ? `${name}: ${description}` : name)).join("\n")
  }
  const { content, isError } = await mcp.callTool({ name: command.tool, arguments: command.parameters })
  if (isError) process.exitCode = 1
  return content.map((part) => (part.type === "text" ? part.text : JSON.stringify(part))).join("\n")
}

const mcp = new Client({ name: PROGRAM, version: "0.0.0" }, { versionNegotiation: { mode: "auto" } })
try {
  await mcp.connect(new StreamableHTTPClientTransport(new URL(resource), { fetch: authorizedFetch(client, resource) }))
  console.log(await perform(mcp, options.command))
} catch (error) {
  process.exitCode = 1
  console.error(`${PROGRAM}: ${describe(error)}`)
} finally {
  await mcp.close()
}

/** What went wrong, whose fault it is and what helps, where the flow knows. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const explanation = explain(error)
  if (explanation === undefined) return error.cause instanceof Error ? describe(error.cause) : error.message
  return `${error.message}\n  at fault: ${explanation.layer}\n  what helps: ${explanation.remedy}`
}

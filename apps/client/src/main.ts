#!/usr/bin/env node
import * as Result from "effect/Result"
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { explain } from "@postern/client-flow"
import { authorizedFetch, createClient } from "@postern/client-flow/promise"
import { makeFileStore } from "@postern/node"
import { isFailure } from "@postern/rejection"
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

const login = terminalLogin(options)
const client = createClient({
  ...login.ports,
  // The user typed this server's address, so it may be private or loopback.
  transport: makeNodeTransport({ bounds: { trust: { operator: [new URL(resource).origin] } } }),
  store: makeFileStore({ path: options.store }),
  clientMetadata: { client_name: "Postern client" },
  events: (event) => void (options.trace && console.error(JSON.stringify(event)))
})

// Somebody may log in within any request: the SDK's minute is too short for that, and a login ends by itself after five.
const patience = { timeout: 6 * 60 * 1000 }

const perform = async (mcp: Client, command: Command): Promise<string> => {
  if (command._tag === "Tools") {
    const { tools } = await mcp.listTools(undefined, patience)
    return tools.map(({ description, name }) => (description ? `${name}: ${description}` : name)).join("\n")
  }
  const { content, isError } = await mcp.callTool({ name: command.tool, arguments: command.parameters }, patience)
  if (isError) process.exitCode = 1
  return content.map((part) => (part.type === "text" ? part.text : JSON.stringify(part))).join("\n")
}

const mcp = new Client({ name: PROGRAM, version: "0.0.0" }, { versionNegotiation: { mode: "auto" } })
try {
  const transport = new StreamableHTTPClientTransport(new URL(resource), { fetch: authorizedFetch(client, resource) })
  await mcp.connect(transport, patience)
  console.log(await perform(mcp, options.command))
} catch (error) {
  process.exitCode = 1
  console.error(`${PROGRAM}: ${describe(error)}`)
} finally {
  await mcp.close()
  await login.close()
}

/** What went wrong, whose fault it is and what helps, where the flow knows. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const explanation = explain(error)
  if (explanation === undefined) return error.cause instanceof Error ? describe(error.cause) : error.message
  const reason = isFailure(error) && error.cause instanceof Error ? `\n  because: ${error.cause.message}` : ""
  return `${error.message}${reason}\n  at fault: ${explanation.layer}\n  what helps: ${explanation.remedy}`
}

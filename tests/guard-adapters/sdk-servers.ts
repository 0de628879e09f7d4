import { McpServer as McpServerV1 } from "@modelcontextprotocol/sdk/server/mcp.js"
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server"

const NAMES = ["read_notes", "write_note", "motd"]
const text = (text: string) => ({ content: [{ type: "text" as const, text }] })
const whoOf = (authInfo: { readonly extra?: Record<string, unknown> } | undefined): string =>
  authInfo === undefined ? "nobody" : String(authInfo.extra?.["subject"])

/** The same server on the SDK's 2.x line. */
export const sdkHandler = () =>
  createMcpHandler(() => {
    const server = new McpServer({ name: "notes", version: "1.0.0" })
    for (const name of NAMES) {
      server.registerTool(name, { description: name }, ({ http }) => text(`${name} for ${whoOf(http?.authInfo)}`))
    }
    server.registerTool("fail", { description: "fail" }, ({ http }) => {
      throw new Error(JSON.stringify(http?.authInfo))
    })
    return server
  })

/** The same server on the SDK's 1.x line. */
export const sdkServerV1 = (): McpServerV1 => {
  const server = new McpServerV1({ name: "notes", version: "1.0.0" })
  for (const name of NAMES) {
    server.registerTool(name, { description: name }, ({ authInfo }) => text(`${name} for ${whoOf(authInfo)}`))
  }
  server.registerTool("fail", { description: "fail" }, ({ authInfo }) => {
    throw new Error(JSON.stringify(authInfo))
  })
  return server
}

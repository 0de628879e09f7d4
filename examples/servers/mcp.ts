// The servers of `in-memory.ts` with an MCP server of the SDK behind them, for the examples of its clients.
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server"
import { fetch as fetchInMemory, RESOURCE } from "./in-memory.ts"

export { RESOURCE, userSaysYes } from "./in-memory.ts"

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: "notes", version: "1.0.0" })
  server.registerTool("read_notes", {}, () => ({ content: [{ type: "text", text: "milk" }] }))
  return server
})

/** Answers the requests of both servers. */
export const fetch: typeof globalThis.fetch = async (input, init) => {
  const request = new Request(input, init)
  const answer = await fetchInMemory(request.clone())
  return request.url === RESOURCE && answer.ok ? handler.fetch(request) : answer
}

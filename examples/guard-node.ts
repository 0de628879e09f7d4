import { createServer } from "node:http"
import { guardListener } from "@postern/node/guard"
import { createGuard } from "@postern/resource-server/promise"
import { authorizationServer, call, headersWith, RESOURCE } from "./servers/access-tokens.ts"

const guard = createGuard({
  resource: RESOURCE,
  authorizationServers: [authorizationServer],
  operations: { default: ["notes:read"], tools: { read_notes: [], write_note: ["notes:write"] } }
})

// `incoming.body` is the message that was judged; who may not pass never comes here.
const server = createServer(
  guardListener(guard, (_incoming, outgoing, access) => {
    const result = { content: [{ type: "text", text: `the notes of ${access.subject}` }] }
    outgoing
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ jsonrpc: "2.0", id: 1, result }))
  })
)
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
const address = server.address()
const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : address}/mcp`

const headers = await headersWith("notes:read")
const read = await fetch(url, { method: "POST", headers, body: call("read_notes") })
console.log(read.status, await read.text())
const write = await fetch(url, { method: "POST", headers, body: call("write_note") })
console.log(write.status, write.headers.get("www-authenticate"))
server.close()
server.closeAllConnections()

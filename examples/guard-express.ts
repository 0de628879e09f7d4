import { expressGuard } from "@postern/node/express"
import { createGuard } from "@postern/resource-server/promise"
import express from "express"
import { authorizationServer, call, headersWith, RESOURCE } from "./servers/access-tokens.ts"

const guard = createGuard({
  resource: RESOURCE,
  authorizationServers: [authorizationServer],
  operations: { default: ["notes:read"], tools: { read_notes: [] } }
})

const app = express()
// Before every body parser, and on the path of the metadata document as well.
app.use(["/mcp", guard.metadataPath], expressGuard(guard))
app.post("/mcp", ({ access, body }, response) => {
  response.json({ caller: access?._tag === "Access" ? access.subject : "nobody", message: body })
})
const server = app.listen(0, "127.0.0.1")
await new Promise((resolve) => server.once("listening", resolve))
const address = server.address()
const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : address}`

const passed = await fetch(`${url}/mcp`, {
  method: "POST",
  headers: await headersWith("notes:read"),
  body: call("read_notes")
})
console.log(passed.status, await passed.text())
console.log((await fetch(`${url}/mcp`, { method: "POST", body: call("read_notes") })).status)
console.log(await (await fetch(url + guard.metadataPath)).json())
server.close()

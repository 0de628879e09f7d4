import { createGuard } from "@postern/resource-server/promise"
import { Hono } from "hono"
import { authorizationServer, call, headersWith, RESOURCE } from "./servers/access-tokens.ts"

const guard = createGuard({
  resource: RESOURCE,
  authorizationServers: [authorizationServer],
  operations: { default: ["notes:read"], tools: { read_notes: [] } }
})

// Hono speaks the web's `Request` and `Response`, as the guard does: it needs no adapter.
const app = new Hono()
for (const path of ["/mcp", guard.metadataPath]) {
  app.all(path, (context) =>
    guard.handle(context.req.raw, async (_request, { message, subject }) => Response.json({ caller: subject, message }))
  )
}

const passed = await app.request("/mcp", {
  method: "POST",
  headers: await headersWith("notes:read"),
  body: call("read_notes")
})
console.log(passed.status, await passed.text())
console.log((await app.request("/mcp", { method: "POST", body: call("read_notes") })).status)

// The guard on node:http, with its operations policy and its events.
import { createServer } from "node:http"
import { guardListener } from "../../packages/node/src/guard.ts"
import { createGuard } from "../../packages/resource-server/src/promise.ts"
import { ISSUER, RESOURCE } from "./issuer.ts"
import { answerOf, begin } from "./http-child.ts"

const { jwks } = begin()
let events = 0
const guard = createGuard({
  resource: RESOURCE,
  authorizationServers: [{ issuer: ISSUER, jwks }],
  operations: {
    default: ["notes:read"],
    tools: { read_notes: ["notes:read"], write_note: ["notes:write"], purge_notes: ["notes:admin"] }
  },
  hierarchy: { "notes:admin": ["notes:write"], "notes:write": ["notes:read"] },
  onDecision: ({ outcome }) => {
    if (outcome === "accepted") events++
  }
})
const listener = guardListener(guard, (_, response, access) => {
  const { id } = access.message as { readonly id: number }
  response.writeHead(200, { "content-type": "application/json" }).end(answerOf(id, access.subject))
})
const server = createServer(listener)
server.listen(0, "127.0.0.1", () => process.send?.({ address: server.address() }))
process.on("message", () => void (events > 0))

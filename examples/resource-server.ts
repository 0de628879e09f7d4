import { makeNonces } from "@postern/dpop"
import { keycloak } from "@postern/jwt-verify/presets"
import { makeGuard } from "@postern/resource-server"
import { createGuard } from "@postern/resource-server/promise"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

const resource = "https://mcp.example.com/mcp"
const operations = { default: ["notes:read"], tools: { list_notes: [], write_note: ["notes:write"] } }

// The whole guard: keys are found by the authorization server's metadata. The handler sees what may pass, and nothing else.
const guard = createGuard({ resource, authorizationServers: ["https://as.example.com"], operations })
const serve = (request: Request) =>
  guard.handle(request, async (_request, access) => Response.json({ hello: access.subject }))

const response = await serve(new Request(resource, { method: "POST" }))
console.log(response.status, response.headers.get("www-authenticate"))

// All that can be switched on.
const everything = createGuard({
  resource,
  authorizationServers: [keycloak({ server: "https://id.example.com", realm: "staff", audience: resource })],
  operations: {
    default: [],
    methods: { "logging/setLevel": ["notes:admin"] },
    tools: { list_notes: ["notes:read"], write_note: ["notes:write"], "*": ["notes:admin"] },
    prompts: { "*": ["notes:read"] },
    resources: { "note:///*": ["notes:read"], "note:///private/*": ["notes:write"] }
  },
  publicOperations: { methods: ["initialize", "notifications/initialized", "tools/list"], tools: ["about"] },
  hierarchy: { "notes:admin": ["notes:write"], "notes:write": ["notes:read"] },
  closedToStepUp: ["notes:admin"],
  tokens: { clients: ["desktop", "web"], revoked: async (token) => token.id === "a-stolen-one" },
  dpop: { nonces: Result.getOrThrow(makeNonces({ secret: crypto.getRandomValues(new Uint8Array(32)) })) },
  filterLists: true,
  rootMetadata: true,
  toolChallenges: ({ header }) => (header("user-agent")?.startsWith("openai-mcp") === true ? "result" : "status"),
  onDecision: ({ operations, outcome, rejection }) => console.log(outcome, rejection, operations)
})
const about = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "about" } }
const open = await everything.handle(
  new Request(resource, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(about)
  }),
  async (_request, access) => Response.json({ hello: access._tag === "Access" ? access.subject : "stranger" })
)
console.log(open.status, await open.json())

// With Effect: what may pass, or a finished answer and why.
const { check } = Result.getOrThrow(
  makeGuard({ resource, authorizationServers: ["https://as.example.com"], operations })
)
const outcome = await Effect.runPromise(check(new Request(resource)))
console.log(outcome._tag === "Admitted" ? outcome.access.subject : outcome.rejection?.message)

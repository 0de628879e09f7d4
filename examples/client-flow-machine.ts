import { memoryStore } from "@postern/client-flow"
import { makeMachineClient } from "@postern/client-flow/machine"
import { createMachineClient } from "@postern/client-flow/machine/promise"
import { makeClientKey } from "@postern/client-flow/private-key-jwt"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { fetch, ISSUER, RESOURCE } from "./servers/in-memory.ts"

const options = {
  transport: makeTransport({ fetch }), // for metadata and tokens; without `fetch` the platform's
  resourceFetch: fetch, // for the MCP server itself; likewise
  store: memoryStore()
}

// A client that stands for itself, by a key whose public half the authorization server knows.
const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"])
const privateJwk = await crypto.subtle.exportKey("jwk", pair.privateKey)
const clientKey = Result.getOrThrow(makeClientKey({ algorithm: "ES256", privateJwk, keyId: "2026-07" }))
const client = Result.getOrThrow(
  makeMachineClient({
    ...options,
    registrations: [{ issuer: ISSUER, clientId: "night-report", clientKey }],
    grant: { type: "client_credentials" }
  })
)
const response = await Effect.runPromise(client.fetch(RESOURCE, new Request(RESOURCE)))
console.log(response.status, await response.text())

// A workload, by the token that its platform gave it; with Promises. A server that nobody registered it at gets nothing.
const workload = createMachineClient({
  ...options,
  registrations: [{ issuer: "https://elsewhere.example.com", clientId: "workload" }],
  grant: { type: "workload", assertion: async ({ issuer }) => `a.token.for-${issuer}` }
})
const outcome = await workload.authorize({ resource: RESOURCE })
console.log(Result.isSuccess(outcome) ? "authorized" : outcome.failure.message)

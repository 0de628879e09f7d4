import { memoryStore } from "@postern/client-flow"
import { scopePrefix } from "@postern/client-flow/exceptions"
import { createClient } from "@postern/client-flow/promise"
import { makeTransport } from "@postern/safe-fetch"
import { entra, makeMcpServer, makeNetwork, TEST_CLIENT, visit } from "@postern/testing"
import * as Result from "effect/Result"

const resource = "https://mcp.example.com/mcp"
const applicationId = "22222222-3333-4444-5555-666666666666"
const authorizationServer = entra({ applicationIdUri: resource, applicationId })
// Entra's tokens are for the application, whatever `resource` says: without `audience` the MCP server would refuse them all.
const mcpServer = makeMcpServer({ resource, authorizationServer, scope: ["notes.read"], audience: applicationId })
const fetch = makeNetwork(mcpServer, authorizationServer)

const { issuer } = authorizationServer
const client = createClient({
  transport: makeTransport({ fetch }),
  resourceFetch: fetch,
  store: memoryStore(),
  redirectUri: TEST_CLIENT.redirectUris[0],
  clientMetadata: { client_name: "Notes reader" },
  registrations: [{ issuer, clientId: TEST_CLIENT.clientId, tokenEndpointAuthMethod: "none" }],
  userAgent: ({ authorizationUrl }) => visit(fetch, authorizationUrl),
  relax: [
    { issuer, allow: "pkce-metadata-absent", reason: "its metadata says nothing about PKCE" },
    { issuer, allow: scopePrefix(), reason: "AADSTS650053: scopes have the Application ID URI before them" }
  ]
})
const outcome = await client.fetch(resource, new Request(resource))
console.log(Result.isSuccess(outcome) ? await outcome.success.text() : outcome.failure.message)

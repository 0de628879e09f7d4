import { memoryStore } from "@postern/client-flow"
import { metadataIssuer, tokenOfUser } from "@postern/client-flow/exceptions"
import { createClient } from "@postern/client-flow/promise"
import { makeTransport } from "@postern/safe-fetch"
import { makeMcpServer, makeNetwork, slack, visit } from "@postern/testing"
import * as Result from "effect/Result"

// Slack, with one client that is registered there, and an MCP server whose metadata names it: all in this process.
const redirectUri = "http://127.0.0.1:3999/callback"
const client = { clientId: "app", clientSecret: "its-secret", redirectUris: [redirectUri] }
const authorizationServer = slack({ clients: [client] })
const resource = "https://mcp.example.com/mcp"
const mcpServer = makeMcpServer({ resource, authorizationServer, scope: ["search:read"] })
const fetch = makeNetwork(mcpServer, authorizationServer)

// The client to be tested: any that can be given a `fetch`. This one is ours; `visit` is a browser whose user says yes.
const login = (relax: Parameters<typeof createClient>[0]["relax"]) =>
  createClient({
    transport: makeTransport({ fetch }),
    resourceFetch: fetch,
    store: memoryStore(),
    redirectUri,
    clientMetadata: { client_name: "Notes reader" },
    registrations: [{ issuer, ...registered, tokenEndpointAuthMethod: "client_secret_post" }],
    userAgent: ({ authorizationUrl }) => visit(fetch, authorizationUrl),
    relax
  }).authorize({ resource })

const { issuer } = authorizationServer
const { redirectUris: _, ...registered } = client

const strict = await login([])
console.log(Result.isFailure(strict) ? strict.failure.message : "let in")

const relaxed = await login([
  { issuer, allow: metadataIssuer("https://slack.com"), reason: "its metadata is that of slack.com" },
  { issuer, allow: "endpoint-other-origin", reason: "and so are its endpoints" },
  { issuer, allow: tokenOfUser, reason: "docs.slack.dev: the token of a user has a type of its own" }
])
console.log(Result.isFailure(relaxed) ? relaxed.failure.message : "let in")

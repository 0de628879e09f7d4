// A browser app: the client in a page of its own origin, which keeps what it was given in memory and nowhere else.
import { memoryStore } from "../../packages/client-flow/src/index.ts"
import { createClient } from "../../packages/client-flow/src/promise.ts"
import { makeTransport } from "../../packages/safe-fetch/src/index.ts"

/** What the run calls. */
export interface App {
  /** Sends one MCP request, and logs in on the way where that is needed: the status, and what was said. */
  readonly call: (
    resource: string,
    method: string,
    parameters?: object
  ) => Promise<readonly [status: number, text: string]>
  /** The token that is held, for the run to look for it elsewhere. */
  readonly token: (resource: string) => Promise<string | undefined>
  /** Signs out: how many tokens were revoked. */
  readonly signOut: (resource: string) => Promise<number>
}

/** The login takes place in a window of its own, so that the page, and with it the memory, stays. */
const askInWindow = (authorizationUrl: string): Promise<string> =>
  new Promise((resolve) => {
    const channel = new BroadcastChannel("callback")
    channel.addEventListener("message", ({ data }) => {
      channel.close()
      resolve(String(data))
    })
    window.open(authorizationUrl, "login", "popup")
  })

const client = createClient({
  // This page's user typed the server's address, which is on loopback here.
  transport: makeTransport({ bounds: { trust: { operator: ["http://127.0.0.1"] } } }),
  store: memoryStore(),
  redirectUri: `${location.origin}/callback`,
  clientMetadata: { client_name: "A browser app" },
  userAgent: ({ authorizationUrl }) => askInWindow(authorizationUrl)
})

const unwrap = <A>(
  result: { readonly _tag: "Success"; readonly success: A } | { readonly _tag: "Failure"; readonly failure: Error }
): A => {
  if (result._tag === "Success") return result.success
  throw new Error(`${result.failure.name}: ${result.failure.message}`)
}

const app: App = {
  call: async (resource, method, parameters = {}) => {
    const request = new Request(resource, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2025-11-25"
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: parameters })
    })
    const response = unwrap(await client.fetch(resource, request))
    return [response.status, await response.text()]
  },
  token: async (resource) => unwrap(await client.accessToken(resource)),
  signOut: async (resource) =>
    unwrap(await client.signOut(resource)).flatMap(({ tokens }) => tokens.filter(({ revoked }) => revoked)).length
}

Object.assign(window, { app })

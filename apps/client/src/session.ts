import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { type CredentialStore, DEFAULT_ACCOUNT, type StoredCredentials } from "@postern/client-flow"
import { createClient, type PromiseClient } from "@postern/client-flow/promise"
import { transportOptions } from "@postern/mcp-sdk/client"
import { makeFileStore } from "@postern/node"
import { makeNodeTransport } from "@postern/safe-fetch/node"
import * as Effect from "effect/Effect"
import type { Options } from "./arguments.ts"
import { askForClient } from "./ask-for-client.ts"
import { makeAsideStore } from "./aside-store.ts"
import { type Findings, makeFindings } from "./findings.ts"
import { listenForRedirect } from "./listen-for-redirect.ts"
import { terminalLogin } from "./login.ts"
import type { Trace } from "./trace/trace.ts"
import { PROGRAM } from "./usage.ts"
import { VERSION } from "./version.ts"

/** One MCP server, and what is needed to talk to it. */
export interface Session {
  readonly resource: string
  readonly account: string
  readonly client: PromiseClient
  readonly found: Readonly<Findings>
  /** The newest login that is kept for this server and account. */
  readonly held: () => Promise<StoredCredentials | undefined>
  /** Connects, does something, and disconnects. Somebody may log in on the way. */
  readonly withServer: <A>(use: (mcp: Client) => Promise<A>) => Promise<A>
  readonly close: () => Promise<void>
}

const TERMINAL = { input: process.stdin, tell: (text: string) => console.error(text) }

/** Where logins are kept. */
export const storeOf = ({ store }: Options): CredentialStore => makeFileStore({ path: store })

/** Somebody may log in within any request: the SDK's minute is too short for that, and a login ends by itself after five. */
export const PATIENCE = { timeout: 6 * 60 * 1000 }

/** Opens a session; nothing is sent yet. Options that are wrong throw `ConfigurationInvalid`. */
export const openSession = (options: Options, resource: string, trace: Trace | undefined): Session => {
  const aside = makeAsideStore(storeOf(options))
  const { store } = aside
  const account = options.account ?? DEFAULT_ACCOUNT
  const { events, found } = makeFindings()
  const login = terminalLogin({
    browser: options.browser,
    login: options.login,
    listen: () => listenForRedirect(aside, { issuer: found.issuer, port: options.port }),
    watch: trace?.browser
  })
  // The user typed these addresses, so they may be private or loopback.
  const typed = [resource, ...[...options.registrations, ...options.relax].map(({ issuer }) => issuer)]
  const transport = makeNodeTransport({ bounds: { trust: { operator: typed.map((url) => new URL(url).origin) } } })
  const client = createClient({
    ...login.ports,
    transport: trace?.transport(transport) ?? transport,
    resourceFetch: trace?.fetch,
    store,
    account,
    registrations: options.registrations,
    clientIdMetadataUrl: options.documentUrl,
    relax: options.relax,
    ...(process.stdin.isTTY && options.login ? { askForClient: askForClient(TERMINAL) } : {}),
    scope: { extra: options.scope },
    clientMetadata: { client_name: "Postern client" },
    events
  })
  return {
    resource,
    account,
    client,
    found,
    held: async () => (await Effect.runPromise(store.findCredentials(resource, account)))[0],
    withServer: async (use) => {
      const mcp = new Client({ name: PROGRAM, version: VERSION }, { versionNegotiation: { mode: "auto" } })
      try {
        await mcp.connect(
          new StreamableHTTPClientTransport(new URL(resource), transportOptions(client, resource)),
          PATIENCE
        )
        return await use(mcp)
      } finally {
        await mcp.close()
      }
    },
    close: login.close
  }
}

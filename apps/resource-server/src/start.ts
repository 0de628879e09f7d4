import * as Effect from "effect/Effect"
import { createMcpHandler } from "@modelcontextprotocol/server"
import { readTextFile, readTls, StartFailed } from "@postern/app-program"
import { guardedHandler } from "@postern/mcp-sdk/server"
import { serve } from "@postern/node"
import { ConfigurationInvalid } from "@postern/resource-server"
import { createGuard } from "@postern/resource-server/promise"
import { makeNodeTransport } from "@postern/safe-fetch/node"
import type { Configuration } from "./configuration.ts"
import { type Notes, notesServer, policy } from "./notes.ts"

/** An MCP server that listens, with its guard in front. */
export interface RunningResourceServer {
  readonly resource: string
  /** Where it listens: differs from the resource behind a proxy. */
  readonly url: string
  readonly close: () => Promise<void>
}

/** What a program that embeds the server may add. */
export interface StartOptions {
  /** Wraps the handler of all requests, for example to write them down. */
  readonly tap?: (handler: (request: Request) => Promise<Response>) => (request: Request) => Promise<Response>
}

/** Starts the MCP server of a checked configuration; rejects with {@link StartFailed} before it listens. */
export const startResourceServer = async (
  configuration: Configuration,
  options: StartOptions = {}
): Promise<RunningResourceServer> => {
  const { authorizationServer, listen, name, resource } = configuration
  const tls = await readTls(listen.tls)
  const ca =
    authorizationServer.ca === undefined
      ? undefined
      : await readTextFile("authorizationServer.ca", authorizationServer.ca)
  const notes: Notes = new Map()
  const { issuer, jwksUri } = authorizationServer
  // The operator named these, so they may be private or loopback.
  const bounds = { trust: { operator: [issuer, ...(jwksUri === undefined ? [] : [jwksUri])] } }
  const guard = orStartFailed(() =>
    createGuard({
      resource,
      authorizationServers: [{ issuer, ...(jwksUri !== undefined && { jwksUri }) }],
      hierarchy: policy.hierarchy,
      operations: policy.operations,
      scopesSupported: ["notes:read", "notes:write", "notes:admin"],
      resourceName: name,
      ...(ca !== undefined && { transport: makeNodeTransport({ bounds, ca }) })
    })
  )
  const handler = createMcpHandler(({ authInfo }) =>
    notesServer({ name, notes, subject: String(authInfo?.extra?.["subject"]) })
  )
  const guarded = guardedHandler(guard, handler)
  const fetch = async (request: Request): Promise<Response> =>
    isServed(request, resource) ? guarded(request) : new Response(null, { status: 404 })
  const listening = await Effect.runPromise(
    serve({
      fetch: options.tap?.(fetch) ?? fetch,
      hostname: listen.host,
      port: listen.port,
      origin: new URL(resource).origin,
      ...(tls && { tls })
    }).pipe(Effect.mapError((error) => new StartFailed({ subject: "listen", reason: error.message, cause: error })))
  )
  return {
    resource,
    url: listening.url,
    close: async () => {
      // Together: a stream that stays open would keep the server for the whole of its grace.
      await Promise.all([Effect.runPromise(listening.close()), handler.close()])
    }
  }
}

/** A token is for the resource's own path: there is nothing at any other one, but for what says where tokens come from. */
const isServed = (request: Request, resource: string): boolean => {
  const { pathname } = new URL(request.url)
  return pathname === new URL(resource).pathname || pathname.startsWith("/.well-known/")
}

const orStartFailed = <A>(make: () => A): A => {
  try {
    return make()
  } catch (cause) {
    if (!(cause instanceof ConfigurationInvalid)) throw cause
    throw new StartFailed({ subject: cause.key, reason: cause.reason, cause })
  }
}

import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { createMcpHandler } from "@modelcontextprotocol/server"
import { readTextFile, readTls, StartFailed } from "@postern/app-program"
import { ConfigurationInvalid as VerifierConfigurationInvalid, makeVerifier } from "@postern/jwt-verify"
import { guardedHandler } from "@postern/mcp-sdk/server"
import { serve } from "@postern/node"
import { ConfigurationInvalid as GuardConfigurationInvalid } from "@postern/resource-server"
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
  const transport = makeNodeTransport({
    // The operator named this server, so it may be private or loopback.
    bounds: { trust: { operator: [new URL(authorizationServer.issuer).origin] } },
    ...(ca !== undefined && { ca })
  })
  const verifier = makeVerifier({
    issuer: authorizationServer.issuer,
    audience: resource,
    jwks: { uri: authorizationServer.jwksUri ?? `${authorizationServer.issuer}/jwks` },
    fetch: (url) => transport.fetch({ url })
  })
  const guard = orStartFailed(() =>
    createGuard({
      resource,
      verifier: Result.getOrThrow(verifier),
      authorizationServers: [authorizationServer.issuer],
      hierarchy: policy.hierarchy,
      operations: policy.operations,
      scopesSupported: ["notes:read", "notes:write", "notes:admin"],
      resourceName: name
    })
  )
  const handler = createMcpHandler(({ authInfo }) =>
    notesServer({ name, notes, subject: String(authInfo?.extra?.["subject"]) })
  )
  const fetch = guardedHandler(guard, handler)
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
      await Effect.runPromise(listening.close())
      await handler.close()
    }
  }
}

const orStartFailed = <A>(make: () => A): A => {
  try {
    return make()
  } catch (cause) {
    if (cause instanceof GuardConfigurationInvalid || cause instanceof VerifierConfigurationInvalid) {
      throw new StartFailed({ subject: cause.key, reason: cause.reason, cause })
    }
    throw cause
  }
}

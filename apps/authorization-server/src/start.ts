import * as Effect from "effect/Effect"
import { type AuthorizationServerOptions, ConfigurationInvalid, type ServerEvent, type Store } from "@postern/as-core"
import { readTextFile, readTls, StartFailed, withFile } from "@postern/app-program"
import { createAuthorizationServer } from "@postern/as-core/promise"
import { openSqliteStore } from "@postern/as-store-sql"
import { serve } from "@postern/node"
import type { Transport } from "@postern/safe-fetch"
import { makeNodeTransport } from "@postern/safe-fetch/node"
import { accountsOf } from "./accounts.ts"
import type { Configuration } from "./configuration.ts"
import { keepHouse } from "./housekeeping.ts"
import { pages } from "./pages/index.ts"
import { readSigningKeys } from "./signing-keys.ts"

/** An authorization server that listens. */
export interface RunningAuthorizationServer {
  readonly issuer: string
  /** Where it listens: differs from the issuer behind a proxy. */
  readonly url: string
  readonly close: () => Promise<void>
}

/** What a program that embeds the server may add. */
export interface StartOptions {
  readonly onEvent?: (event: ServerEvent) => void
  /** Wraps the handler of all requests, for example to write them down. */
  readonly tap?: (handler: (request: Request) => Promise<Response>) => (request: Request) => Promise<Response>
}

/**
 * Starts the authorization server of a checked configuration. Rejects with {@link StartFailed} before it listens when
 * a value, a file, the store or the port is wrong.
 */
export const startAuthorizationServer = async (
  configuration: Configuration,
  options: StartOptions = {}
): Promise<RunningAuthorizationServer> => {
  const { issuer, listen } = configuration
  const tls = await readTls(listen.tls)
  const registration = await registrationOf(configuration)
  const store = await openStore(configuration.store)
  try {
    const keys = await withFile("keys", configuration.keys, () => readSigningKeys(configuration.keys))
    const server = await orStartFailed(() =>
      createAuthorizationServer({
        issuer,
        store,
        keys,
        pages,
        registration,
        resources: configuration.resources,
        clients: configuration.clients,
        lifetimes: configuration.lifetimes,
        people: accountsOf(configuration.accounts),
        ...(options.onEvent && { onEvent: options.onEvent })
      })
    )
    const fetch = async (request: Request): Promise<Response> =>
      new URL(request.url).pathname === "/healthz" ? health(request, store) : server.handle(request)
    const listening = await Effect.runPromise(
      serve({
        fetch: options.tap?.(fetch) ?? fetch,
        hostname: listen.host,
        port: listen.port,
        origin: new URL(issuer).origin,
        ...(tls && { tls })
      }).pipe(Effect.mapError((error) => new StartFailed({ subject: "listen", reason: error.message, cause: error })))
    )
    const stopKeeping = keepHouse(store, 60_000)
    return {
      issuer,
      url: listening.url,
      close: async () => {
        stopKeeping()
        await Effect.runPromise(listening.close())
        await Effect.runPromise(store.close)
      }
    }
  } catch (error) {
    await Effect.runPromise(store.close)
    throw error
  }
}

type OpenStore = Store & { readonly close: Effect.Effect<void> }

const openStore = (store: string): Promise<OpenStore> => {
  const path = store === "memory:" ? ":memory:" : store.slice("sqlite:".length)
  if (path === ":memory:" && process.env["NODE_ENV"] === "production") {
    throw new StartFailed({
      subject: "store",
      reason: "`memory:` forgets every login at a restart and is refused when NODE_ENV is production; use `sqlite:PATH`"
    })
  }
  return Effect.runPromise(
    openSqliteStore({ path }).pipe(
      Effect.mapError((error) => new StartFailed({ subject: "store", reason: error.message, cause: error }))
    )
  )
}

const registrationOf = async ({
  registration: { documents, dynamic, privateUseSchemes }
}: Configuration): Promise<NonNullable<AuthorizationServerOptions["registration"]>> => {
  const ca = documents?.ca === undefined ? undefined : await readTextFile("registration.documents.ca", documents.ca)
  return {
    ...(documents && {
      documents: {
        transport: transportOf(documents, ca, 5120),
        keySetTransport: transportOf(documents, ca, 65_536)
      }
    }),
    ...(dynamic && { dynamic }),
    ...(privateUseSchemes && { privateUseSchemes })
  }
}

const transportOf = (
  { operatorOrigins }: { readonly operatorOrigins?: Array<string> | undefined },
  ca: string | undefined,
  maximumBytes: number
): Transport =>
  makeNodeTransport({
    bounds: { maximumBytes, timeoutMillis: 5000, trust: operatorOrigins ? { operator: operatorOrigins } : "stranger" },
    ...(ca !== undefined && { ca })
  })

const health = async ({ method }: Request, store: Store): Promise<Response> => {
  if (method !== "GET" && method !== "HEAD") return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } })
  const answers = await Effect.runPromise(Effect.isSuccess(store.check))
  return new Response(answers ? "ok\n" : "the store does not answer\n", {
    status: answers ? 200 : 503,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" }
  })
}

const orStartFailed = async <A>(make: () => Promise<A>): Promise<A> => {
  try {
    return await make()
  } catch (cause) {
    if (cause instanceof ConfigurationInvalid) {
      throw new StartFailed({ subject: cause.key, reason: cause.reason, cause })
    }
    throw cause
  }
}

import * as Effect from "effect/Effect"
import {
  type Answer,
  type AuthorizationServerOptions,
  ConfigurationInvalid,
  type Incoming,
  type ServerEvent,
  type Store
} from "@postern/as-core"
import { readTextFile, readTls, StartFailed } from "@postern/app-program"
import { createAuthorizationServer, type PromiseAuthorizationServer } from "@postern/as-core/promise"
import { serve } from "@postern/node"
import type { Transport } from "@postern/safe-fetch"
import { makeNodeTransport } from "@postern/safe-fetch/node"
import { accountsOf } from "./accounts.ts"
import type { Configuration } from "./configuration.ts"
import { type KeySurroundings, readEncryptionKey } from "./encryption-keys.ts"
import { pages } from "./pages/index.ts"
import { openStore } from "./store.ts"

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
  /** Told what the operator should know at the start; written to standard error unless told. */
  readonly tell?: (line: string) => void
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
  const store = await openStore(configuration)
  try {
    const server = await makeServer(configuration, { ...options, store })
    const isHealth = ({ url }: { readonly url: string }): boolean => new URL(url).pathname === HEALTH
    const fetch = async (request: Request): Promise<Response> => {
      if (!isHealth(request)) return server.handle(request)
      const { body, headers, status } = await health(request, store)
      return new Response(body, { status, headers })
    }
    const answer = (request: Incoming): Promise<Answer> =>
      isHealth(request) ? health(request, store) : server.answer(request)
    const listening = await Effect.runPromise(
      serve({
        ...(options.tap === undefined ? { fetch, answer } : { fetch: options.tap(fetch) }),
        hostname: listen.host,
        port: listen.port,
        origin: new URL(issuer).origin,
        ...(tls && { tls })
      }).pipe(Effect.mapError((error) => new StartFailed({ subject: "listen", reason: error.message, cause: error })))
    )
    const stopping = new AbortController()
    // It ends when it is told to, and in no other way.
    server.keepHouse({ signal: stopping.signal }).catch(() => undefined)
    return {
      issuer,
      url: listening.url,
      close: async () => {
        stopping.abort()
        await Effect.runPromise(listening.close())
        await Effect.runPromise(store.close)
      }
    }
  } catch (error) {
    await Effect.runPromise(store.close)
    throw error
  }
}

/** The server of a configuration, over a store that is open. */
const makeServer = async (
  configuration: Configuration,
  { store, onEvent, tell = (line) => console.error(line) }: StartOptions & { readonly store: Store }
): Promise<PromiseAuthorizationServer> => {
  const { accounts, audienceGroups, introspection, relax, tokenEndpointAuthMethods } = configuration
  const surroundings = { environment: process.env, tell }
  const options: AuthorizationServerOptions = {
    issuer: configuration.issuer,
    store,
    keys: await keysOf(configuration, surroundings),
    pages,
    registration: await registrationOf(configuration),
    resources: configuration.resources,
    clients: configuration.clients,
    lifetimes: configuration.lifetimes,
    rates: configuration.rates,
    people: accountsOf(accounts),
    ...(await dpopOf(configuration, surroundings)),
    ...(audienceGroups && { audienceGroups }),
    ...(introspection && { introspection }),
    ...(relax && { relax }),
    ...(tokenEndpointAuthMethods && { tokenEndpointAuthMethods }),
    ...(onEvent && { onEvent })
  }
  return orStartFailed(() => createAuthorizationServer(options))
}

/** What an operator does with the keys. */
export type KeyRing = NonNullable<PromiseAuthorizationServer["keyRing"]>

/** What an operator does with the keys of a configuration's store, beside the servers that run. */
export const withKeyRing = async <A>(configuration: Configuration, use: (ring: KeyRing) => Promise<A>): Promise<A> => {
  if (configuration.store === "memory:") throw new StartFailed({ subject: "store", reason: "`memory:` keeps no keys" })
  const store = await openStore(configuration)
  try {
    const { keyRing } = await makeServer(configuration, { store })
    if (keyRing === undefined) throw new StartFailed({ subject: "keys", reason: "there is no key ring" })
    return await use(keyRing)
  } finally {
    await Effect.runPromise(store.close)
  }
}

const keysOf = async (
  { keys: { encryptionKey, previousEncryptionKeys = [], ...rest } }: Configuration,
  surroundings: KeySurroundings
): Promise<AuthorizationServerOptions["keys"]> => {
  const current = await readEncryptionKey("keys.encryptionKey", encryptionKey, surroundings)
  const previous = await Promise.all(
    previousEncryptionKeys.map((place, index) =>
      readEncryptionKey(`keys.previousEncryptionKeys[${index}]`, place, surroundings)
    )
  )
  return { encryptionKeys: [current, ...previous], ...rest }
}

const dpopOf = async (
  { dpop }: Configuration,
  surroundings: KeySurroundings
): Promise<Pick<AuthorizationServerOptions, "dpop">> => {
  if (dpop === undefined) return {}
  const { nonceKey } = dpop
  if (nonceKey === undefined) return { dpop: {} }
  return { dpop: { nonces: { secret: await readEncryptionKey("dpop.nonceKey", nonceKey, surroundings) } } }
}

const registrationOf = async ({
  registration: { documents, dynamic, privateUseSchemes }
}: Configuration): Promise<NonNullable<AuthorizationServerOptions["registration"]>> => {
  const hosts = documents && hostsOf(documents)
  const ca = documents?.ca === undefined ? undefined : await readTextFile("registration.documents.ca", documents.ca)
  return {
    ...(documents && {
      documents: {
        transport: transportOf(documents, ca, 5120),
        keySetTransport: transportOf(documents, ca, 65_536),
        logoTransport: transportOf(documents, ca, 65_536),
        staleSeconds: documents.staleSeconds,
        ...(hosts && { hosts })
      }
    }),
    ...(dynamic && { dynamic }),
    ...(privateUseSchemes && { privateUseSchemes })
  }
}

type Documents = NonNullable<Configuration["registration"]["documents"]>

const hostsOf = ({ allowHosts: allow, denyHosts: deny }: Documents) => {
  if (allow !== undefined && deny !== undefined) {
    throw new StartFailed({
      subject: "registration.documents.denyHosts",
      reason: "allowHosts names all whose documents are read: one of the two"
    })
  }
  return allow ? { allow } : deny && { deny }
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

const HEALTH = "/healthz"

// Whoever asks for the health of a server has little patience.
const HEALTH_MILLIS = 2000

const health = async ({ method }: { readonly method: string }, store: Store): Promise<Answer> => {
  if (method !== "GET" && method !== "HEAD") return { status: 405, headers: { allow: "GET, HEAD" }, body: null }
  const answers = await Effect.runPromise(Effect.isSuccess(Effect.timeout(store.check, HEALTH_MILLIS)))
  return {
    status: answers ? 200 : 503,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
    body: method === "HEAD" ? null : answers ? "ok\n" : "the store does not answer\n"
  }
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

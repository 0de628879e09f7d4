import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from "node:http"
import { createServer as createHttpsServer } from "node:https"
import * as Effect from "effect/Effect"
import { codeOf } from "./error-code.ts"
import { awaitBody } from "./expect-continue.ts"
import { listen, ListenFailed } from "./listen.ts"
import { type PlainHandler, plainListener } from "./plain-handler.ts"
import { type WebHandler, webListener } from "./web-handler.ts"

/** What to serve, and where. */
export interface ServeOptions {
  readonly fetch: WebHandler
  /** Asked in the place of `fetch`, by whoever can answer without the web's objects. */
  readonly answer?: PlainHandler | undefined
  readonly hostname: string
  /** 0 lets the system choose a free one. */
  readonly port: number
  /** PEM texts; with them the server speaks https. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  /**
   * Scheme, host and port under which the world knows this server, for example `https://mcp.example`; where it listens
   * unless told. Every request's URL begins with it: `Host` and `X-Forwarded-*` decide nothing.
   */
  readonly origin?: string | undefined
  /** 4 MiB, as of a guard and of the MCP SDK: a longer request body is answered 413, before the handler is asked. */
  readonly maximumBodyBytes?: number | undefined
  /** 10 seconds for the headers of a request. */
  readonly headersTimeoutMillis?: number | undefined
  /** 30 seconds for a whole request, its body included. */
  readonly requestTimeoutMillis?: number | undefined
  /** 5 seconds: how long `close` waits for running answers. */
  readonly graceMillis?: number | undefined
  /** Told of what `fetch` threw, which is our bug and answered 500 with nothing inside; logged unless told. */
  readonly onDefect?: ((error: unknown) => void) | undefined
}

/** A server that listens. */
export interface Server {
  /** Scheme, host and port where it listens, for example `http://127.0.0.1:8080`. */
  readonly url: string
  readonly port: number
  /** Takes no more connections, ends idle ones and waits for the running answers; may be called again. */
  readonly close: () => Effect.Effect<void>
}

// RFC 6585 section 5: more than this is answered 431.
const MAXIMUM_HEADER_BYTES = 16 * 1024

const authority = (hostname: string, port: number): string =>
  `${hostname.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname}:${port}`

const makeServer = (options: ServeOptions, listener: RequestListener): HttpServer => {
  const limits = {
    maxHeaderSize: MAXIMUM_HEADER_BYTES,
    headersTimeout: options.headersTimeoutMillis ?? 10_000,
    requestTimeout: options.requestTimeoutMillis ?? 30_000,
    connectionsCheckingInterval: 1000
  }
  return options.tls === undefined
    ? createHttpServer(limits, listener)
    : createHttpsServer({ ...limits, cert: options.tls.cert, key: options.tls.key }, listener)
}

interface Surroundings {
  readonly origin: () => string
  readonly onDefect: (error: unknown) => void
}

const makeListener = ({ answer, fetch, maximumBodyBytes = 4 * 1024 * 1024 }: ServeOptions, here: Surroundings) =>
  answer === undefined ? webListener(fetch, { ...here, maximumBodyBytes }) : plainListener(answer, here)

const makeClose = (server: HttpServer, graceMillis: number): Effect.Effect<void> => {
  let closing = false
  server.on("request", (_, outgoing) => {
    // A connection that became idle after `close` was called would otherwise stay until its keep-alive ends.
    outgoing.once("close", () => void (closing && setImmediate(() => server.closeIdleConnections())))
  })
  return Effect.callback((resume) => {
    closing = true
    const patience = setTimeout(() => server.closeAllConnections(), graceMillis)
    server.close(() => {
      clearTimeout(patience)
      resume(Effect.void)
    })
  })
}

/**
 * Serves a web-standard handler on `node:http` or `node:https`, with bounds on headers (16 KiB, 431), body (413) and time
 * (408).
 */
export const serve = (options: ServeOptions): Effect.Effect<Server, ListenFailed> =>
  Effect.gen(function* () {
    const { hostname, port } = options
    let origin = options.origin ?? ""
    const run = Effect.runForkWith(yield* Effect.context())
    const log = (error: unknown): void => void run(Effect.logError("a request handler threw", error))
    const server = yield* Effect.try({
      try: () =>
        makeServer(options, makeListener(options, { origin: () => origin, onDefect: options.onDefect ?? log })),
      // Only an unusable certificate or key gets here.
      catch: (error) => new ListenFailed({ host: hostname, port, code: codeOf(error), cause: error })
    })
    server.on("checkContinue", (incoming, outgoing) => {
      awaitBody(incoming, outgoing)
      server.emit("request", incoming, outgoing)
    })
    const close = makeClose(server, options.graceMillis ?? 5000)
    const bound = yield* listen(server, { host: hostname, port })
    const url = `${options.tls === undefined ? "http" : "https"}://${authority(hostname, bound)}`
    origin = options.origin ?? url
    return { url, port: bound, close: () => close }
  }).pipe(Effect.withSpan("node.serve"))

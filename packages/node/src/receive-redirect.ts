import { createServer, type Server, type ServerResponse } from "node:http"
import { Failure } from "@postern/rejection"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { callbackHeaders, callbackPage } from "./callback-page.ts"
import { listen, type ListenFailed } from "./listen.ts"

/** No redirect arrived in time; the listener is closed. */
export class RedirectTimedOut extends Failure("RedirectTimedOut")<{ readonly waitedMillis: number }> {
  override get message() {
    return `the browser did not come back within ${Math.round(this.waitedMillis / 1000)} seconds`
  }
}

/** Where to wait for the browser. */
export interface RedirectOptions {
  /** 127.0.0.1 unless told: no other interface is ever listened on (RFC 8252 section 8.3). */
  readonly host?: "127.0.0.1" | "::1" | undefined
  /** `/callback` unless told. */
  readonly path?: `/${string}` | undefined
  /** The one that a redirect URI is registered with; a free one unless told. `ListenFailed` where somebody else has it. */
  readonly port?: number | undefined
  /** 5 minutes unless told, 10 at most. */
  readonly timeoutMillis?: number | undefined
}

/** Waits on this machine for the one redirect that ends an authorization. */
export interface RedirectReceiver {
  /** The redirect URI to send: loopback, with the port that this receiver owns. */
  readonly redirectUri: string
  /** The full URL that the browser came back with, as it came. */
  readonly callback: Effect.Effect<string, RedirectTimedOut>
  /** Stops listening; whoever still waits for `callback` is interrupted. */
  readonly close: Effect.Effect<void>
}

const LONGEST_MILLIS = 10 * 60 * 1000

// How long the listener stays for the page after the redirect has arrived.
const PAGE_MILLIS = 1000

// The browser is sent on at once, so that the code does not stay in its address bar and history (RFC 9700 section 4.3.1).
const PAGE_PATH = "/done"

const reply = (
  outgoing: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body = ""
): void => {
  outgoing.writeHead(status, { ...callbackHeaders, ...headers }).end(body)
}

interface Listener {
  readonly server: Server
  /** Done when the redirect has arrived; its value is the request target. */
  readonly arrived: Promise<string>
  /** Done when the browser has got the page. */
  readonly shown: Promise<void>
}

const makeListener = (path: string, authority: () => string): Listener => {
  const arrived = Promise.withResolvers<string>()
  const shown = Promise.withResolvers<void>()
  let received = false
  const server = createServer((incoming, outgoing) => {
    const target = incoming.url ?? ""
    const [asked] = target.split("?", 1)
    // A page of another site that names us by a host name of its own (DNS rebinding) gets nothing.
    if (incoming.headers.host !== authority()) return reply(outgoing, 421, {})
    if (asked === PAGE_PATH && received) {
      outgoing.once("close", () => shown.resolve())
      return reply(outgoing, 200, { "content-type": "text/html; charset=utf-8" }, callbackPage)
    }
    if (asked !== path) return reply(outgoing, 404, {})
    if (incoming.method !== "GET") return reply(outgoing, 405, { allow: "GET" })
    if (received) return reply(outgoing, 410, {})
    received = true
    reply(outgoing, 303, { location: PAGE_PATH })
    arrived.resolve(target)
  })
  return { server, arrived: arrived.promise, shown: shown.promise }
}

const stop = (server: Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

/**
 * Listens on a port of the loopback interface for one `GET` of one path, and closes when it came or the time is
 * over (RFC 8252 section 7.3, OAuth 2.1 section 8.5.4).
 */
export const receiveRedirect = (options: RedirectOptions = {}): Effect.Effect<RedirectReceiver, ListenFailed> =>
  Effect.gen(function* () {
    const { host = "127.0.0.1", path = "/callback", port: wanted = 0 } = options
    const timeoutMillis = Math.min(options.timeoutMillis ?? 5 * 60 * 1000, LONGEST_MILLIS)
    let authority = ""
    const { server, arrived, shown } = makeListener(path, () => authority)
    const port = yield* listen(server, { host, port: wanted })
    authority = `${host === "::1" ? "[::1]" : host}:${port}`

    const outcome = yield* Deferred.make<string, RedirectTimedOut>()
    const page = Effect.promise(() => shown).pipe(Effect.timeoutOption(PAGE_MILLIS))
    const life = Effect.promise(() => arrived).pipe(
      Effect.flatMap((target) => Deferred.succeed(outcome, `http://${authority}${target}`)),
      Effect.andThen(page),
      Effect.timeoutOption(timeoutMillis),
      Effect.andThen(Deferred.fail(outcome, new RedirectTimedOut({ waitedMillis: timeoutMillis }))),
      Effect.ensuring(stop(server))
    )
    const fiber = yield* Effect.forkDetach(life, { startImmediately: true })
    const close = Effect.gen(function* () {
      // The browser that has just come back still gets its page.
      if (yield* Deferred.isDone(outcome)) yield* Fiber.await(fiber)
      else yield* Fiber.interrupt(fiber)
      yield* Deferred.interrupt(outcome)
    })
    return { redirectUri: `http://${authority}${path}`, callback: Deferred.await(outcome), close }
  }).pipe(Effect.withSpan("node.receiveRedirect"))

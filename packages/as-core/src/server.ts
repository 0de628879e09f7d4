import * as Effect from "effect/Effect"
import { makeRemoteClientKeys } from "./assertion/remote-keys.ts"
import { makeAttempts } from "./attempts.ts"
import { authorize } from "./authorize/endpoint.ts"
import { checkOptions } from "./check-options.ts"
import { makeDocumentFinder } from "./clients/document.ts"
import { makeClientFinder } from "./clients/find.ts"
import type { ConfigurationInvalid } from "./configuration-invalid.ts"
import { type Engine, makeTell } from "./engine.ts"
import { preflight, withCors } from "./http/cors.ts"
import { json, publicJson } from "./http/respond.ts"
import { consent } from "./interaction/consent.ts"
import { resume } from "./interaction/resume.ts"
import { signIn } from "./interaction/sign-in.ts"
import { metadataDocument } from "./metadata.ts"
import type { AuthorizationServerOptions } from "./options.ts"
import type { PeopleFailed } from "./people.ts"
import { register } from "./register/endpoint.ts"
import { makeSigner } from "./signer.ts"
import type { StoreFailed } from "./store.ts"
import { token } from "./token/endpoint.ts"
import { unavailablePage, unexpectedPage } from "./http/last-resort.ts"

/** An authorization server: give it requests, whatever host and path prefix brought them. */
export interface AuthorizationServer {
  /** Answers every request; nothing that a request holds makes it fail. */
  readonly handle: (request: Request) => Effect.Effect<Response>
  /** The issuer identifier, byte for byte as configured. */
  readonly issuer: string
}

interface Route {
  readonly method: "GET" | "POST"
  readonly path: string
  /** `data`: JSON that any web page may ask for; `page`: HTML for this browser's user. */
  readonly kind: "data" | "page"
  readonly answer: (request: Request, url: URL) => Effect.Effect<Response, StoreFailed | PeopleFailed>
}

const routesOf = (engine: Engine): ReadonlyArray<Route> => {
  const { paths, dynamic } = engine.settings
  const metadata = metadataDocument(engine.settings)
  const { jwks } = engine.signer
  return [
    {
      method: "GET",
      path: paths.metadata,
      kind: "data",
      answer: () => Effect.sync(() => publicJson("application/json", metadata))
    },
    {
      method: "GET",
      path: paths.jwks,
      kind: "data",
      answer: () => Effect.sync(() => publicJson("application/jwk-set+json", jwks))
    },
    { method: "GET", path: paths.authorize, kind: "page", answer: (request, url) => authorize(engine, request, url) },
    { method: "GET", path: paths.interaction, kind: "page", answer: (request, url) => resume(engine, request, url) },
    { method: "POST", path: paths.login, kind: "page", answer: (request) => signIn(engine, request) },
    { method: "POST", path: paths.consent, kind: "page", answer: (request) => consent(engine, request) },
    { method: "POST", path: paths.token, kind: "data", answer: (request) => token(engine, request) },
    ...(dynamic === undefined
      ? []
      : [
          {
            method: "POST",
            path: paths.register,
            kind: "data",
            answer: (request) => register(engine, request, dynamic)
          } satisfies Route
        ])
  ]
}

/**
 * Makes an authorization server (OAuth 2.1, RFC 8414, RFC 7591, RFC 8707, RFC 9068, RFC 9207) from its ports and settings.
 * Every option is checked first: {@link ConfigurationInvalid} names the key.
 */
export const makeAuthorizationServer = Effect.fn("as-core.makeAuthorizationServer")(function* (
  options: AuthorizationServerOptions
): Effect.fn.Return<AuthorizationServer, ConfigurationInvalid> {
  const settings = yield* Effect.fromResult(checkOptions(options))
  const signer = yield* makeSigner(options.keys)
  const fetching = options.registration?.documents
  const documents =
    fetching === undefined ? undefined : yield* makeDocumentFinder({ transport: fetching.transport, settings })
  const engine: Engine = {
    settings,
    store: options.store,
    people: options.people,
    pages: options.pages,
    signer,
    clients: makeClientFinder({ settings, store: options.store, documents }),
    remoteKeys: fetching && makeRemoteClientKeys({ transport: fetching.keySetTransport ?? fetching.transport }),
    signIns: makeAttempts({ limit: 5, windowSeconds: 60 }),
    redemptions: makeAttempts({ limit: 10, windowSeconds: 600 }),
    tell: makeTell(options.onEvent)
  }
  return { issuer: settings.issuer, handle: makeHandle(engine, routesOf(engine)) }
})

const makeHandle = (engine: Engine, routes: ReadonlyArray<Route>): AuthorizationServer["handle"] =>
  Effect.fn("as-core.handle")(function* (request: Request) {
    // Only path and query are read: whatever Host says, we are who the configuration says.
    const url = new URL(request.url)
    const route = routes.find(({ path }) => path === url.pathname)
    if (route === undefined) return json(404, { error: "not_found" })
    if (route.kind === "data" && request.method === "OPTIONS") return preflight(route.method)
    const answered =
      request.method === route.method || isHead(route, request)
        ? answerSafely(engine, route, request, url)
        : Effect.succeed(wrongMethod(route))
    const response = route.kind === "data" ? yield* Effect.map(answered, withCors) : yield* answered
    return request.method === "HEAD" ? new Response(null, response) : response
  })

/** RFC 9110 section 9.3.2. Not for pages: showing one begins something that nobody would see. */
const isHead = (route: Route, request: Request): boolean =>
  request.method === "HEAD" && route.method === "GET" && route.kind === "data"

const wrongMethod = ({ kind, method }: Route): Response =>
  json(
    405,
    { error: "invalid_request", error_description: `the method must be ${method}` },
    { allow: kind === "data" && method === "GET" ? "GET, HEAD" : method }
  )

const answerSafely = (engine: Engine, route: Route, request: Request, url: URL): Effect.Effect<Response> =>
  route.answer(request, url).pipe(
    Effect.catch(({ message }) =>
      Effect.as(
        engine.tell({ event: "unavailable", detail: message }),
        route.kind === "page" ? unavailablePage() : unavailable()
      )
    ),
    Effect.catchDefect(() =>
      // What was thrown is not told: it may hold anything.
      Effect.as(
        engine.tell({ event: "defect", detail: route.path }),
        route.kind === "page" ? unexpectedPage() : json(500, { error: "server_error" })
      )
    )
  )

const unavailable = (): Response => json(503, { error: "temporarily_unavailable" }, { "retry-after": "5" })

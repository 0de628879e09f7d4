import * as Effect from "effect/Effect"
import type { Engine } from "./engine.ts"
import { makeRouteFinder } from "./find-route.ts"
import { type Answer, withHeaders } from "./http/answer.ts"
import { preflight, withCors } from "./http/cors.ts"
import type { Incoming } from "./http/incoming.ts"
import { unavailablePage, unexpectedPage } from "./http/last-resort.ts"
import { json } from "./http/respond.ts"
import { TRANSPORT_SECURITY_SECONDS, UNAVAILABLE_RETRY_SECONDS } from "./limits.ts"
import type { Route } from "./routes.ts"
import { traced } from "./traced.ts"

/** Answers every request by its route; nothing that a request holds makes it fail. */
export const makeAnswer = (
  engine: Engine,
  routes: ReadonlyArray<Route>
): ((request: Incoming) => Effect.Effect<Answer>) => {
  const isSecure = engine.settings.origin.startsWith("https:")
  const find = makeRouteFinder(routes)
  return (request) => {
    const answered = answer(engine, find(request.url), request)
    return traced("as-core.handle", isSecure ? Effect.map(answered, withTransportSecurity) : answered)
  }
}

const withTransportSecurity = (answer: Answer): Answer =>
  withHeaders(answer, { "strict-transport-security": `max-age=${TRANSPORT_SECURITY_SECONDS}` })

const answer = (engine: Engine, here: ReadonlyArray<Route>, request: Incoming): Effect.Effect<Answer> => {
  const route = here.find(({ method }) => method === request.method) ?? here[0]
  if (route === undefined) return Effect.succeed(json(404, { error: "not_found" }))
  const methods = here.map(({ method }) => method)
  if (route.kind === "data" && request.method === "OPTIONS") return Effect.succeed(preflight(methods.join(", ")))
  const answered =
    request.method === route.method || isHead(route, request)
      ? answerSafely(engine, route, request)
      : Effect.succeed(wrongMethod(route.kind, methods))
  if (route.kind === "page") return answered
  return Effect.map(answered, (answer) => withCors(request.method === "HEAD" ? { ...answer, body: null } : answer))
}

/** RFC 9110 section 9.3.2. Not for pages: showing one begins something that nobody would see. */
const isHead = (route: Route, request: Incoming): boolean =>
  request.method === "HEAD" && route.method === "GET" && route.kind === "data"

const wrongMethod = (kind: Route["kind"], methods: ReadonlyArray<string>): Answer =>
  json(
    405,
    { error: "invalid_request", error_description: `the method must be ${methods.join(" or ")}` },
    { allow: methods.map((method) => (kind === "data" && method === "GET" ? "GET, HEAD" : method)).join(", ") }
  )

const answerSafely = (engine: Engine, route: Route, request: Incoming): Effect.Effect<Answer> =>
  route.answer(request).pipe(
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

const unavailable = (): Answer =>
  json(503, { error: "temporarily_unavailable" }, { "retry-after": String(UNAVAILABLE_RETRY_SECONDS) })

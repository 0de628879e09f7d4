import * as Effect from "effect/Effect"
import { authorize } from "./authorize/endpoint.ts"
import type { Engine } from "./engine.ts"
import { publicJson } from "./http/respond.ts"
import { consent } from "./interaction/consent.ts"
import { resume } from "./interaction/resume.ts"
import { signIn } from "./interaction/sign-in.ts"
import { introspect } from "./introspect/endpoint.ts"
import { metadataDocument } from "./metadata.ts"
import type { PeopleFailed } from "./people.ts"
import { register } from "./register/endpoint.ts"
import { changeClient, readClient, removeClient } from "./register/manage.ts"
import { revoke } from "./revoke/endpoint.ts"
import type { StoreFailed } from "./store.ts"
import { token } from "./token/endpoint.ts"
import type { Incoming } from "./http/incoming.ts"
import type { Answer } from "./http/answer.ts"

/** One method of one path. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  readonly path: string
  /** The path is what the URL's begins with. */
  readonly prefix?: boolean
  /** `data`: JSON that any web page may ask for; `page`: HTML for this browser's user. */
  readonly kind: "data" | "page"
  readonly answer: (request: Incoming) => Effect.Effect<Answer, StoreFailed | PeopleFailed>
}

const urlOf = ({ url }: Incoming): URL => new URL(url)

/** Everything that this server answers. */
export const routesOf = (engine: Engine): ReadonlyArray<Route> => {
  const { paths, dynamic } = engine.settings
  const metadata = metadataDocument(engine.settings)
  return [
    ...paths.metadata.map((path): Route => ({
      method: "GET",
      path,
      kind: "data",
      answer: () => Effect.sync(() => publicJson("application/json", metadata))
    })),
    {
      method: "GET",
      path: paths.jwks,
      kind: "data",
      answer: () => Effect.map(engine.signer.jwks, (jwks) => publicJson("application/jwk-set+json", jwks))
    },
    {
      method: "GET",
      path: paths.authorize,
      kind: "page",
      answer: (request) => authorize(engine, request, urlOf(request))
    },
    {
      method: "GET",
      path: paths.interaction,
      kind: "page",
      answer: (request) => resume(engine, request, urlOf(request))
    },
    { method: "POST", path: paths.login, kind: "page", answer: (request) => signIn(engine, request) },
    { method: "POST", path: paths.consent, kind: "page", answer: (request) => consent(engine, request) },
    { method: "POST", path: paths.token, kind: "data", answer: (request) => token(engine, request) },
    { method: "POST", path: paths.revoke, kind: "data", answer: (request) => revoke(engine, request) },
    ...(engine.settings.introspection.size === 0
      ? []
      : [
          {
            method: "POST",
            path: paths.introspect,
            kind: "data",
            answer: (request) => introspect(engine, request)
          } satisfies Route
        ]),
    ...(dynamic === undefined
      ? []
      : [
          {
            method: "POST",
            path: paths.register,
            kind: "data",
            answer: (request) => register(engine, request, dynamic)
          } satisfies Route
        ]),
    // RFC 7592: for clients that came with an initial access token, so nowhere else.
    ...(dynamic === undefined || dynamic.initialAccessTokens.size === 0 ? [] : managementRoutes(engine))
  ]
}

const managementRoutes = (engine: Engine): ReadonlyArray<Route> => {
  const endpoint = { path: `${engine.settings.paths.register}/`, prefix: true, kind: "data" } as const
  return [
    { ...endpoint, method: "GET", answer: (request) => readClient(engine, request, urlOf(request)) },
    { ...endpoint, method: "PUT", answer: (request) => changeClient(engine, request, urlOf(request)) },
    { ...endpoint, method: "DELETE", answer: (request) => removeClient(engine, request, urlOf(request)) }
  ]
}

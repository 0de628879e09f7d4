import {
  makeClient,
  memoryStore,
  type Client,
  type ClientOptions,
  type CredentialStore,
  type FlowEvent
} from "@postern/client-flow"
import { makeMachineClient, type MachineClientOptions } from "@postern/client-flow/machine"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

/** One request as a server saw it. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string
}

export const RESOURCE = "https://mcp.example.com/mcp"
export const ISSUER = "https://as.example.com"
export const PRM_URL = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
export const ROOT_PRM_URL = "https://mcp.example.com/.well-known/oauth-protected-resource"
export const ASM_URL = "https://as.example.com/.well-known/oauth-authorization-server"
export const TOKEN_URL = "https://as.example.com/token"
export const REGISTER_URL = "https://as.example.com/register"
export const CALLBACK = "http://127.0.0.1:3999/callback"

export const resourceMetadata = (members: Readonly<Record<string, unknown>> = {}) => ({
  resource: RESOURCE,
  authorization_servers: [ISSUER],
  ...members
})

export const serverMetadata = (members: Readonly<Record<string, unknown>> = {}, issuer = ISSUER) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  registration_endpoint: `${issuer}/register`,
  response_types_supported: ["code"],
  grant_types_supported: ["authorization_code", "refresh_token"],
  code_challenge_methods_supported: ["S256"],
  token_endpoint_auth_methods_supported: ["none"],
  authorization_response_iss_parameter_supported: true,
  ...members
})

export const json = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}) =>
  new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json", ...headers } })

export const unauthorized = (parameters = `resource_metadata="${PRM_URL}"`) =>
  new Response("", { status: 401, headers: { "www-authenticate": `Bearer ${parameters}`.trim() } })

export const insufficientScope = (scope: string) =>
  new Response("", {
    status: 403,
    headers: {
      "www-authenticate": `Bearer error="insufficient_scope", scope="${scope}", resource_metadata="${PRM_URL}"`
    }
  })

export type Route = (request: Seen) => Response | Promise<Response>

/** What the user agent was asked for. */
export interface Visit {
  readonly url: URL
  readonly parameters: URLSearchParams
  readonly redirectUri: string
}

export interface World {
  /** Every request, in order, to whichever server. */
  readonly seen: Array<Seen>
  readonly visits: Array<Visit>
  readonly events: Array<FlowEvent>
  readonly routes: Map<string, Route>
  readonly fetch: typeof globalThis.fetch
  readonly store: CredentialStore
  /** How the authorization server answers a visit: the callback URL. */
  answer: (visit: Visit) => string
  readonly urls: () => ReadonlyArray<string>
  readonly requestsTo: (url: string) => ReadonlyArray<Seen>
  readonly forms: (url: string) => ReadonlyArray<URLSearchParams>
  readonly client: (options?: Partial<ClientOptions>) => Client
  /** A client without a browser; registered here with a secret, unless told. */
  readonly machine: (options: Partial<MachineClientOptions> & Pick<MachineClientOptions, "grant">) => Client
  /** The tokens that the default token endpoint issued. */
  readonly issued: Array<string>
}

export const callback = (visit: Visit, parameters: Readonly<Record<string, string>>) =>
  `${visit.redirectUri}?${new URLSearchParams(parameters)}`

/** An MCP server and its authorization server in memory: they work, until a test replaces a route. */
export const makeWorld = (): World => {
  const seen: Array<Seen> = []
  const visits: Array<Visit> = []
  const events: Array<FlowEvent> = []
  const issued: Array<string> = []
  const store = memoryStore()
  let scope = ""

  const routes = new Map<string, Route>([
    [PRM_URL, () => json(resourceMetadata())],
    [ASM_URL, () => json(serverMetadata())],
    [REGISTER_URL, ({ body }) => json({ ...JSON.parse(body), client_id: "registered-client" }, 201)],
    [
      TOKEN_URL,
      ({ body }) => {
        const form = new URLSearchParams(body)
        const token = `access-${issued.length + 1}`
        issued.push(token)
        const granted = form.get("grant_type") === "authorization_code" ? scope : undefined
        return json({
          access_token: token,
          token_type: "Bearer",
          expires_in: 3600,
          refresh_token: `refresh-${issued.length}`,
          ...(granted ? { scope: granted } : {})
        })
      }
    ],
    [
      RESOURCE,
      ({ headers }) => {
        const token = headers.get("authorization")?.replace("Bearer ", "")
        return token !== undefined && issued.includes(token) ? json({ ok: true }) : unauthorized()
      }
    ]
  ])

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const record = { method: request.method, url: request.url, headers: request.headers, body: await request.text() }
    seen.push(record)
    const route = routes.get(request.url) ?? routes.get(request.url.split("?")[0] ?? "")
    const response = route ? await route(record) : new Response("not here", { status: 404 })
    const location = response.headers.get("location")
    // As a platform does unless it is told not to.
    return location !== null && request.redirect === "follow"
      ? fetch(location, { method: record.method, headers: record.headers })
      : response
  }

  const world: World = {
    seen,
    visits,
    events,
    routes,
    fetch,
    store,
    issued,
    answer: (visit) => callback(visit, { code: "the-code", state: visit.parameters.get("state") ?? "", iss: ISSUER }),
    urls: () => seen.map(({ url }) => url),
    requestsTo: (url) => seen.filter((request) => request.url === url),
    forms: (url) => seen.filter((request) => request.url === url).map(({ body }) => new URLSearchParams(body)),
    client: (options = {}) =>
      Result.getOrThrow(
        makeClient({
          transport: makeTransport({ fetch }),
          resourceFetch: fetch,
          store,
          redirectUri: CALLBACK,
          clientMetadata: { client_name: "Test client" },
          events: (event) => events.push(event),
          userAgent: ({ authorizationUrl, redirectUri }) =>
            Effect.sync(() => {
              const url = new URL(authorizationUrl)
              const visit = { url, parameters: url.searchParams, redirectUri }
              visits.push(visit)
              scope = url.searchParams.get("scope") ?? ""
              return world.answer(visit)
            }),
          ...options
        })
      ),
    machine: (options) =>
      Result.getOrThrow(
        makeMachineClient({
          transport: makeTransport({ fetch }),
          resourceFetch: fetch,
          store,
          registrations: [{ issuer: ISSUER, clientId: "machine", clientSecret: "s3cret: +/%" }],
          events: (event) => events.push(event),
          ...options
        })
      )
  }
  return world
}

/** A JSON-RPC call of a tool. */
export const call = (tool = "read", url = RESOURCE) =>
  new Request(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: tool } })
  })

/** What waits for nothing but itself goes on. */
export const settled = Effect.promise(() => new Promise<void>((resolve) => setTimeout(resolve, 1)))

/** Waits for what others do, in real time, whatever the test's clock says. */
export const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.andThen(settled, until(condition))))

/** What came of an Effect, as a value. */
export const run = <A, E>(effect: Effect.Effect<A, E>): Promise<Result.Result<A, E>> =>
  Effect.runPromise(Effect.result(effect))

/** The error of an Effect that has to fail. */
export const failure = async <A, E>(effect: Effect.Effect<A, E>): Promise<E> => {
  const result = await run(effect)
  if (Result.isSuccess(result)) throw new Error("succeeded, and should not have")
  return result.failure
}

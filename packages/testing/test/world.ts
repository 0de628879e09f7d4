import {
  type ClientOptions,
  type FlowError,
  type FlowEvent,
  makeClient,
  memoryStore,
  type Relaxation,
  type StoredCredentials
} from "@postern/client-flow"
import { makeTransport } from "@postern/safe-fetch"
import { makeMcpServer, makeNetwork, type McpServerOptions, type Personality, visit } from "@postern/testing"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

export const RESOURCE = "https://mcp.example.com/mcp"
export const CALLBACK = "http://127.0.0.1:3999/callback"

/** A client with a secret, as most providers want it. */
export const SECRET_CLIENT = { clientId: "test-client", clientSecret: "s3cret: +/%", redirectUris: [CALLBACK] }

export interface WorldOptions {
  readonly personality: Personality
  readonly server?: Partial<McpServerOptions>
  readonly client?: Partial<ClientOptions>
  readonly relax?: ReadonlyArray<Relaxation>
}

export interface World {
  readonly events: ReadonlyArray<FlowEvent>
  /** The URLs that the browser was sent to. */
  readonly visits: ReadonlyArray<URL>
  /** One call of the MCP server: its status, or why there is none. */
  readonly call: () => Promise<number | FlowError>
  /** A login, whatever is held. */
  readonly authorize: () => Promise<StoredCredentials>
}

/** Our client, an MCP server and the personality that protects it. */
export const makeWorld = ({ client = {}, personality, relax = [], server = {} }: WorldOptions): World => {
  const mcp = makeMcpServer({ resource: RESOURCE, authorizationServer: personality, scope: ["notes.read"], ...server })
  const fetch = makeNetwork(mcp, personality)
  const events: Array<FlowEvent> = []
  const visits: Array<URL> = []
  const made = Result.getOrThrow(
    makeClient({
      transport: makeTransport({ fetch }),
      resourceFetch: fetch,
      store: memoryStore(),
      redirectUri: CALLBACK,
      clientMetadata: { client_name: "Test client" },
      registrations: [
        { issuer: server.issuer ?? personality.issuer, clientId: "test-client", tokenEndpointAuthMethod: "none" }
      ],
      events: (event) => events.push(event),
      userAgent: ({ authorizationUrl }) =>
        Effect.promise(() => {
          visits.push(new URL(authorizationUrl))
          return visit(fetch, authorizationUrl)
        }),
      relax,
      ...client
    })
  )
  const call = () =>
    Effect.runPromise(
      Effect.match(made.fetch(RESOURCE, new Request(RESOURCE, { method: "POST", body: "{}" })), {
        onFailure: (error) => error,
        onSuccess: ({ status }) => status
      })
    )
  const authorize = () => Effect.runPromise(made.authorize({ resource: RESOURCE }))
  return { events, visits, call, authorize }
}

/** The names of the exceptions that were used, each once. */
export const used = (events: ReadonlyArray<FlowEvent>): ReadonlyArray<string> => [
  ...new Set(events.flatMap((event) => (event._tag === "ExceptionUsed" ? [event.allow] : [])))
]

import * as Effect from "effect/Effect"
import { makeAuthorizationServer, type Pages } from "../../packages/as-core/src/index.ts"
import { makeMemoryStore } from "../../packages/as-core/src/memory.ts"
import { serve } from "../../packages/node/src/index.ts"
import { CALLBACK, CLIENT_ID, SCOPE } from "./names.ts"

/** Our authorization server and an MCP server that asks only whether a token is the newest. */
export interface Running {
  readonly issuer: string
  readonly resource: string
  /** From now on the MCP server refuses the newest token. */
  readonly refuse: () => void
  /** The newest access token. */
  readonly newest: () => string | undefined
  /** How many refreshes were answered with tokens. */
  readonly refreshes: () => number
  /** How many grants were ended because of a refresh token that was used twice. */
  readonly replays: () => number
  /** The callback of a person who says yes. */
  readonly approve: (authorizationUrl: string) => Promise<string>
  readonly close: () => Promise<void>
}

const facts = (page: object): string => JSON.stringify(page)
const pages: Pages = { signIn: facts, consent: facts, error: facts }

const ada = { subject: "ada", name: "Ada", roles: [] }

/** `replaySeconds` is the replay window of a refresh; without one, a refresh token that comes twice ends its grant. */
export const startServer = async (replaySeconds: number): Promise<Running> => {
  let handle: (request: Request) => Promise<Response> = async () => new Response(null, { status: 503 })
  const listening = await Effect.runPromise(
    serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => handle(request) })
  )
  const issuer = listening.url
  const resource = `${issuer}/mcp`
  let replays = 0
  let refreshes = 0
  let newest: string | undefined
  const refused = new Set<string | undefined>()
  const server = await Effect.runPromise(
    makeAuthorizationServer({
      issuer,
      resources: [{ resource, scopes: { [SCOPE]: { description: "Read your notes" } } }],
      store: makeMemoryStore(),
      keys: { encryptionKeys: [crypto.getRandomValues(new Uint8Array(32))] },
      people: { authenticate: () => Effect.succeed(ada), find: () => Effect.succeed(ada) },
      pages,
      clients: [
        {
          clientId: CLIENT_ID,
          name: "Desktop",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "none",
          grantTypes: ["authorization_code", "refresh_token"]
        }
      ],
      lifetimes: { refreshReplay: replaySeconds },
      rates: { tokens: 1_000_000, authorizations: 1_000_000, revocations: 1_000_000 },
      onEvent: ({ event }) => {
        if (event === "refresh-token-replayed") replays++
      }
    })
  )
  const ask = (request: Request) => Effect.runPromise(server.handle(request))

  const answerToken = async (request: Request): Promise<Response> => {
    const isRefresh = (await request.clone().text()).includes("grant_type=refresh_token")
    const response = await ask(request)
    if (response.status !== 200) return response
    const { access_token: token }: { readonly access_token: string } = await response.clone().json()
    newest = token
    if (isRefresh) refreshes++
    return response
  }

  const answerResource = (request: Request): Response => {
    const token = request.headers.get("authorization")?.replace("Bearer ", "")
    return token === newest && !refused.has(token)
      ? new Response(token)
      : new Response("", { status: 401, headers: { "www-authenticate": "Bearer" } })
  }

  handle = async (request) => {
    switch (new URL(request.url).pathname) {
      case "/.well-known/oauth-protected-resource/mcp":
        return Response.json({ resource, authorization_servers: [issuer] })
      case "/mcp":
        return answerResource(request)
      case "/token":
        return answerToken(request)
      default:
        return ask(request)
    }
  }

  return {
    issuer,
    resource,
    refuse: () => void refused.add(newest),
    newest: () => newest,
    refreshes: () => refreshes,
    replays: () => replays,
    approve: (url) => approve(ask, url),
    close: () => Effect.runPromise(listening.close())
  }
}

interface Page {
  readonly action: string
  readonly hidden: ReadonlyArray<{ readonly name: string; readonly value: string }>
}

/** The way of a browser through the pages, whose facts are JSON here. */
const approve = async (ask: (request: Request) => Promise<Response>, url: string): Promise<string> => {
  let cookie = ""
  const send = async (path: string, form?: Readonly<Record<string, string>>): Promise<Response> => {
    const { href, origin } = new URL(path, url)
    const headers = { cookie, origin, ...(form && { "content-type": "application/x-www-form-urlencoded" }) }
    const body = form && new URLSearchParams(form).toString()
    const response = await ask(new Request(href, { method: form ? "POST" : "GET", headers, ...(body && { body }) }))
    cookie = response.headers.get("set-cookie")?.split(";")[0] ?? cookie
    return response
  }
  let response = await send(url)
  for (let step = 0; step < 5; step++) {
    const location = response.headers.get("location")
    if (location?.startsWith(CALLBACK)) return location
    if (location !== null) response = await send(location)
    else {
      const { action, hidden }: Page = await response.json()
      const fields = Object.fromEntries(hidden.map(({ name, value }) => [name, value]))
      response = await send(action, { ...fields, username: "ada", password: "any", scope: SCOPE, decision: "approve" })
    }
  }
  throw new Error("the pages lead nowhere")
}

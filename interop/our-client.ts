// The story of our client at an authorization server that others have written: how it comes to a client id, a login, a refresh, more
// rights, a sign-out, and what the server has to refuse.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { makeClientIdMetadata, serveClientIdMetadata } from "../packages/client-flow/src/client-id-metadata/index.ts"
import { makeDpop } from "../packages/client-flow/src/dpop.ts"
import {
  type FlowError,
  type FlowEvent,
  memoryStore,
  type StoredCredentials
} from "../packages/client-flow/src/index.ts"
import { createClient, type PromiseClientOptions } from "../packages/client-flow/src/promise.ts"
import { makeTransport } from "../packages/safe-fetch/src/index.ts"
import { line, type Line, type Verdict } from "./verdict.ts"

export const REDIRECT = "http://127.0.0.1:38931/callback"
export const RESOURCE = "https://mcp.example.com/mcp"
/** Another MCP server of the same host, which the authorization server was told nothing of. */
export const STRANGER = "https://mcp.example.com/unknown"

/** A server of others, with an MCP server behind it that wants `read`, and for its tool `write` that as well. */
export interface Foreign {
  /** Reaches both. What the tool says is who asks. */
  readonly fetch: typeof globalThis.fetch
  /** A person's browser: from the authorization URL to the URL that it was sent to last. */
  readonly visit: (authorizationUrl: string) => Promise<string>
  readonly subject: string
  /** Whether it binds tokens to keys. */
  readonly binds: boolean
}

const metadata = Result.getOrThrow(
  makeClientIdMetadata({
    url: "https://app.example.com/oauth/client.json",
    redirectUris: [REDIRECT],
    clientMetadata: { client_name: "Interop" }
  })
)
/** What a server is answered that asks for the client's metadata document. */
export const serveDocument = serveClientIdMetadata(metadata)

/** What was asked of the servers since the last call, in order, with how they answered. */
const told = (events: Array<FlowEvent>): string =>
  events
    .splice(0)
    .flatMap((event) => (event._tag === "Exchanged" ? [`${event.purpose} ${event.status}`] : []))
    .join(", ")

const makeOurs = ({ fetch, visit }: Foreign, options: Partial<PromiseClientOptions>) => {
  const events: Array<FlowEvent> = []
  const store = memoryStore()
  const client = createClient({
    transport: makeTransport({ fetch }),
    resourceFetch: fetch,
    store,
    redirectUri: REDIRECT,
    clientMetadata: { client_name: "Interop" },
    userAgent: ({ authorizationUrl }) => visit(authorizationUrl),
    events: (event) => void events.push(event),
    ...options
  })
  const ask = async (tool: string): Promise<string> => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: tool, arguments: {} } })
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" }
    const answer = await client.fetch(RESOURCE, new Request(RESOURCE, { method: "POST", headers, body }))
    return Result.isSuccess(answer)
      ? `${answer.success.status} ${await answer.success.text()}`
      : `${answer.failure._tag}: ${answer.failure.message}`
  }
  const held = async (): Promise<StoredCredentials> => {
    const [credentials] = await Effect.runPromise(store.listCredentials)
    if (credentials === undefined) throw new Error("nothing is held")
    return credentials
  }
  const restore = (credentials: StoredCredentials) => Effect.runPromise(store.saveCredentials(credentials))
  /** The access token has ended; what else is held becomes `change`. */
  const expire = async (change: Partial<StoredCredentials> = {}) =>
    restore({ ...(await held()), expiresAt: 0, ...change })
  return { client, ask, held, restore, expire, told: () => told(events) }
}

const LOGIN = "resource 401, protected-resource-metadata 200, authorization-server-metadata 200"
const REGISTERED = `${LOGIN}, registration 201, code-exchange 200, resource 200`
const BY_DOCUMENT = `${LOGIN}, code-exchange 200, resource 200`

const first = async (foreign: Foreign): Promise<ReadonlyArray<Line>> => {
  const { ask, expire, held, told } = makeOurs(foreign, {})
  const { subject } = foreign
  const lines = [line("a login", `200 ${subject}`, await ask("read"))]
  lines.push(line("a login, what was asked", REGISTERED, told()))
  lines.push(line("again", `200 ${subject}`, await ask("read")), line("again, what was asked", "resource 200", told()))

  const before = await held()
  await expire()
  lines.push(line("after a refresh", `200 ${subject}`, await ask("read")))
  lines.push(line("after a refresh, what was asked", "refresh 200, resource 200", told()))
  const after = await held()
  const rotated = after.refreshToken !== before.refreshToken && after.refreshToken !== undefined
  lines.push(line("the refresh token is another", "true", String(rotated)))

  lines.push(line("a tool that needs more", `200 ${subject}`, await ask("write")))
  lines.push(line("more, what was asked", "resource 403, code-exchange 200, resource 200", steps(told())))
  const { grantedScope } = await held()
  lines.push(
    line("more, what was granted", "true", String(["read", "write"].every((scope) => grantedScope.includes(scope))))
  )
  return lines
}

/** Without what a client may ask again before it asks for more. */
const steps = (asked: string): string =>
  asked
    .split(", ")
    .filter((each) => !each.includes("metadata"))
    .join(", ")

const byDocument = async (foreign: Foreign): Promise<ReadonlyArray<Line>> => {
  const { ask, expire, told } = makeOurs(foreign, { clientIdMetadataUrl: metadata.url })
  const lines = [line("a login", `200 ${foreign.subject}`, await ask("read"))]
  lines.push(line("a login, what was asked", BY_DOCUMENT, told()))
  await expire()
  lines.push(line("after a refresh", `200 ${foreign.subject}`, await ask("read")))
  lines.push(line("after a refresh, what was asked", "refresh 200, resource 200", told()))
  return lines
}

/** The same servers, to whom every token request arrives changed, and twice if told. */
const tampered = (foreign: Foreign, change: (form: URLSearchParams) => void, twice = false): Foreign => ({
  ...foreign,
  fetch: async (input, init) => {
    const request = new Request(input, init)
    const form = new URLSearchParams(request.method === "POST" ? await request.clone().text() : "")
    if (form.get("grant_type") !== "authorization_code") return foreign.fetch(request)
    change(form)
    const send = () => foreign.fetch(new Request(request.url, { method: "POST", headers: request.headers, body: form }))
    if (twice) await send()
    return send()
  }
})

/** A rejection by its tag, and the error that the server gave. */
const named = (error: FlowError): string => ("error" in error ? `${error._tag} ${error.error}` : error._tag)

const refusals = async (foreign: Foreign): Promise<ReadonlyArray<Line>> => {
  const authorize = async (world: Foreign, resource = RESOURCE): Promise<string> => {
    const outcome = await makeOurs(world, {}).client.authorize({ resource })
    if (Result.isSuccess(outcome)) return "accepted"
    return named(outcome.failure)
  }
  const lines = [
    line(
      "another code verifier",
      "TokenRequestRejected invalid_grant",
      await authorize(tampered(foreign, (form) => form.set("code_verifier", "another".repeat(8))))
    ),
    line(
      "a code that comes twice",
      "TokenRequestRejected invalid_grant",
      await authorize(tampered(foreign, () => undefined, true))
    ),
    line(
      "another resource at the token endpoint",
      "TokenRequestRejected invalid_target",
      await authorize(tampered(foreign, (form) => form.set("resource", STRANGER)))
    )
  ]
  const stranger = await authorize(foreign, STRANGER)
  const isRefused = /^(?:AuthorizationRefused|TokenRequestRejected) invalid_target$/.test(stranger)
  lines.push(
    line(
      "a resource that it does not know",
      "refused with invalid_target",
      isRefused ? "refused with invalid_target" : stranger
    )
  )

  const used = makeOurs(foreign, {})
  await used.ask("read")
  const { refreshToken } = await used.held()
  // Twice: a server may take the one before once more, for an answer that was lost.
  for (let time = 0; time < 2; time++) {
    await used.expire()
    await used.ask("read")
  }
  await used.expire({ refreshToken })
  used.told()
  await used.ask("read")
  lines.push(
    line(
      "a refresh token that was used",
      "refresh 400",
      used
        .told()
        .split(", ")
        .find((each) => each.startsWith("refresh")) ?? "none"
    )
  )
  return lines
}

const signOut = async (foreign: Foreign): Promise<ReadonlyArray<Line>> => {
  const { ask, client, held, restore, told } = makeOurs(foreign, {})
  await ask("read")
  const before = await held()
  const outcome = await client.signOut(RESOURCE)
  const revoked = Result.isSuccess(outcome)
    ? outcome.success.flatMap(({ tokens }) =>
        tokens.map((token) => `${token.kind} ${token.revoked ? "revoked" : named(token.reason)}`)
      )
    : [named(outcome.failure)]
  const lines = [line("revokes its tokens", "refresh revoked, access revoked", revoked.join(", "))]
  await restore({ ...before, expiresAt: 0 })
  told()
  await ask("read")
  const [refresh = "none"] = told()
    .split(", ")
    .filter((each) => each.startsWith("refresh"))
  return [...lines, line("a refresh token that was revoked", "refresh 400", refresh)]
}

/** The same login with tokens that are bound to a key (RFC 9449). */
const bound = async (foreign: Foreign): Promise<ReadonlyArray<Line>> => {
  const { ask, expire, held } = makeOurs(foreign, { dpop: Result.getOrThrow(makeDpop({ required: true })) })
  const lines = [line("a login with a key", `200 ${foreign.subject}`, await ask("read"))]
  lines.push(line("its tokens are bound", "true", String((await held()).proofKey !== undefined)))
  await expire()
  lines.push(line("after a refresh with the key", `200 ${foreign.subject}`, await ask("read")))
  return lines
}

/** What a server is known to get wrong, by the name of the line: what comes, and why that is not what should. */
export type Known = Readonly<Record<string, { readonly comes: string; readonly why: string }>>

/** The reasons alone, for the report. */
export const reasonsOf = (known: Known): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(known).map(([name, { comes, why }]) => [name, `${comes}: ${why}`]))

/** A line is skipped where just that comes; anything else is a failure. */
const explained = (lines: ReadonlyArray<Line>, known: Known): ReadonlyArray<Line> =>
  lines.map((each) => {
    const one = each.outcome === "failed" ? known[each.name] : undefined
    return one !== undefined && each.said?.endsWith(`, got ${one.comes}`) ? { ...each, outcome: "skipped" } : each
  })

/** All of it. */
export const ourClientAt = async (foreign: Foreign, known: Known): Promise<ReadonlyArray<Verdict>> => [
  { judge: "a client that registers", lines: explained(await first(foreign), known) },
  { judge: "a client with a metadata document", lines: explained(await byDocument(foreign), known) },
  { judge: "what it refuses", lines: explained(await refusals(foreign), known) },
  { judge: "a sign-out", lines: explained(await signOut(foreign), known) },
  ...(foreign.binds ? [{ judge: "tokens bound to a key", lines: explained(await bound(foreign), known) }] : [])
]

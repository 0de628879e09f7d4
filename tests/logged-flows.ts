// A program for attacks-store.test.ts: a happy flow and many flows that fail, everything that an operator could log
// written to the terminal, and every secret that was in play told to the parent process.
import { format, inspect } from "node:util"
import { makeClient, memoryStore } from "@postern/client-flow"
import { createVerifier } from "@postern/jwt-verify/promise"
import { createGuard } from "@postern/resource-server/promise"
import { makeTransport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import {
  authorizeUrl,
  form,
  ISSUER,
  jwks,
  MAIL,
  makeBrowser,
  makeServerWorld,
  NOTES,
  VERIFIER
} from "./server-world.ts"

const CALLBACK = "https://client.example.org/cb"
const SECRET = "s3cret-of-c2"
const secrets = new Set<string>([VERIFIER, SECRET])
const secret = (name: string): string => {
  const made = `${name}-${crypto.randomUUID()}`
  secrets.add(made)
  return made
}

const world = await makeServerWorld({
  dynamic: true,
  clients: [
    { clientId: "c1", name: "One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
    {
      clientId: "c2",
      name: "Two",
      redirectUris: [CALLBACK],
      tokenEndpointAuthMethod: "client_secret_basic",
      // SHA-256 of the secret, base64url.
      secretHash: "i084lAmKEVst-0cv1qabXmSjBPrQCKWWFMDHwe229vk"
    }
  ]
})
const guardOf = (resource: string) =>
  createGuard({
    resource,
    authorizationServers: [ISSUER],
    verifier: createVerifier({ issuer: ISSUER, audience: resource, jwks }),
    operations: { default: ["notes:read"], tools: { read: [], purge: ["notes:admin"] } }
  })
const guards = { notes: guardOf(NOTES), mail: guardOf(MAIL) }
const call = (guard: keyof typeof guards, headers: Record<string, string>, url = NOTES, tool = "read") =>
  guards[guard].handle(
    new Request(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: tool } })
    }),
    async () => Response.json({ ok: true })
  )

let failures = 0
/** Something that must not work: its status tells. */
const fails = async (response: Promise<Response>): Promise<void> => {
  const { headers, status } = await response
  const refused = status >= 400 || (headers.get("location") ?? "").includes("error=")
  if (!refused) throw new Error(`flow ${failures} did not fail: ${status}`)
  failures += 1
}

const tell = (...values: ReadonlyArray<unknown>): void => void process.stderr.write(`${format(...values)}\n`)

/** As a caller would show it, in every way. */
const show = (error: unknown): void => {
  tell(error)
  tell(String(error), inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error))
  if (error instanceof Error) tell(error.stack, error.cause, error.message)
}

const basic = { authorization: `Basic ${btoa(`c2:${SECRET}`)}` }
const token = (fields: Record<string, string>, headers: HeadersInit = {}) =>
  world.handle(form("/token", fields, headers))
const redeem = { grant_type: "authorization_code", client_id: "c1", code_verifier: VERIFIER }

const obtainCode = async (client_id: string): Promise<string> => {
  const browser = makeBrowser(world)
  const state = secret("state")
  const location = await browser.approve(authorizeUrl({ client_id, redirect_uri: CALLBACK, state }))
  for (const one of browser.secrets) secrets.add(one)
  const code = location.searchParams.get("code") ?? ""
  secrets.add(code)
  return code
}
interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}
const tokensOf = async (response: Response): Promise<Tokens> => {
  const tokens = (await response.json()) as Tokens
  for (const one of [tokens.access_token, tokens.refresh_token]) {
    if (one === undefined) throw new Error(`no token: ${JSON.stringify(tokens)}`)
    secrets.add(one)
    secrets.add(one.split(".").at(-1) ?? one)
  }
  return tokens
}

// What works.
const confidential = await tokensOf(
  await token({ grant_type: "authorization_code", code: await obtainCode("c2"), code_verifier: VERIFIER }, basic)
)
const rotated = await tokensOf(
  await token({ grant_type: "refresh_token", refresh_token: confidential.refresh_token }, basic)
)
const good = await call("notes", { authorization: `Bearer ${rotated.access_token}` })
if (good.status !== 200) throw new Error(`the happy flow ended with ${good.status}`)

// What does not, at the token endpoint.
for (const client of ["c1", "c2"] as const) {
  const code = await obtainCode(client)
  const headers: HeadersInit = client === "c2" ? basic : {}
  const own = client === "c1" ? { client_id: "c1" } : {}
  const right = { grant_type: "authorization_code", code, code_verifier: VERIFIER, ...own }
  await fails(token({ ...right, code_verifier: secret("verifier-that-is-long-enough-for-the-grammar") }, headers))
  await fails(token({ ...right, code_verifier: "" }, headers))
  await fails(token({ ...right, redirect_uri: `${CALLBACK}/` }, headers))
  await fails(token({ ...right, resource: MAIL }, headers))
  await fails(token({ ...right, code: secret("code") }, headers))
  await fails(token({ ...right, grant_type: "password", password: secret("password") }, headers))
  await fails(token({ ...right, client_assertion: secret("assertion"), client_assertion_type: "x" }, headers))
  await fails(token(right, { authorization: `Basic ${btoa(`c2:${secret("wrong")}`)}` }))
  await fails(token({ ...right, client_secret: secret("wrong") }, basic))
  await fails(token(right, { ...Object.fromEntries(new Headers(headers)), "content-type": "application/json" }))
  await fails(world.handle(new Request(`${ISSUER}/token?${new URLSearchParams(right)}`)))
  const tokens = await tokensOf(await token(right, headers))
  await fails(token({ grant_type: "refresh_token", refresh_token: tokens.access_token, ...own }, headers))
  await fails(token({ grant_type: "refresh_token", refresh_token: code, ...own }, headers))
  await fails(
    token({ grant_type: "refresh_token", refresh_token: tokens.refresh_token, scope: "notes:admin", ...own }, headers)
  )
  // Used twice, the second time for something else, and all that hangs on it with it.
  const again = { grant_type: "refresh_token", refresh_token: tokens.refresh_token, ...own }
  await tokensOf(await token(again, headers))
  await fails(token({ ...again, scope: "notes:read" }, headers))
  await fails(token(right, headers))
}
await fails(token({ ...redeem, code: await obtainCode("c2") }))
const replayed = { ...redeem, code: await obtainCode("c1") }
await tokensOf(await token(replayed))
await fails(token(replayed))

// At the guards.
const bearer = { authorization: `Bearer ${rotated.access_token}` }
await fails(call("mail", bearer, MAIL))
await fails(call("notes", bearer, NOTES, "purge"))
await fails(call("notes", { authorization: `Bearer ${rotated.access_token}x` }))
await fails(call("notes", { authorization: `Bearer ${rotated.refresh_token}` }))
await fails(call("notes", { authorization: `Bearer ${rotated.access_token}, Bearer ${rotated.access_token}` }))
await fails(call("notes", {}, `${NOTES}?access_token=${rotated.access_token}`))
await fails(call("notes", { cookie: `access_token=${rotated.access_token}` }))

// At the pages.
const start = (fields: Record<string, string>) =>
  world.handle(
    new Request(authorizeUrl({ client_id: "c1", redirect_uri: CALLBACK, state: secret("state"), ...fields }))
  )
await fails(start({ scope: "notes:nothing" }))
await fails(start({ response_type: "token" }))
await fails(start({ code_challenge: "" }))
await fails(start({ resource: "https://other.example/" }))
await fails(start({ client_id: secret("client") }))
await fails(start({ redirect_uri: `${CALLBACK}?code=${secret("code")}` }))
const browser = makeBrowser(world)
const opened = await browser.open(authorizeUrl({ client_id: "c1", redirect_uri: CALLBACK, state: secret("state") }))
const forged = secret("csrf-token")
await fails(browser.send(form("/consent", { token: forged, interaction: forged, decision: "approve" })))
await fails(browser.send(form("/login", { username: "ada", password: secret("password"), interaction: forged })))
await fails(browser.decide(opened.html, "deny"))
await fails(browser.decide(opened.html, "approve"))
for (const one of browser.secrets) secrets.add(one)

// At the registration endpoint.
const register = (body: string) =>
  world.handle(
    new Request(`${ISSUER}/register`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${secret("initial-access-token")}` },
      body
    })
  )
await fails(register("{"))
await fails(register(JSON.stringify({ redirect_uris: ["javascript:alert(1)"], client_secret: secret("secret") })))

// And the client: once it works, then its callback is wrong in every way.
const network: typeof globalThis.fetch = async (input, init) => {
  const request = new Request(input, init)
  const body = await request.clone().text()
  for (const [name, value] of new URLSearchParams(body)) {
    if (["code", "code_verifier", "refresh_token"].includes(name)) secrets.add(value)
  }
  const response = request.url.startsWith(ISSUER)
    ? await world.handle(request)
    : await guards.notes.handle(request, async () => Response.json({ ok: true }))
  if (request.url.endsWith("/token") && response.status === 200) await tokensOf(response.clone())
  return response
}
const client = (callback: (right: URL) => string) =>
  makeClient({
    transport: makeTransport({ fetch: network }),
    resourceFetch: network,
    store: memoryStore(),
    redirectUri: CALLBACK,
    clientMetadata: { client_name: "Client" },
    events: (event) => tell(JSON.stringify(event), event),
    userAgent: ({ authorizationUrl, state }) =>
      Effect.promise(async () => {
        secrets.add(state)
        const right = await makeBrowser(world).approve(authorizationUrl)
        secrets.add(right.searchParams.get("code") ?? state)
        return callback(right)
      })
  })
const attempt = async (callback: (right: URL) => string): Promise<unknown> => {
  const made = client(callback)
  if (made._tag === "Failure") throw made.failure
  const request = new Request(NOTES, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" })
  })
  return Effect.runPromise(
    Effect.match(made.success.fetch(NOTES, request), {
      onSuccess: ({ status }): unknown => status,
      onFailure: (error): unknown => error
    })
  )
}
const status = await attempt(String)
if (status !== 200) throw new Error(`the client's happy flow ended with ${inspect(status)}`)
const set = (name: string, value: string) => (url: URL) => {
  url.searchParams.set(name, value)
  return url.href
}
for (const callback of [
  set("state", secret("state")),
  set("iss", "https://evil.example"),
  set("code", secret("code")),
  set("error", "access_denied"),
  (url: URL) => url.href.replace("https:", "http:")
]) {
  const error = await attempt(callback)
  if (!(error instanceof Error)) throw new Error("a wrong callback was accepted")
  failures += 1
  show(error)
}

for (const event of world.events) tell(JSON.stringify(event), event)
process.send?.({ failures, secrets: [...secrets].filter((one) => one.length >= 8) })
await world.close()
process.disconnect?.()

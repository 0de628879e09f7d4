import { readFileSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import type { AddressInfo, Socket } from "node:net"
import { isIP } from "node:net"
import { pages } from "@postern/app-authorization-server"
import {
  type AuthorizationServerOptions,
  type ConfiguredClient,
  makeAuthorizationServer,
  type People,
  type ServerEvent
} from "@postern/as-core"
import { openSqliteStore } from "@postern/as-store-sql"
import { type Dial, makeNodeTransport } from "@postern/safe-fetch/node"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { generateKeyPair, exportJWK } from "jose"
import { clockOf, reallySleep } from "../packages/as-core/test/clock.ts"

export const ISSUER = "https://auth.example.org"
export const NOTES = "https://notes.example.org/mcp"
export const MAIL = "https://mail.example.org/mcp"
/** The one host that the certificate of the tests is for. */
export const HOST = "as.example.com"
export const PUBLIC = "93.184.216.34"
export const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

/** A certificate or key of the transport's own tests. */
export const tlsFixture = (name: string) =>
  readFileSync(new URL(`../packages/safe-fetch/test/fixtures/${name}`, import.meta.url), "utf8")

/** A server on loopback that counts what connects to it. */
export interface Canary {
  readonly port: number
  readonly connections: Array<Socket>
  readonly requests: Array<http.IncomingMessage>
  readonly close: () => Promise<void>
}

/** Listens with the certificate of {@link HOST}. */
export const startCanary = async (listener: http.RequestListener, certificate = "server.pem"): Promise<Canary> => {
  const connections: Array<Socket> = []
  const requests: Array<http.IncomingMessage> = []
  const server = https.createServer(
    { key: tlsFixture("server-key.pem"), cert: tlsFixture(certificate) },
    (request, answer) => {
      requests.push(request)
      listener(request, answer)
    }
  )
  server.on("tlsClientError", () => undefined)
  server.on("connection", (socket: Socket) => {
    connections.push(socket)
    socket.on("error", () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const close = async () => {
    for (const socket of connections) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port: (server.address() as AddressInfo).port, connections, requests, close }
}

const refused = Object.assign(new Error("not dialled in a test"), { code: "ECONNREFUSED" })

/**
 * Writes down every address that is dialled and stays on this machine: the public address leads to loopback, loopback to
 * itself, any other to nowhere.
 */
export const watchedDial = () => {
  const dialled: Array<string> = []
  const dial: Dial = (protocol, options, onResponse) => {
    const literal = isIP(options.hostname ?? "") === 0 ? undefined : (options.hostname ?? "")
    if (literal !== undefined) dialled.push(literal)
    const lookup: typeof options.lookup = (hostname, lookupOptions, callback) => {
      const answer = (found: string | undefined) => {
        if (found !== undefined) dialled.push(found)
        if (found !== PUBLIC && found !== "127.0.0.1") callback(refused, "", 4)
        else if (lookupOptions.all === true) callback(null, [{ address: "127.0.0.1", family: 4 }])
        else callback(null, "127.0.0.1", 4)
      }
      if (literal !== undefined) return callback(refused, "", 4)
      options.lookup?.(hostname, { ...lookupOptions, all: false }, (_error, found) =>
        answer(typeof found === "string" ? found : found[0]?.address)
      )
    }
    const hostname = literal === undefined || literal === "127.0.0.1" ? options.hostname : "nowhere.invalid"
    return (protocol === "https:" ? https : http).request({ ...options, hostname, lookup }, onResponse)
  }
  return { dial, dialled }
}

const people: People = {
  authenticate: ({ username }) => Effect.succeed({ subject: username, name: username, roles: [] }),
  find: (subject) => Effect.succeed({ subject, name: subject, roles: [] })
}

const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true })
/** The key set that the server publishes. */
export const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" }] }
const KEY = { kid: "k1", alg: "ES256", privateKey: await exportJWK(privateKey) } as const

export interface ServerWorld {
  readonly handle: (request: Request) => Promise<Response>
  readonly dialled: ReadonlyArray<string>
  readonly asked: ReadonlyArray<string>
  readonly events: ReadonlyArray<ServerEvent>
  /** Every change that the store was asked for. */
  readonly writes: ReadonlyArray<string>
  /** Lets time pass. */
  readonly wait: (seconds: number) => void
  readonly close: () => Promise<void>
}

/** A whole authorization server with SQLite, whose documents are fetched over https from this machine alone. */
export const makeServerWorld = async (
  options: {
    readonly lookup?: (hostname: string, question: number) => ReadonlyArray<string>
    readonly timeoutMillis?: number
    readonly documents?: boolean
    readonly clients?: ReadonlyArray<ConfiguredClient>
    readonly dynamic?: boolean
    /** Where the store is; in memory unless told. */
    readonly path?: string
  } = {}
): Promise<ServerWorld> => {
  const { dial, dialled } = watchedDial()
  const asked: Array<string> = []
  const events: Array<ServerEvent> = []
  let ahead = 0
  const transport = makeNodeTransport({
    dial,
    ca: tlsFixture("root.pem"),
    lookup: async (hostname) => {
      asked.push(hostname)
      return options.lookup?.(hostname, asked.length) ?? [PUBLIC]
    },
    bounds: { maximumBytes: 5120, timeoutMillis: options.timeoutMillis ?? 2000 }
  })
  const opened = await Effect.runPromise(openSqliteStore({ path: options.path ?? ":memory:" }))
  const writes: Array<string> = []
  const noted =
    <A extends ReadonlyArray<unknown>, B>(name: string, method: (...values: A) => B) =>
    (...values: A): B => {
      writes.push(name)
      return method(...values)
    }
  const store = {
    ...opened,
    addClient: noted("addClient", opened.addClient),
    addSession: noted("addSession", opened.addSession),
    addInteraction: noted("addInteraction", opened.addInteraction),
    approve: noted("approve", opened.approve)
  }
  const registration: AuthorizationServerOptions["registration"] = {
    ...(options.documents === false ? {} : { documents: { transport } }),
    ...(options.dynamic === true ? { dynamic: {} } : {})
  }
  const server = await Effect.runPromise(
    makeAuthorizationServer({
      issuer: ISSUER,
      resources: [
        {
          resource: NOTES,
          scopes: {
            "notes:read": { description: "Read notes" },
            "notes:admin": { description: "Purge notes", administratorsOnly: true }
          },
          defaultScope: ["notes:read"]
        },
        { resource: MAIL, scopes: { "mail:read": { description: "Read mail" } } }
      ],
      store,
      keys: [KEY],
      people,
      pages,
      registration,
      clients: options.clients ?? [],
      onEvent: (event) => events.push(event)
    })
  )
  const millis = () => Date.now() + ahead * 1000
  const clock = clockOf(millis, reallySleep)
  return {
    dialled,
    asked,
    events,
    writes,
    wait: (seconds) => void (ahead += seconds),
    handle: (request) => Effect.runPromise(Effect.provideService(server.handle(request), Clock.Clock, clock)),
    close: () => Effect.runPromise(store.close)
  }
}

export const authorizeUrl = (fields: Readonly<Record<string, string>>): string =>
  `${ISSUER}/authorize?${new URLSearchParams({
    response_type: "code",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    state: "st-1",
    resource: NOTES,
    scope: "notes:read",
    ...fields
  })}`

export const form = (path: string, fields: Readonly<Record<string, string>>, headers: HeadersInit = {}): Request =>
  new Request(new URL(path, ISSUER), {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...Object.fromEntries(new Headers(headers)) },
    body: new URLSearchParams(fields).toString()
  })

const unescape = (text: string): string =>
  text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&amp;/g, "&")

/** A page's form: where it goes, and every field that it would send untouched. */
export const formOf = (html: string) => {
  const action = unescape(/<form[^>]*action="([^"]*)"/.exec(html)?.[1] ?? "")
  const fields: Record<string, string> = {}
  for (const [input] of html.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1]
    const value = /value="([^"]*)"/.exec(input)?.[1]
    if (name !== undefined && value !== undefined) fields[unescape(name)] = unescape(value)
  }
  return { action, fields }
}

/** Somebody's browser. */
export const makeBrowser = (world: Pick<ServerWorld, "handle">, username = "ada") => {
  /** Session ids, form tokens and handles of pages: what this browser was given and nobody else may have. */
  const secrets = new Set<string>()
  let cookie = ""
  const send = async (request: Request): Promise<Response> => {
    if (cookie !== "") request.headers.set("cookie", cookie)
    const response = await world.handle(request)
    const set = response.headers.get("set-cookie")?.split(";")[0]
    if (set !== undefined) {
      cookie = set
      secrets.add(set.slice(set.indexOf("=") + 1))
    }
    return response
  }
  const read = (html: string) => {
    const read = formOf(html)
    for (const value of Object.values(read.fields)) if (value.length >= 20) secrets.add(value)
    return read
  }
  /** Opens a URL, signs in where it is asked for, and stops at the consent page (or at whatever else comes). */
  const open = async (url: string): Promise<{ readonly response: Response; readonly html: string }> => {
    let response = await send(new Request(url))
    let html = await response.text()
    if (html.includes('name="password"')) {
      const { action, fields } = read(html)
      response = await send(form(action, { ...fields, username, password: `${username}'s password` }))
      response = await send(new Request(new URL(response.headers.get("location") ?? "", ISSUER)))
      html = await response.text()
    }
    return { response, html }
  }
  const decide = (html: string, decision: "approve" | "deny"): Promise<Response> => {
    const { action, fields } = read(html)
    return send(form(action, { ...fields, decision }))
  }
  const approve = async (url: string): Promise<URL> => {
    const { html, response } = await open(url)
    // Without the page where the consent is remembered.
    const at = response.headers.get("location")
    const location = at ?? (await decide(html, "approve")).headers.get("location")
    if (location === null) throw new Error(`the page leads nowhere: ${/<h1>.*<\/h1>/.exec(html)?.[0]}`)
    return new URL(location)
  }
  return { open, decide, approve, send, secrets }
}

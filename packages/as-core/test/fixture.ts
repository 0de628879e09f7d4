import {
  type AuthorizationServer,
  type AuthorizationServerOptions,
  type ConsentFacts,
  type ErrorFacts,
  makeAuthorizationServer,
  type Pages,
  type People,
  PeopleFailed,
  type Person,
  type ServerEvent,
  type SignInFacts
} from "@postern/as-core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { makeMemoryStore, type MemoryStore } from "./memory-store.ts"
import { clockOf } from "./clock.ts"

export const ISSUER = "https://as.example.com/tenant"
export const NOTES = "https://notes.example.com/mcp"
export const MAIL = "https://mail.example.com/mcp"
export const CALLBACK = "https://client.example.com/cb"
/** RFC 7636 appendix B. */
export const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
export const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
/** SHA-256 of "s3cret-of-c2", base64url. */
export const C2_SECRET = "s3cret-of-c2"
export const C2_SECRET_HASH = "i084lAmKEVst-0cv1qabXmSjBPrQCKWWFMDHwe229vk"

export const KEY = {
  kid: "k1",
  alg: "ES256",
  // A key pair for tests alone.
  privateKey: {
    kty: "EC",
    crv: "P-256",
    x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
  }
} as const

export const start = Date.parse("2026-11-24T12:00:00Z") / 1000

const people: Record<string, Person & { readonly password: string }> = {
  ada: { subject: "u1", name: "Ada", roles: [], password: "ada's password" },
  root: { subject: "u2", name: "Root", roles: ["administrator"], password: "root's password" }
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

/** A page is its facts as escaped JSON: a test reads them back with {@link factsOf}. */
const render =
  (page: string) =>
  (facts: object): string =>
    `<!doctype html><title>${page}</title><pre>${escapeHtml(JSON.stringify({ page, ...facts }))}</pre>`

const pages: Pages = { signIn: render("signIn"), consent: render("consent"), error: render("error") }

export type Facts =
  | ({ readonly page: "signIn" } & SignInFacts)
  | ({ readonly page: "consent" } & ConsentFacts)
  | ({ readonly page: "error" } & ErrorFacts)

export const factsOf = (html: string): Facts => {
  const json = /<pre>(.*)<\/pre>/.exec(html)?.[1] ?? "null"
  return JSON.parse(json.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))) as Facts
}

export interface World {
  readonly server: AuthorizationServer
  readonly store: MemoryStore
  readonly events: Array<ServerEvent>
  readonly people: {
    mode: "works" | "failed"
    gone: Set<string>
    roles: Map<string, ReadonlyArray<string>>
    /** What happens while a person is looked up. */
    delay?: (() => void) | undefined
  }
  /** Seconds since 1970; set it to let time pass. */
  now: number
  /** Every deadline has passed already. */
  impatient: boolean
  /** `signal`: whoever asked leaves. */
  readonly handle: (request: Request, signal?: AbortSignal) => Promise<Response>
}

export const makeWorld = async (overrides: Partial<AuthorizationServerOptions> = {}): Promise<World> => {
  const store = makeMemoryStore()
  const events: Array<ServerEvent> = []
  const directory: World["people"] = { mode: "works", gone: new Set(), roles: new Map() }
  const asOfNow = ({ subject, name, roles }: Person): Person | undefined =>
    directory.gone.has(subject) ? undefined : { subject, name, roles: directory.roles.get(subject) ?? roles }
  const port: People = {
    authenticate: ({ username, password }) =>
      Effect.suspend(() => {
        if (directory.mode === "failed") return Effect.fail(new PeopleFailed({ operation: "authenticate" }))
        const entry = people[username]
        return Effect.succeed(entry?.password === password ? asOfNow(entry) : undefined)
      }),
    find: (subject) =>
      Effect.suspend(() => {
        if (directory.mode === "failed") return Effect.fail(new PeopleFailed({ operation: "find" }))
        directory.delay?.()
        const entry = Object.values(people).find((person) => person.subject === subject)
        return Effect.succeed(entry && asOfNow(entry))
      })
  }
  const server = await Effect.runPromise(
    makeAuthorizationServer({
      issuer: ISSUER,
      resources: [
        {
          resource: NOTES,
          name: "Notes",
          scopes: {
            "notes:read": { description: "Read notes" },
            "notes:write": { description: "Write notes" },
            "notes:admin": { description: "Purge notes", administratorsOnly: true }
          },
          defaultScope: ["notes:read"]
        },
        { resource: MAIL, scopes: { "mail:read": { description: "Read mail" } } }
      ],
      store,
      keys: [KEY],
      people: port,
      pages,
      clients: [
        { clientId: "c1", name: "Client One", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" },
        {
          clientId: "c2",
          name: "Client Two",
          redirectUris: [CALLBACK, `${CALLBACK}2`],
          tokenEndpointAuthMethod: "client_secret_basic",
          secretHash: C2_SECRET_HASH
        }
      ],
      registration: { dynamic: {} },
      onEvent: (event) => events.push(event),
      ...overrides
    })
  )
  const world: World = {
    server,
    store,
    events,
    people: directory,
    now: start,
    impatient: false,
    handle: (request, signal) => {
      const clock = clockOf(
        () => world.now * 1000,
        () => (world.impatient ? Effect.void : Effect.never)
      )
      return Effect.runPromise(Effect.provideService(server.handle(request), Clock.Clock, clock), signal && { signal })
    }
  }
  return world
}

/** Form fields; a list gives a field several times, `undefined` leaves it out. */
export type Fields = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

export const encode = (fields: Fields): URLSearchParams =>
  new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [value].flat().map((one) => [name, one] as [string, string])
    )
  )

export const authorizeUrl = (fields: Fields = {}, issuer = ISSUER): string =>
  `${issuer}/authorize?${encode({
    response_type: "code",
    client_id: "c1",
    redirect_uri: CALLBACK,
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    state: "st-1",
    resource: NOTES,
    scope: "notes:read notes:write",
    ...fields
  }).toString()}`

export const post = (
  path: string,
  fields: Fields,
  headers: Readonly<Record<string, string>> = {},
  issuer = ISSUER
): Request =>
  new Request(`${issuer}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: encode(fields).toString()
  })

export const tokenRequest = (fields: Fields, headers: Readonly<Record<string, string>> = {}): Request =>
  post("token", { grant_type: "authorization_code", client_id: "c1", code_verifier: VERIFIER, ...fields }, headers)

export const basic = (clientId: string, secret: string): string => `Basic ${btoa(`${clientId}:${secret}`)}`

/** A browser: keeps its cookie, follows redirects on the server, and stops at one that leads elsewhere. */
export class Browser {
  cookie: string | undefined
  readonly world: World
  constructor(world: World) {
    this.world = world
  }
  async send(request: Request): Promise<Response> {
    const headers = new Headers(request.headers)
    if (this.cookie !== undefined) headers.set("cookie", this.cookie)
    const response = await this.world.handle(new Request(request, { headers }))
    const set = response.headers.get("set-cookie")
    if (set !== null) this.cookie = set.split(";")[0]
    return response
  }
  get(url: string): Promise<Response> {
    return this.send(new Request(url))
  }
  async facts(response: Response | Promise<Response>): Promise<Facts> {
    return factsOf(await (await response).text())
  }
  /** Posts a page's form back, as it was rendered but for `fields`. */
  submit(facts: Facts, fields: Fields): Promise<Response> {
    if (facts.page === "error") throw new Error(`an error page has no form: ${facts.detail}`)
    const hidden = Object.fromEntries(facts.hidden.map(({ name, value }) => [name, value]))
    return this.send(
      new Request(new URL(facts.action, ISSUER), {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: encode({ ...hidden, ...fields }).toString()
      })
    )
  }
  /** Up to what answers the request once somebody is signed in: the consent page, or a redirect where none is needed. */
  async open(url: string, username = "ada"): Promise<Response> {
    const first = await this.get(url)
    const facts = first.headers.has("location") ? undefined : await this.facts(first.clone())
    if (facts?.page !== "signIn") return first
    const signedIn = await this.submit(facts, { username, password: `${username}'s password` })
    return this.get(signedIn.headers.get("location") ?? "")
  }
  /** Up to the consent page. */
  async openConsent(url: string, username = "ada"): Promise<Facts> {
    return this.facts(this.open(url, username))
  }
  /** The whole way: the redirect that answers the client, without the page where the consent is remembered. */
  async approve(url: string, username = "ada", scope?: ReadonlyArray<string>): Promise<URL> {
    const opened = await this.open(url, username)
    const at = opened.headers.get("location")
    if (at !== null) return new URL(at)
    const facts = await this.facts(opened)
    if (facts.page !== "consent") throw new Error(`no consent page but ${JSON.stringify(facts)}`)
    const response = await this.submit(facts, {
      decision: "approve",
      scope: scope ?? facts.scopes.map((one) => one.scope)
    })
    return new URL(response.headers.get("location") ?? "about:blank")
  }
}

/** A code that the user granted. */
export const obtainCode = async (world: World, fields: Fields = {}, username = "ada"): Promise<string> =>
  (await new Browser(world).approve(authorizeUrl(fields), username)).searchParams.get("code") ?? "no code"

export interface Tokens {
  readonly access_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly scope: string
  readonly refresh_token?: string
}

export const obtainTokens = async (world: World, fields: Fields = {}, username = "ada"): Promise<Tokens> => {
  const response = await world.handle(tokenRequest({ code: await obtainCode(world, fields, username) }))
  if (response.status !== 200) throw new Error(await response.text())
  return (await response.json()) as Tokens
}

export const refreshRequest = (token: string | undefined, fields: Fields = {}): Request =>
  post("token", { grant_type: "refresh_token", client_id: "c1", refresh_token: token, ...fields })

/** Status and error code of a JSON answer. */
export const errorOf = async (response: Response | Promise<Response>): Promise<readonly [number, unknown]> => {
  const answer = await response
  const body = (await answer.json()) as { readonly error?: string }
  return [answer.status, body.error]
}

/** What an error redirect says; `undefined` where there is no redirect. */
export const redirectOf = (response: Response): Record<string, string> | undefined => {
  const location = response.headers.get("location")
  if (location === null) return undefined
  const url = new URL(location)
  return { ...Object.fromEntries(url.searchParams), at: url.origin + url.pathname }
}

export const claimsOf = (token: string): Record<string, unknown> => decodePart(token, 1)
export const headerOf = (token: string): Record<string, unknown> => decodePart(token, 0)

const decodePart = (token: string, index: number): Record<string, unknown> =>
  JSON.parse(
    new TextDecoder().decode(
      Uint8Array.from(atob((token.split(".")[index] ?? "").replace(/-/g, "+").replace(/_/g, "/")), (character) =>
        character.charCodeAt(0)
      )
    )
  ) as Record<string, unknown>

/** A-LOCAL: a page of ours, nothing that leads to where the request wanted to go, nothing stored. */
export const localErrorOf = async (world: World, url: string): Promise<Facts & { readonly page: "error" }> => {
  const before = world.store.dump()
  const response = await world.handle(new Request(url))
  const html = await response.text()
  const facts = factsOf(html)
  if (facts.page !== "error") throw new Error(`not an error page: ${facts.page}`)
  if (response.status < 400 || response.status > 499) throw new Error(`status ${response.status}`)
  if (response.headers.has("location") || response.headers.has("refresh")) throw new Error("it leads elsewhere")
  if (/<meta|<script|<[^>]*\shref\s*=/i.test(html)) throw new Error("the page leads elsewhere")
  if (world.store.dump() !== before) throw new Error("something was stored")
  return facts
}

/** A-ERR: the redirect that answers an authorization request at once. */
export const redirectedErrorOf = async (world: World, url: string): Promise<Record<string, string> | undefined> =>
  redirectOf(await world.handle(new Request(url)))

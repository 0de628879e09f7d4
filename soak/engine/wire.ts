import { type KeyObject, randomUUID, sign } from "node:crypto"
import {
  APP,
  CALLBACK,
  CHALLENGE,
  ISSUER,
  MACHINE,
  RESOURCE,
  RESOURCE_SERVER,
  SCOPE,
  SECRET,
  VERIFIER
} from "./names.ts"

/** A request as the soak sends it: a form where there are fields, else a GET. */
export interface Ask {
  readonly path: string
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer that arrived whole. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

/** Sends a request; rejects when no whole answer comes. */
export type Send = (ask: Ask) => Promise<Answer>

export interface Tokens {
  readonly access: string
  readonly refresh: string
}

const basic = (clientId: string) => ({ authorization: `Basic ${btoa(`${clientId}:${SECRET}`)}` })

export const redeem = (send: Send, code: string): Promise<Answer> =>
  send({
    path: "/token",
    form: { grant_type: "authorization_code", code, code_verifier: VERIFIER, redirect_uri: CALLBACK },
    headers: basic(APP)
  })

export const refresh = (send: Send, token: string): Promise<Answer> =>
  send({ path: "/token", form: { grant_type: "refresh_token", refresh_token: token }, headers: basic(APP) })

export const revoke = (send: Send, token: string): Promise<Answer> =>
  send({ path: "/revoke", form: { token }, headers: basic(APP) })

export const introspect = (send: Send, token: string): Promise<Answer> =>
  send({ path: "/introspect", form: { token }, headers: basic(RESOURCE_SERVER) })

/** An assertion of the machine with a `jti` of its own (RFC 7523 section 3). */
export const makeAssertion = (key: KeyObject, now = Date.now() / 1000): string => {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url")
  const claims = {
    iss: MACHINE,
    sub: MACHINE,
    aud: ISSUER,
    iat: Math.floor(now),
    exp: Math.floor(now) + 300,
    jti: randomUUID()
  }
  const input = `${encode({ alg: "ES256" })}.${encode(claims)}`
  return `${input}.${sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`
}

export const presentAssertion = (send: Send, assertion: string): Promise<Answer> =>
  send({
    path: "/token",
    form: {
      grant_type: "client_credentials",
      resource: RESOURCE,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion
    }
  })

/** The members of a JSON object; none of anything else, such as a page for a human. */
const object = (text: string): Readonly<Record<string, unknown>> => {
  const value: unknown = text.startsWith("{") ? JSON.parse(text) : {}
  return typeof value === "object" && value !== null ? { ...value } : {}
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

export const errorOf = ({ text }: Answer): string => textOf(object(text)["error"])

export const isActive = ({ text }: Answer): boolean => object(text)["active"] === true

export const tokensOf = ({ text }: Answer): Tokens => {
  const body = object(text)
  return { access: textOf(body["access_token"]), refresh: textOf(body["refresh_token"]) }
}

/** What an answer says, in a few words and without secrets. */
export const wordsOf = (answer: Answer): string => `${answer.status} ${errorOf(answer)}`.trim()

/** A user's browser, for which a user always says yes. */
export interface Browser {
  /** The whole way of an authorization request: its last answer. */
  readonly authorize: (send: Send) => Promise<Answer>
  /** Whether a server has forgotten who is signed in here. */
  readonly wasAskedAgain: () => boolean
}

const QUERY = new URLSearchParams({
  response_type: "code",
  client_id: APP,
  redirect_uri: CALLBACK,
  code_challenge: CHALLENGE,
  code_challenge_method: "S256",
  resource: RESOURCE,
  scope: SCOPE
}).toString()

/** The code in a redirect to the app, if it is one. */
export const codeOf = ({ headers }: Answer): string | undefined => {
  const { location = "" } = headers
  return location.startsWith(CALLBACK) ? (new URL(location).searchParams.get("code") ?? undefined) : undefined
}

interface Page {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  readonly asks: "name" | "consent"
}

/** A page of our server, which is its facts as JSON. */
const pageOf = ({ text }: Answer): Page | undefined => {
  const { action, hidden, scopes } = object(text)
  if (typeof action !== "string" || !Array.isArray(hidden)) return undefined
  const fields = Object.fromEntries(
    hidden.map((field: { readonly name: string; readonly value: string }) => [field.name, field.value] as const)
  )
  return { action, fields, asks: scopes === undefined ? "name" : "consent" }
}

export const makeBrowser = (username: string): Browser => {
  let cookie: string | undefined
  let signedIn = false
  let askedAgain = false
  const authorize = async (send: Send): Promise<Answer> => {
    const go = async (ask: Ask): Promise<Answer> => {
      const answer = await send({ ...ask, ...(cookie !== undefined && { headers: { cookie } }) })
      cookie = answer.headers["set-cookie"]?.split(";")[0] ?? cookie
      return answer
    }
    let answer = await go({ path: `/authorize?${QUERY}` })
    for (let step = 0; step < 4; step++) {
      const { location } = answer.headers
      const page = pageOf(answer)
      if (location?.startsWith(ISSUER)) answer = await go({ path: location.slice(ISSUER.length) })
      else if (page?.asks === "name") {
        askedAgain ||= signedIn
        answer = await go({ path: page.action, form: { ...page.fields, username, password: "any" } })
        signedIn ||= answer.status === 303
      } else if (page?.asks === "consent") {
        answer = await go({ path: page.action, form: { ...page.fields, decision: "approve", scope: SCOPE } })
      } else return answer
    }
    return answer
  }
  return { authorize, wasAskedAgain: () => askedAgain }
}

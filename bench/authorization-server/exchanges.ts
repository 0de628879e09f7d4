// The two exchanges that are measured, as a client with a signed-in browser makes them over one connection.
import { makeUserAgent } from "../../apps/demo/src/index.ts"
import { type Answer, type Connection, headerOf } from "./connection.ts"
import { CLIENT, type KnownClient, PERSON, queryOf, REDIRECT, RESOURCE, VERIFIER } from "./contest.ts"
import type { Contestant } from "./contestants.ts"

/** A server that can be asked for tokens. */
export interface Place {
  readonly origin: string
  readonly authorizationPath: string
  readonly tokenPath: string
  readonly contestant: Contestant
}

/** One client with the person's browser, signed in. */
export interface Caller {
  /** Exchanges the refresh token for the next one. */
  readonly refresh: () => Promise<void>
  /** Authorization request, code, tokens: two requests. */
  readonly codeFlow: () => Promise<void>
}

const FORM = "content-type: application/x-www-form-urlencoded\r\n"

/** Where a server's metadata is, and what of it matters here; each has it at one of the two places. */
export const discover = async (origin: string, contestant: Contestant): Promise<Place> => {
  for (const place of ["oauth-authorization-server", "openid-configuration"]) {
    const response = await fetch(`${origin}/.well-known/${place}`)
    if (!response.ok) continue
    const metadata = (await response.json()) as Readonly<Record<"authorization_endpoint" | "token_endpoint", string>>
    const authorizationPath = new URL(metadata.authorization_endpoint).pathname
    return { origin, authorizationPath, tokenPath: new URL(metadata.token_endpoint).pathname, contestant }
  }
  throw new Error(`no metadata at ${origin}`)
}

/** Path and query of the authorization request. */
const targetOf = ({ authorizationPath, contestant }: Place): string =>
  `${authorizationPath}?${queryOf(contestant.scopes)}`

/** Signs in on the server's own pages and consents; the cookies of the browser afterwards. */
export const signIn = async (place: Place): Promise<string> => {
  const url = place.origin + targetOf(place)
  let cookies = ""
  const browser = makeUserAgent(PERSON, (url, init) => {
    cookies = new Headers(init.headers).get("cookie") ?? cookies
    return fetch(url, init)
  })
  for (let visits = 0; visits < 2; visits++) {
    const visit = await browser.visit(url, REDIRECT)
    if (visit._tag === "Stopped") throw new Error(`the browser stopped at ${visit.status}: ${visit.text}`)
  }
  return cookies
}

/** A token request of a client, by the method that the server knows; the tokens of its answer. */
export const askTokens = async (
  { contestant, tokenPath }: Place,
  connection: Connection,
  client: KnownClient,
  parameters: Readonly<Record<string, string>>
): Promise<{ readonly access_token: string; readonly refresh_token?: string }> => {
  const basic = contestant.authentication === "client_secret_basic"
  const credentials = { client_id: client.id, client_secret: client.secret }
  const form = new URLSearchParams({ ...parameters, ...(basic ? {} : credentials), resource: RESOURCE }).toString()
  const headers = basic ? `authorization: Basic ${btoa(`${client.id}:${client.secret}`)}\r\n${FORM}` : FORM
  const { status, text } = await connection.send("POST", tokenPath, headers, form)
  const answer = JSON.parse(text)
  const { access_token = "" } = answer
  if (
    status !== 200 ||
    access_token === "" ||
    (contestant.tokens === "jwt") !== (access_token.split(".").length === 3)
  ) {
    throw new Error(`the token endpoint answered ${status}: ${answer.error} ${answer.error_description}`)
  }
  return answer
}

/** Asks for a code with a browser that is signed in and whose consent is remembered. */
const askCode = (target: string, connection: Connection, cookie: string): Promise<Answer> =>
  connection.send("GET", target, `cookie: ${cookie}\r\n`)

/** A caller, with a first refresh token, in a browser that is signed in: on the server's pages unless it handed over a cookie. */
export const makeCaller = async (place: Place, connection: Connection, handedOver?: string): Promise<Caller> => {
  const target = targetOf(place)
  const cookie = handedOver ?? (await signIn(place))

  const readRefreshToken = async (parameters: Readonly<Record<string, string>>): Promise<string> => {
    const { refresh_token } = await askTokens(place, connection, CLIENT, parameters)
    if (refresh_token === undefined) throw new Error("no refresh token came")
    return refresh_token
  }

  const codeFlow = async (): Promise<string> => {
    const { head, status, text } = await askCode(target, connection, cookie)
    const location = new URL(headerOf(head, "location") ?? "", place.origin)
    const code = location.searchParams.get("code")
    if (code === null) throw new Error(`the authorization endpoint answered ${status}: ${location.href} ${text}`)
    return readRefreshToken({
      grant_type: "authorization_code",
      code,
      redirect_uri: REDIRECT,
      code_verifier: VERIFIER
    })
  }

  let refreshToken = await codeFlow()
  return {
    refresh: async () => {
      refreshToken = await readRefreshToken({ grant_type: "refresh_token", refresh_token: refreshToken })
    },
    codeFlow: async () => void (await codeFlow())
  }
}

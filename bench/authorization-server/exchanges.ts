// The two exchanges that are measured, as a client with a signed-in browser makes them over one connection.
import { type Agent, type IncomingHttpHeaders, request } from "node:http"
import { makeUserAgent } from "../../apps/demo/src/index.ts"
import { CLIENT_ID, CLIENT_SECRET, PERSON, REDIRECT, RESOURCE, SCOPE } from "./contest.ts"

/** The endpoints of a server. */
export interface Endpoints {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
}

/** One client with the person's browser, signed in. */
export interface Caller {
  /** Exchanges the refresh token for the next one. */
  readonly refresh: () => Promise<void>
  /** Authorization request, code, tokens. */
  readonly codeFlow: () => Promise<void>
  /** How many requests a code flow took. */
  readonly requests: () => number
}

const AUTHORIZATION = `Basic ${btoa(`${CLIENT_ID}:${encodeURIComponent(CLIENT_SECRET)}`)}`
const FORM = "application/x-www-form-urlencoded"
const VERIFIER = "a-verifier-of-the-benchmark-alone-that-is-long-enough"
const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(VERIFIER))

const QUERY = new URLSearchParams({
  client_id: CLIENT_ID,
  response_type: "code",
  redirect_uri: REDIRECT,
  scope: SCOPE,
  resource: RESOURCE,
  state: "a state of some length",
  code_challenge: Buffer.from(digest).toString("base64url"),
  code_challenge_method: "S256"
}).toString()

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

const send = (agent: Agent, url: string, headers: Record<string, string>, body?: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, headers, method: body === undefined ? "GET" : "POST" }, (incoming) => {
      const chunks: Array<Buffer> = []
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
      incoming.on("end", () => {
        const { headers, statusCode = 0 } = incoming
        resolve({ status: statusCode, headers, text: Buffer.concat(chunks).toString() })
      })
      incoming.on("error", reject)
    })
    outgoing.on("error", reject)
    outgoing.end(body)
  })

/** Signs in on the server's own pages and consents; the cookies of the browser afterwards. */
const signIn = async (url: string): Promise<string> => {
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

/** What a browser would post from the consent page, where there is one. */
const consent = (page: string): URLSearchParams => {
  const fields = new URLSearchParams({ decision: "approve" })
  for (const [input] of page.matchAll(/<input\b[^>]*>/g)) {
    const [, name] = /\bname="([^"]*)"/.exec(input) ?? []
    const [, value] = /\bvalue="([^"]*)"/.exec(input) ?? []
    if (name !== undefined) fields.append(name, value ?? "")
  }
  return fields
}

/** A caller, signed in and with a first refresh token. */
export const makeCaller = async (endpoints: Endpoints, agent: Agent): Promise<Caller> => {
  const authorize = `${endpoints.authorization_endpoint}?${QUERY}`
  const cookie = await signIn(authorize)
  const { origin } = new URL(authorize)
  let requests = 0

  const askTokens = async (parameters: Record<string, string>): Promise<string> => {
    const body = new URLSearchParams({ ...parameters, resource: RESOURCE }).toString()
    const headers = { authorization: AUTHORIZATION, "content-type": FORM, "content-length": String(body.length) }
    const { status, text } = await send(agent, endpoints.token_endpoint, headers, body)
    const { access_token, refresh_token } = JSON.parse(text) as Record<string, string>
    if (status !== 200 || access_token?.split(".").length !== 3 || refresh_token === undefined) {
      throw new Error(`the token endpoint answered ${status}: ${(JSON.parse(text) as { error?: string }).error}`)
    }
    return refresh_token
  }

  const askCode = async (): Promise<string> => {
    requests = 2
    let answer = await send(agent, authorize, { cookie })
    if (answer.status === 200) {
      requests++
      const [, action = ""] = /\baction="([^"]*)"/.exec(answer.text) ?? []
      const body = consent(answer.text).toString()
      const headers = { cookie, origin, "content-type": FORM, "content-length": String(body.length) }
      answer = await send(agent, new URL(action, origin).href, headers, body)
    }
    const code = new URL(answer.headers.location ?? "", origin).searchParams.get("code")
    if (code === null) throw new Error(`the authorization endpoint answered ${answer.status}`)
    return code
  }

  const codeFlow = async (): Promise<string> =>
    askTokens({
      grant_type: "authorization_code",
      code: await askCode(),
      redirect_uri: REDIRECT,
      code_verifier: VERIFIER
    })

  let refreshToken = await codeFlow()
  return {
    refresh: async () => {
      refreshToken = await askTokens({ grant_type: "refresh_token", refresh_token: refreshToken })
    },
    codeFlow: async () => void (await codeFlow()),
    requests: () => requests
  }
}

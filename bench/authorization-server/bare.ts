// The floor: a server that does what an exchange cannot do without, by node:http and node:crypto, and checks nothing else.
import { createHash, generateKeyPairSync, randomBytes, sign, timingSafeEqual } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { freePort } from "../../apps/demo/src/free-port.ts"
import { reportProcessorTime, sayListening } from "../server-process.ts"
import { CLIENT, LIFETIMES, MACHINE, REDIRECT, RESOURCE, SCOPE, SUBJECT } from "./contest.ts"

reportProcessorTime()
const port = await freePort()
const issuer = `http://127.0.0.1:${port}`
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
const secrets = new Map([CLIENT, MACHINE].map(({ id, secret }) => [id, secret]))
const cookie = `session=${randomBytes(32).toString("base64url")}`
const sessions = new Map([[cookie, SUBJECT]])
const codes = new Map<string, { readonly subject: string; readonly challenge: string }>()
const refreshTokens = new Map<string, string>()

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url")
const head = encode({ alg: "ES256", typ: "at+jwt", kid: "k1" })

const signToken = (subject: string, clientId: string): string => {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: issuer,
    sub: subject,
    aud: RESOURCE,
    client_id: clientId,
    scope: SCOPE,
    iat: now,
    exp: now + LIFETIMES.accessToken,
    jti: randomBytes(16).toString("base64url")
  }
  const text = `${head}.${encode(claims)}`
  return `${text}.${sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`
}

const answer = (response: ServerResponse, status: number, value: object): void => {
  const body = JSON.stringify(value)
  const headers = { "content-type": "application/json", "cache-control": "no-store", "content-length": body.length }
  response.writeHead(status, headers).end(body)
}

/** The client of a request, if its secret is right. */
const authenticate = ({ headers: { authorization = "" } }: IncomingMessage): string | undefined => {
  const [id = "", secret = ""] = Buffer.from(authorization.slice("Basic ".length), "base64").toString().split(":")
  const [given, right] = [Buffer.from(secret), Buffer.from(secrets.get(id) ?? "")]
  return right.length > 0 && given.length === right.length && timingSafeEqual(given, right) ? id : undefined
}

/** Whose token a request is for; a code and a refresh token are used up by it. */
const redeem = (form: URLSearchParams): string | undefined => {
  const code = form.get("code") ?? ""
  const found = codes.get(code)
  if (found !== undefined) {
    codes.delete(code)
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url")
    return challenge === found.challenge ? found.subject : undefined
  }
  const token = form.get("refresh_token") ?? ""
  const subject = refreshTokens.get(token)
  refreshTokens.delete(token)
  return subject
}

const token = (request: IncomingMessage, response: ServerResponse, body: string): void => {
  const clientId = authenticate(request)
  if (clientId === undefined) return answer(response, 401, { error: "invalid_client" })
  const form = new URLSearchParams(body)
  const base = { token_type: "Bearer", expires_in: LIFETIMES.accessToken, scope: SCOPE }
  if (form.get("grant_type") === "client_credentials") {
    return answer(response, 200, { access_token: signToken(clientId, clientId), ...base })
  }
  const subject = redeem(form)
  if (subject === undefined) return answer(response, 400, { error: "invalid_grant" })
  const next = randomBytes(32).toString("base64url")
  refreshTokens.set(next, subject)
  answer(response, 200, { access_token: signToken(subject, clientId), ...base, refresh_token: next })
}

const authorize = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void => {
  const subject = sessions.get(request.headers.cookie ?? "")
  if (subject === undefined || query.get("redirect_uri") !== REDIRECT) return answer(response, 403, {})
  const code = randomBytes(32).toString("base64url")
  codes.set(code, { subject, challenge: query.get("code_challenge") ?? "" })
  const parameters = new URLSearchParams({ code, state: query.get("state") ?? "", iss: issuer })
  response.writeHead(302, { location: `${REDIRECT}?${parameters}`, "content-length": 0 }).end()
}

createServer((request, response) => {
  const [path = "", query] = (request.url ?? "").split("?")
  if (path === "/authorize") return authorize(request, response, new URLSearchParams(query))
  if (path !== "/token") {
    return answer(response, 200, {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`
    })
  }
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => token(request, response, Buffer.concat(chunks).toString()))
}).listen(port, "127.0.0.1", () => sayListening({ address: { port }, cookie }))

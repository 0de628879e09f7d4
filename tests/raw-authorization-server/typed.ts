import { generateKeyPairSync, randomUUID, sign } from "node:crypto"
import { type } from "../raw-resource-server/wire.ts"
import { APP_BACK, NOTES, PASSWORD, SECRET, WEB_BACK } from "./server.ts"

export const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

/** Values of a form, one name perhaps many times. */
export type Fields = Readonly<Record<string, string | ReadonlyArray<string>>>

export interface Answered {
  readonly status: number
  /** The head as it came. */
  readonly head: string
  readonly body: string
}

export const urlencoded = (fields: Fields): string =>
  new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) =>
      (typeof value === "string" ? [value] : value).map((one): [string, string] => [name, one])
    )
  ).toString()

const unchunked = (body: string): string => {
  let text = ""
  for (let at = 0; ;) {
    const end = body.indexOf("\r\n", at)
    const size = Number.parseInt(body.slice(at, end), 16)
    if (!(size > 0)) return text
    text += body.slice(end + 2, end + 2 + size)
    at = end + 2 + size + 2
  }
}

export const readAnswer = (received: string): Answered => {
  const end = received.indexOf("\r\n\r\n")
  const head = received.slice(0, end)
  const rest = received.slice(end + 4)
  const body = /^transfer-encoding: chunked/im.test(head) ? unchunked(rest) : rest
  return { status: Number(received.slice(9, 12)), head, body: Buffer.from(body, "latin1").toString() }
}

export const headerOf = ({ head }: Answered, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1]?.trim()

/** Types one request. */
export const ask = async (
  port: number,
  line: string,
  headers: ReadonlyArray<string> = [],
  body?: string
): Promise<Answered> => {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  const lines = [`${line} HTTP/1.1`, `Host: 127.0.0.1:${port}`, "Connection: close", ...headers, ...length, "", ""]
  return readAnswer(await type(port, lines.join("\r\n") + Buffer.from(body ?? "").toString("latin1")))
}

export const FORM = "Content-Type: application/x-www-form-urlencoded"
export const basic = (clientId: string, secret = SECRET) =>
  `Authorization: Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}`

export const post = (port: number, path: string, fields: Fields, headers: ReadonlyArray<string> = []) =>
  ask(port, `POST ${path}`, [FORM, ...headers], urlencoded(fields))

/** A response of the token endpoint. */
export const tokensOf = ({ body }: Answered): Readonly<Record<string, string>> => JSON.parse(body)

const plain = (text: string) =>
  text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&")

/** The hidden fields of a page's form. */
export const hiddenOf = (html: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
      plain(/name="([^"]*)"/.exec(input)?.[1] ?? ""),
      plain(/value="([^"]*)"/.exec(input)?.[1] ?? "")
    ])
  )

export const ticksOf = (html: string): ReadonlyArray<string> =>
  [...html.matchAll(/<input[^>]*type="checkbox"[^>]*>/g)].map(([input]) =>
    plain(/value="([^"]*)"/.exec(input)?.[1] ?? "")
  )

export const authorizeLine = (fields: Fields = {}) =>
  `GET /authorize?${urlencoded({
    response_type: "code",
    client_id: "app",
    redirect_uri: fields["client_id"] === "web" ? WEB_BACK : APP_BACK,
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    state: "st",
    resource: NOTES,
    scope: "notes:read",
    ...fields
  })}`

/** Somebody's browser, by hand: it keeps one cookie. */
export const makeTab = (port: number, start = "") => {
  let cookie = start
  const send = async (line: string, headers: ReadonlyArray<string> = [], body?: string) => {
    const answered = await ask(port, line, [...(cookie === "" ? [] : [`Cookie: ${cookie}`]), ...headers], body)
    const set = headerOf(answered, "set-cookie")?.split(";")[0]
    if (set !== undefined) cookie = set
    return answered
  }
  const submit = (path: string, fields: Fields) => send(`POST ${path}`, [FORM], urlencoded(fields))
  /** Signs in where asked, and stops at the next page or redirect. */
  const open = async (fields: Fields = {}, username = "bob"): Promise<Answered> => {
    const first = await send(authorizeLine(fields))
    if (!first.body.includes('name="password"')) return first
    const signedIn = await submit("/login", { ...hiddenOf(first.body), username, password: PASSWORD })
    const location = headerOf(signedIn, "location")
    if (location === undefined) return signedIn
    return send(`GET ${new URL(location).pathname}${new URL(location).search}`)
  }
  const approve = async (page: Answered): Promise<Answered> =>
    page.status === 303
      ? page
      : submit("/consent", { ...hiddenOf(page.body), scope: ticksOf(page.body), decision: "approve" })
  const code = async (fields: Fields = {}, username = "bob"): Promise<string> => {
    const page = await open(fields, username)
    const answered = await approve(page)
    const found = new URL(headerOf(answered, "location") ?? "x:").searchParams.get("code")
    if (found === null) throw new Error(`no code: ${page.status} ${answered.status} ${headerOf(answered, "location")}`)
    return found
  }
  return { send, submit, open, approve, code, cookie: () => cookie }
}

export const redeem = (port: number, code: string, fields: Fields = {}, headers: ReadonlyArray<string> = []) =>
  post(
    port,
    "/token",
    { grant_type: "authorization_code", code, code_verifier: VERIFIER, client_id: "app", ...fields },
    headers
  )

export const refresh = (port: number, token: string, fields: Fields = {}, headers: ReadonlyArray<string> = []) =>
  post(port, "/token", { grant_type: "refresh_token", refresh_token: token, client_id: "app", ...fields }, headers)

export const isActive = async (port: number, token: string): Promise<boolean> =>
  JSON.parse((await post(port, "/introspect", { token }, [basic("notes-server")])).body).active

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")

/** A key of a client, as what makes its `DPoP` headers. */
export const makeKey = (port: number) => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const { crv, kty, x, y } = publicKey.export({ format: "jwk" })
  return (nonce: string): string => {
    const iat = Math.floor(Date.now() / 1000)
    const claims = { jti: randomUUID(), htm: "POST", htu: `http://127.0.0.1:${port}/token`, iat, nonce }
    const signed = `${encoded({ typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } })}.${encoded(claims)}`
    const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" })
    return `DPoP: ${signed}.${signature.toString("base64url")}`
  }
}

/** How often each status came. */
export const tally = (answers: ReadonlyArray<Answered>): Readonly<Record<number, number>> => {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/** One HTTP request and its answer, with every secret replaced. */
export interface Exchange {
  readonly number: number
  readonly from: string
  readonly to: string
  readonly request: string
  readonly sent: ReadonlyArray<string>
  readonly status: number
  readonly received: ReadonlyArray<string>
}

type Handler = (request: Request) => Promise<Response>

/** Writes down what passes. */
export interface Recorder {
  readonly exchanges: ReadonlyArray<Exchange>
  /** Wraps a server's handler: `to` is the server's name. */
  readonly tap: (to: string) => (handler: Handler) => Handler
}

/** Parameters, members and headers whose values are secrets. */
const SECRET =
  /^(code|code_verifier|state|access_token|refresh_token|client_secret|password|csrf|interaction|cookie|set-cookie)$/i

const SHOWN_REQUEST_HEADERS = ["authorization"]
const SHOWN_RESPONSE_HEADERS = ["www-authenticate", "location"]

/** A recorder; `onExchange` is told of each exchange as it ends. */
export const makeRecorder = (onExchange: (exchange: Exchange) => void): Recorder => {
  const exchanges: Array<Exchange> = []
  const tap =
    (to: string) =>
    (handler: Handler): Handler =>
    async (request) => {
      const url = new URL(request.url)
      const body = request.body === null ? "" : await request.clone().text()
      const response = await handler(request)
      const exchange: Exchange = {
        number: exchanges.length + 1,
        from: callerOf(request.method, url.pathname),
        to,
        request: `${request.method} ${url.pathname}${redactQuery(url.search)}`,
        sent: [
          ...headersOf(request.headers, SHOWN_REQUEST_HEADERS),
          ...bodyOf(request.headers.get("content-type"), body)
        ],
        status: response.status,
        received: [
          ...headersOf(response.headers, SHOWN_RESPONSE_HEADERS),
          ...(isShort(response) ? bodyOf(response.headers.get("content-type"), await response.clone().text()) : [])
        ]
      }
      exchanges.push(exchange)
      onExchange(exchange)
      return response
    }
  return { exchanges, tap }
}

/** Streams are not read: they belong to the caller. */
const isShort = (response: Response): boolean => /\bjson\b/.test(response.headers.get("content-type") ?? "")

/** Who asks for what is fixed by the protocol. */
const callerOf = (method: string, path: string): string => {
  if (/\/(authorize|login|consent|interaction)$/.test(path)) return "browser"
  if (path.endsWith("/jwks")) return "resource server"
  if (path === "/client.json" && method === "GET") return "authorization server"
  return "client"
}

const headersOf = (headers: Headers, names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [`${name}: ${redactHeader(name, value)}`]
  })

const redactHeader = (name: string, value: string): string => {
  if (name === "authorization") return value.replace(/^(\S+)\s.*$/, "$1 …")
  if (name !== "location") return value
  const [before = "", query] = value.split("?")
  return query === undefined ? before : before + redactQuery(`?${query}`)
}

const redactQuery = (search: string): string =>
  search === "" ? "" : `?${[...new URLSearchParams(search)].map(([name, value]) => pair(name, value)).join("&")}`

const pair = (name: string, value: string): string => `${name}=${SECRET.test(name) ? "…" : value}`

const bodyOf = (contentType: string | null, body: string): ReadonlyArray<string> => {
  if (body === "") return []
  if (contentType?.includes("x-www-form-urlencoded")) {
    return [[...new URLSearchParams(body)].map(([name, value]) => pair(name, value)).join("&")]
  }
  if (contentType?.includes("json")) return [shorten(JSON.stringify(JSON.parse(body), redactMember))]
  return []
}

const redactMember = (name: string, value: unknown): unknown =>
  typeof value === "string" && SECRET.test(name) ? "…" : value

const shorten = (text: string): string =>
  text.length > 400 ? `${text.slice(0, 400)} … (${text.length} characters)` : text

/** An exchange as lines for a terminal. */
export const formatExchange = ({ from, number, received, request, sent, status, to }: Exchange): string => {
  const indent = " ".repeat(6)
  return [
    `${String(number).padStart(4)}  ${from} → ${to}: ${request}`,
    ...sent.map((line) => `${indent}    ${line}`),
    `${indent}← ${status}`,
    ...received.map((line) => `${indent}    ${line}`)
  ].join("\n")
}

import type { Recorder } from "@postern/app-demo"

/** Sees every exchange as it is, and remembers what must not be seen anywhere else. */
export interface Witness {
  readonly recorder: Recorder
  /** Every token, code, verifier, state, secret and cookie that the servers have sent or got so far. */
  readonly secrets: () => ReadonlySet<string>
}

const SECRET =
  /^(?:access_token|refresh_token|code|code_verifier|state|client_secret|password|csrf|interaction|registration_access_token)$/

/** Makes a recorder that keeps the secrets and nothing else. */
export const makeWitness = (): Witness => {
  const secrets = new Set<string>()
  const keep = (entries: Iterable<readonly [string, unknown]>) => {
    for (const [name, value] of entries) if (SECRET.test(name) && typeof value === "string") secrets.add(value)
  }
  const keepBody = (type: string | null, text: string) => {
    if (type?.includes("x-www-form-urlencoded") === true) keep(new URLSearchParams(text))
    if (type?.includes("json") === true && text !== "") keep(Object.entries(JSON.parse(text) as object))
  }
  const tap: Recorder["tap"] = () => (handler) => async (request) => {
    keep(new URL(request.url).searchParams)
    const [, token] = (request.headers.get("authorization") ?? "").split(" ")
    if (token !== undefined) secrets.add(token)
    if (request.body !== null) keepBody(request.headers.get("content-type"), await request.clone().text())
    const response = await handler(request)
    const location = response.headers.get("location")
    if (location !== null) keep(new URL(location, request.url).searchParams)
    for (const cookie of response.headers.getSetCookie()) secrets.add(/=([^;]+)/.exec(cookie)?.[1] ?? "")
    const type = response.headers.get("content-type")
    if (type?.includes("json") === true) keepBody(type, await response.clone().text())
    return response
  }
  return { recorder: { exchanges: [], tap }, secrets: () => secrets }
}

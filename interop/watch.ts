// What foreign clients sent to the two apps and what they got, as far as a verdict needs it: no secret is kept.
import { createHash } from "node:crypto"
import type { Recorder } from "../apps/demo/src/index.ts"

/** Sits between the clients and the apps. */
export interface Watch {
  readonly recorder: Recorder
  /**
   * What clients were answered since the last call, in order: `register 201`, `authorization_code 200`,
   * `refresh_token 400 invalid_grant`. What was answered word for word before has `again` behind it.
   */
  readonly take: () => string
  /**
   * From now on the MCP server takes no access token for a call that it has seen before, as if all of them had expired. A stream
   * that is opened at that moment is not disturbed: what a client does when both find it out at once is not asked here.
   */
  readonly expire: () => void
}

/** The name of what a request asks for; `undefined` for pages and documents. */
const askedFor = async (request: Request): Promise<string | undefined> => {
  const { pathname } = new URL(request.url)
  if (request.method !== "POST") return undefined
  if (pathname.endsWith("/register")) return "register"
  if (!pathname.endsWith("/token")) return undefined
  return new URLSearchParams(await request.clone().text()).get("grant_type") ?? "no grant_type"
}

/** Makes a watch, whose recorder is given to the apps. */
export const makeWatch = (): Watch => {
  let answers: Array<string> = []
  const issued = new Set<string>()
  let seen = new Set<string>()
  const expired = new Set<string>()
  const tap: Recorder["tap"] = (to) => (handler) => async (request) => {
    if (to !== "authorization server") {
      const credentials = request.headers.get("authorization")
      if (credentials !== null) seen.add(credentials)
      if (credentials === null || request.method !== "POST" || !expired.has(credentials)) return handler(request)
      const headers = new Headers(request.headers)
      headers.set("authorization", "Bearer expired")
      return handler(new Request(request, { headers }))
    }
    const asked = await askedFor(request)
    const response = await handler(request)
    if (asked === undefined) return response
    const text = await response.clone().text()
    const { error } = JSON.parse(text) as { readonly error?: string }
    const digest = createHash("sha256").update(text).digest("base64url")
    const again = response.status === 200 && issued.has(digest) ? "again" : undefined
    issued.add(digest)
    answers.push([asked, response.status, error, again].filter((part) => part !== undefined).join(" "))
    return response
  }
  return {
    recorder: { exchanges: [], tap },
    take: () => {
      const taken = answers.join(", ")
      answers = []
      return taken
    },
    expire: () => {
      for (const credentials of seen) expired.add(credentials)
      seen = new Set()
    }
  }
}

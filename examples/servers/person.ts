// Somebody at a browser without a window, for the examples: signs in on the page, and allows what is asked.
import type { UserAgentRequest } from "@postern/client-flow"

const ENTITY = /&#(\d+);/g
const unescape = (text: string): string => text.replace(ENTITY, (_, code: string) => String.fromCharCode(Number(code)))

const attribute = (tag: string, name: string): string | undefined => {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? undefined : unescape(value)
}

/** Opens the page of an authorization and goes on until it leaves for the redirect URI: what arrives there. */
export const personAt = (
  typed: Readonly<Record<"username" | "password", string>>,
  fetch: typeof globalThis.fetch = globalThis.fetch
) => {
  const cookies = new Map<string, string>()

  const load = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "))
    const response = await fetch(url, { ...init, headers, redirect: "manual" })
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    return response
  }

  return async ({ authorizationUrl, redirectUri }: UserAgentRequest): Promise<string> => {
    let url = authorizationUrl
    let init: RequestInit = {}
    for (let pages = 0; pages < 10; pages++) {
      const response = await load(url, init)
      const location = response.headers.get("location")
      if (location?.startsWith(`${redirectUri}?`) === true) return location
      const text = await response.text()
      const [form] = /<form [^>]*>/.exec(text) ?? []
      if (location !== null) {
        url = new URL(location, url).href
        init = {}
        continue
      }
      if (form === undefined) throw new Error(`the page of status ${response.status} has no form: ${text}`)
      const fields = new URLSearchParams({ decision: "approve" })
      for (const [tag] of text.matchAll(/<input [^>]*>/g)) {
        const name = attribute(tag, "name") ?? ""
        fields.append(name, name === "username" || name === "password" ? typed[name] : (attribute(tag, "value") ?? ""))
      }
      init = { method: "POST", headers: { origin: new URL(url).origin }, body: fields }
      url = new URL(attribute(form, "action") ?? "", url).href
    }
    throw new Error("too many pages")
  }
}

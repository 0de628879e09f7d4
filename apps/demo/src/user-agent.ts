import type { HTMLElement } from "node-html-parser"
import { readPage, type SeenPage } from "./seen-page.ts"

type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** How a visit ended: at the client's redirect URI, or on a page that goes nowhere. */
export type Visit =
  | { readonly _tag: "Redirected"; readonly callbackUrl: string; readonly pages: ReadonlyArray<SeenPage> }
  | { readonly _tag: "Stopped"; readonly status: number; readonly text: string; readonly location: string | null }

/** A browser without a window. */
export interface UserAgent {
  /** Opens a URL and acts as the person would, until the browser is sent to `redirectUri`. */
  readonly visit: (url: string, redirectUri: string) => Promise<Visit>
}

/** What the person at the browser does. */
export interface PersonAtBrowser {
  readonly username: string
  readonly password: string
  /** What they press on the consent page: `approve` unless told. */
  readonly decision?: "approve" | "deny"
}

const MAXIMUM_PAGES = 10

/**
 * A browser without a window: keeps cookies per origin, follows redirects, fills in the real login form and presses a
 * button of the real consent form.
 */
export const makeUserAgent = (person: PersonAtBrowser, fetch: Fetch = globalThis.fetch): UserAgent => {
  const jar = new Map<string, Map<string, string>>()

  const load = async (url: string, init: RequestInit): Promise<Response> => {
    const { origin } = new URL(url)
    const cookies = jar.get(origin) ?? new Map<string, string>()
    jar.set(origin, cookies)
    const headers = new Headers(init.headers)
    if (cookies.size > 0) headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "))
    const response = await fetch(url, { ...init, headers, redirect: "manual" })
    for (const line of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(";")
      const [name = "", ...value] = pair.split("=")
      if (attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))) cookies.delete(name.trim())
      else cookies.set(name.trim(), value.join("=").trim())
    }
    return response
  }

  const visit = async (start: string, redirectUri: string): Promise<Visit> => {
    const pages: Array<SeenPage> = []
    let url = start
    let init: RequestInit = { method: "GET" }
    for (let page = 0; page < MAXIMUM_PAGES; page++) {
      const response = await load(url, init)
      const location = response.headers.get("location")
      if (location !== null && response.status >= 300 && response.status < 400) {
        const next = new URL(location, url).href
        if (location.startsWith(`${redirectUri}?`)) return { _tag: "Redirected", callbackUrl: location, pages }
        url = next
        init = { method: "GET" }
        continue
      }
      const { form, kind, text } = readPage(await response.text())
      const isRefused = kind === "sign-in" && pages.some((seen) => seen.kind === "sign-in")
      if (response.status !== 200 || form === null || isRefused) {
        return { _tag: "Stopped", status: response.status, text, location }
      }
      pages.push({ url, kind, text })
      const submission = fillIn(form, kind === "sign-in" ? person : { decision: person.decision ?? "approve" })
      const origin = new URL(url).origin
      url = new URL(form.getAttribute("action") ?? url, url).href
      init = {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", origin },
        body: submission
      }
    }
    throw new Error(`more than ${MAXIMUM_PAGES} pages from ${new URL(start).origin}`)
  }

  return { visit }
}

/** What a browser would post: hidden fields, ticked boxes, and what the person typed or pressed. */
const fillIn = (
  form: HTMLElement,
  answers: { readonly username?: string; readonly password?: string; readonly decision?: string }
): URLSearchParams => {
  const fields = new URLSearchParams()
  for (const input of form.querySelectorAll("input")) {
    const name = input.getAttribute("name")
    if (name === undefined) continue
    if (name === "username" || name === "password") fields.append(name, answers[name] ?? "")
    // What other servers call it.
    else if (name === "login") fields.append(name, answers.username ?? "")
    else if (input.getAttribute("type") !== "checkbox" || input.hasAttribute("checked")) {
      fields.append(name, input.getAttribute("value") ?? "")
    }
  }
  if (answers.decision !== undefined) fields.append("decision", answers.decision)
  return fields
}

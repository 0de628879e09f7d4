import { PUBLIC_AGE_SECONDS } from "../limits.ts"
import type { Answer } from "./answer.ts"

/** Headers of an answer that is about one user or one secret: stored nowhere (OAuth 2.1 section 3.2.3). */
const NO_STORE = { "cache-control": "no-store", pragma: "no-cache", "x-content-type-options": "nosniff" } as const

/** JSON that must not be stored. */
export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  jsonText(status, JSON.stringify(body), headers)

/** JSON that is text already and must not be stored. */
export const jsonText = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { ...NO_STORE, "content-type": "application/json", ...headers },
  body
})

/** Done, and there is nothing to say. */
export const noContent = (): Answer => ({ status: 204, headers: NO_STORE, body: null })

/** JSON that is the same for everyone and may be kept for a while. */
export const publicJson = (type: string, body: unknown): Answer => ({
  status: 200,
  headers: {
    "content-type": type,
    "cache-control": `public, max-age=${PUBLIC_AGE_SECONDS}`,
    "x-content-type-options": "nosniff"
  },
  body: JSON.stringify(body)
})

/**
 * A page: never framed, never stored, and nothing in it runs (OAuth 2.1 section 7.10). There is no `form-action`: browsers
 * apply it to the redirect that follows the form as well, which is the client's and unknown to us.
 */
export const page = (options: {
  readonly status: number
  readonly html: string
  readonly styleNonce: string
  readonly cookie?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}): Answer => ({
  status: options.status,
  headers: {
    ...NO_STORE,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; style-src 'nonce-${options.styleNonce}'; img-src data:; frame-ancestors 'none'; base-uri 'none'`,
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    ...options.headers,
    ...(options.cookie !== undefined && { "set-cookie": options.cookie })
  },
  body: options.html
})

/** 303, so that the browser never posts a form again somewhere else (OAuth 2.1 section 7.5.3). */
export const seeOther = (location: string, cookie?: string): Answer => ({
  status: 303,
  headers: {
    ...NO_STORE,
    location,
    "referrer-policy": "no-referrer",
    ...(cookie !== undefined && { "set-cookie": cookie })
  },
  body: null
})

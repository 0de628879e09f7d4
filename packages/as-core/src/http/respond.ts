import { PUBLIC_AGE_SECONDS } from "../limits.ts"

/** Headers of an answer that is about one user or one secret: stored nowhere (OAuth 2.1 section 3.2.3). */
const NO_STORE = { "cache-control": "no-store", pragma: "no-cache", "x-content-type-options": "nosniff" } as const

/** JSON that must not be stored. */
export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response =>
  jsonText(status, JSON.stringify(body), headers)

/** JSON that is text already and must not be stored. */
export const jsonText = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(text, { status, headers: { ...NO_STORE, "content-type": "application/json", ...headers } })

/** Done, and there is nothing to say. */
export const noContent = (): Response => new Response(null, { status: 204, headers: NO_STORE })

/** JSON that is the same for everyone and may be kept for a while. */
export const publicJson = (type: string, body: unknown): Response =>
  new Response(JSON.stringify(body), {
    headers: {
      "content-type": type,
      "cache-control": `public, max-age=${PUBLIC_AGE_SECONDS}`,
      "x-content-type-options": "nosniff"
    }
  })

const withCookie = (headers: Headers, cookie: string | undefined): Headers => {
  if (cookie !== undefined) headers.append("set-cookie", cookie)
  return headers
}

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
}): Response =>
  new Response(options.html, {
    status: options.status,
    headers: withCookie(
      new Headers({
        ...NO_STORE,
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": `default-src 'none'; style-src 'nonce-${options.styleNonce}'; img-src data:; frame-ancestors 'none'; base-uri 'none'`,
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        ...options.headers
      }),
      options.cookie
    )
  })

/** 303, so that the browser never posts a form again somewhere else (OAuth 2.1 section 7.5.3). */
export const seeOther = (location: string, cookie?: string): Response =>
  new Response(null, {
    status: 303,
    headers: withCookie(new Headers({ ...NO_STORE, location, "referrer-policy": "no-referrer" }), cookie)
  })

import { page } from "./answers.ts"

/** Somebody who answers the requests to some origins. */
export interface Site {
  readonly origins: ReadonlyArray<string>
  /** Answers a request to one of them. */
  readonly fetch: (request: Request) => Promise<Response>
}

/** The `fetch` of a network on which nobody else is. Redirects are handed back, as with `redirect: "manual"`. */
export const makeNetwork = (...sites: ReadonlyArray<Site>): typeof globalThis.fetch => {
  const byOrigin = new Map(sites.flatMap((site) => site.origins.map((origin) => [origin, site] as const)))
  return async (input, init) => {
    const request = new Request(input, init)
    return (await byOrigin.get(new URL(request.url).origin)?.fetch(request)) ?? page(404, "nobody is here")
  }
}

/** A browser whose user says yes: opens the URL, and resolves to the one that it is sent to. Throws what a page says instead. */
export const visit = async (fetch: typeof globalThis.fetch, authorizationUrl: string): Promise<string> => {
  const response = await fetch(authorizationUrl, { redirect: "manual" })
  const location = response.headers.get("location")
  if (location === null) throw new Error(`the authorization server shows a page: ${await response.text()}`)
  return location
}

import type { Route } from "./routes.ts"

// Scheme, authority and path of a URL that needs no repair up to there.
const PLAIN = /^https?:\/\/[^/?#\\\s]+(\/[^?#]*)/

/**
 * Finds the routes of an absolute URL, one for each method. Only its path is read: whatever Host says, we are who the
 * configuration says.
 */
export const makeRouteFinder = (routes: ReadonlyArray<Route>): ((url: string) => ReadonlyArray<Route>) => {
  const exact = Map.groupBy(
    routes.filter(({ prefix = false }) => !prefix),
    ({ path }) => path
  )
  const prefixed = routes.filter(({ prefix = false }) => prefix)
  return (url) => {
    // Configured paths are as a URL parser prints them, so that one that is there as it stands needs no parser.
    const plain = exact.get(PLAIN.exec(url)?.[1] ?? "")
    if (plain !== undefined) return plain
    const { pathname } = new URL(url)
    return exact.get(pathname) ?? prefixed.filter(({ path }) => pathname.startsWith(path))
  }
}

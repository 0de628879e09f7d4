/** How long an answer counts, in seconds from now. */
export interface Freshness {
  /** It may be kept at all. */
  readonly keep: boolean
  readonly fresh: number
  /** After that, and only while its server cannot be asked. */
  readonly stale: number
}

/** What counts where the headers say nothing, and what they can raise it to. */
export interface FreshnessBounds {
  readonly unless: number
  readonly maximum: number
  readonly stale: number
}

const NOT_AT_ALL: Freshness = { keep: false, fresh: 0, stale: 0 }

/**
 * For how long an answer may be used (RFC 9111 sections 4.2 and 5.2.2), within bounds of ours. We are a cache for one user,
 * so `private` forbids nothing and `s-maxage` says nothing. What cannot be read is taken for the shortest.
 */
export const freshnessOf = (headers: Headers, bounds: FreshnessBounds): Freshness => {
  const directives = readDirectives(headers.get("cache-control"))
  if (directives.has("no-store")) return NOT_AT_ALL
  const noCache = directives.has("no-cache")
  const lifetime = noCache ? 0 : Math.min(bounds.maximum, lifetimeOf(headers, directives) ?? bounds.unless)
  return {
    keep: true,
    fresh: Math.max(0, lifetime - ageOf(headers)),
    // Both say that nothing may be used without asking once it is no longer fresh.
    stale: noCache || directives.has("must-revalidate") ? 0 : bounds.stale
  }
}

/** What its server gives the answer: `max-age`, or else `Expires`; `undefined` when it says nothing. */
const lifetimeOf = (headers: Headers, directives: ReadonlyMap<string, string>): number | undefined => {
  const maximumAge = directives.get("max-age")
  if (maximumAge !== undefined) return /^\d{1,10}$/.test(maximumAge) ? Number(maximumAge) : 0
  const expires = headers.get("expires")
  if (expires === null) return undefined
  // Without a date of the same clock there is nothing to count from.
  const seconds = (Date.parse(expires) - Date.parse(headers.get("date") ?? "")) / 1000
  return Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0
}

/** RFC 9111 section 5.1: how long it lay in caches on the way. */
const ageOf = (headers: Headers): number => {
  const age = headers.get("age")
  return age !== null && /^\d{1,10}$/.test(age) ? Number(age) : 0
}

/** By name in lower case, without quotes; of a name that comes twice the first (RFC 9111 section 4.2.1). */
const readDirectives = (header: string | null): ReadonlyMap<string, string> => {
  const directives = new Map<string, string>()
  for (const directive of (header ?? "").split(",")) {
    const [name = "", value = ""] = directive.split("=", 2).map((part) => part.trim())
    const key = name.toLowerCase()
    if (!directives.has(key)) directives.set(key, value.replace(/^"(.*)"$/, "$1"))
  }
  return directives
}

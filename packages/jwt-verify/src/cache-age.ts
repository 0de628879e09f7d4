/** Within what a key set is used without asking, in seconds. */
export interface AgeBounds {
  readonly minimumAgeSeconds: number
  readonly maxAgeSeconds: number
}

/** Without a word of the server (RFC 9111 section 4.2.2 leaves it to the cache). */
const DEFAULT_AGE_SECONDS = 600

const directives = (header: string | null): ReadonlyArray<string> =>
  (header ?? "").split(",", 64).map((directive) => directive.trim().toLowerCase())

const seconds = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined

const maxAgeOf = (control: ReadonlyArray<string>): number | undefined => {
  const told = control.flatMap((directive) => seconds(/^max-age="?(\d+)"?$/.exec(directive)?.[1]) ?? [])
  // RFC 9111 section 4.2.1: of two that differ the shorter one counts here.
  return told.length === 0 ? undefined : Math.min(...told)
}

/**
 * How long a set may be used from now on, in seconds: `max-age` less the `Age` that it came with (RFC 9111 section 4.2), within
 * bounds. What is not to be stored is kept for the least time: to ask for keys on every request would put their server in the
 * way of each.
 */
export const ageOf = (headers: Headers, { maxAgeSeconds, minimumAgeSeconds }: AgeBounds): number => {
  const control = directives(headers.get("cache-control"))
  const isNotToBeKept = control.includes("no-store") || control.includes("no-cache")
  const told = isNotToBeKept ? 0 : (maxAgeOf(control) ?? DEFAULT_AGE_SECONDS)
  const spent = seconds(headers.get("age")?.trim()) ?? 0
  return Math.min(maxAgeSeconds, Math.max(minimumAgeSeconds, told - spent))
}

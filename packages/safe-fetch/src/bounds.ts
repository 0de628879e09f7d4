/**
 * Who vouches for private addresses.
 * - `"stranger"`: nobody; special-use addresses are refused.
 * - `{ operator }`: URLs that the operator or user typed. They, and what is named on the same host, may be private or
 *   loopback; what a public host names (`namedBy`) never is. Link-local, multicast and reserved addresses stay refused.
 */
export type Trust = "stranger" | { readonly operator: ReadonlyArray<string> }

/** The bounds of every fetch of a transport. */
export interface Bounds {
  /** The largest body, in bytes after decoding; 65536 unless told. */
  readonly maximumBytes: number
  /** From the first step (name resolution) to the last byte of the body, in milliseconds; 10000 unless told. */
  readonly timeoutMillis: number
  /** A redirect is refused; there is no other way yet. */
  readonly redirects: "refuse"
  /** `"stranger"` unless told. */
  readonly trust: Trust
}

/** Bounds as a transport uses them. */
export interface CheckedBounds extends Bounds {
  /** The URLs of the operator, parsed. */
  readonly operator: ReadonlyArray<URL>
}

const atLeastOne = (name: string, value: number): number => {
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} must be a whole number of at least 1`)
  return value
}

const BOUNDS: Readonly<Record<keyof Bounds, true>> = {
  maximumBytes: true,
  timeoutMillis: true,
  redirects: true,
  trust: true
}

// `localhost:3000` is a URL too, of the scheme `localhost:` and without a host: it would vouch for nothing.
const parseTyped = (typed: string): URL => {
  const url = new URL(typed)
  if (url.protocol === "https:" || url.protocol === "http:") return url
  throw new TypeError("a URL of the operator must be https or http")
}

/**
 * The bounds with their defaults. A number that bounds nothing, a bound that is not known or an operator's URL that is none
 * is a bug: it throws.
 */
export const checkBounds = (bounds: Partial<Bounds> = {}): CheckedBounds => {
  const unknown = Object.keys(bounds).find((name) => !Object.hasOwn(BOUNDS, name))
  if (unknown !== undefined) throw new TypeError(`no bound is called ${unknown}`)
  const { maximumBytes = 65_536, timeoutMillis = 10_000, redirects = "refuse", trust = "stranger" } = bounds
  if (redirects !== "refuse") throw new TypeError("redirects can only be refused")
  const operator = trust === "stranger" ? [] : trust.operator.map(parseTyped)
  return {
    maximumBytes: atLeastOne("maximumBytes", maximumBytes),
    timeoutMillis: atLeastOne("timeoutMillis", timeoutMillis),
    redirects,
    trust,
    operator
  }
}

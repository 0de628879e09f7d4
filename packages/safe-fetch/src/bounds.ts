import { checkKnown, refuse } from "./option-checks.ts"

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

const BOUNDS: Readonly<Record<keyof Bounds, true>> = {
  maximumBytes: true,
  timeoutMillis: true,
  redirects: true,
  trust: true
}

const atLeastOne = (name: keyof Bounds, value: number): number => {
  if (Number.isInteger(value) && value >= 1) return value
  return refuse(`bounds.${name}`, "it has to be a whole number of at least 1")
}

// `localhost:3000` is a URL too, of the scheme `localhost:` and without a host: it would vouch for nothing.
const parseTyped = (typed: string, index: number): URL => {
  const url = typeof typed === "string" ? URL.parse(typed) : null
  return url?.protocol === "https:" || url?.protocol === "http:"
    ? url
    : refuse(`bounds.trust.operator[${index}]`, "it has to be an https or http URL")
}

const checkTrust = (trust: Trust): ReadonlyArray<URL> => {
  if (trust === "stranger") return []
  if (typeof trust !== "object" || trust === null) {
    return refuse("bounds.trust", 'it has to be "stranger" or { operator: [URLs] }')
  }
  checkKnown("bounds.trust", trust, { operator: true })
  return Array.isArray(trust.operator)
    ? trust.operator.map(parseTyped)
    : refuse("bounds.trust.operator", "it has to be a list of URLs")
}

/**
 * The bounds with their defaults. A number that bounds nothing, a bound that is not known or an operator's URL that is none
 * is a bug: it throws `ConfigurationInvalid`.
 */
export const checkBounds = (bounds: Partial<Bounds> = {}): CheckedBounds => {
  checkKnown("bounds", bounds, BOUNDS)
  const { maximumBytes = 65_536, timeoutMillis = 10_000, redirects = "refuse", trust = "stranger" } = bounds
  if (redirects !== "refuse") refuse("bounds.redirects", 'it has to be "refuse"')
  return {
    maximumBytes: atLeastOne("maximumBytes", maximumBytes),
    timeoutMillis: atLeastOne("timeoutMillis", timeoutMillis),
    redirects,
    trust,
    operator: checkTrust(trust)
  }
}

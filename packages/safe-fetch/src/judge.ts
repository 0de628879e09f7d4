import { isLoopbackHost, parseSecureUrl } from "@postern/uri"
import * as Result from "effect/Result"
import { addressKind, type AddressKind } from "./address.ts"
import type { CheckedBounds } from "./bounds.ts"
import { FetchRejected, type FetchRejectedReason } from "./errors.ts"
import type { SafeRequest } from "./transport.ts"

/** A URL that may be asked for, and what its host may resolve to. */
export interface Target {
  readonly url: URL
  /** Origin and path: the form in which errors name the URL. */
  readonly name: string
  /** The host as an address when the URL spells one. */
  readonly literal: string | undefined
  readonly allows: (kind: AddressKind | undefined) => boolean
  /** Whether the operator or user stands behind a private address here. */
  readonly vouched: boolean
}

// Names that never lead to the public internet: RFC 6761, RFC 6762 with its appendix G, RFC 8375, RFC 7686, RFC 9476, and the
// services of a Kubernetes cluster, which its search path completes.
const SPECIAL_NAME =
  /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|localdomain|onion|private|home\.arpa|test|invalid|alt|svc)$/

// Services other than the web that listen above 1023; below it a stranger's URL may name 443 alone.
const OTHER_SERVICES: ReadonlySet<number> = new Set([
  1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672,
  5900, 5984, 6000, 6379, 6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 7001, 9042, 9092, 9200, 9300, 10_080,
  10_250, 11_211, 15_672, 27_017, 61_616
])

/** Whether a URL may be asked for, before any name is resolved: spelling, scheme, host and port. */
export const judge = (request: SafeRequest, bounds: CheckedBounds): Result.Result<Target, FetchRejected> => {
  const parsed = parseSecureUrl(request.url)
  if (Result.isFailure(parsed)) {
    const insecure = parsed.failure._tag === "TransportInsecure"
    return Result.fail(refusal(insecure ? "transport-insecure" : "url-malformed", nameOf(URL.parse(request.url))))
  }
  const url = parsed.success
  const name = nameOf(url)
  const vouched = isVouched(url, request.namedBy, bounds.operator)
  const allows = (kind: AddressKind | undefined) =>
    // http leaves the machine as soon as its host is not the machine (OAuth 2.1 section 1.5).
    url.protocol === "http:"
      ? vouched && kind === "loopback"
      : kind === "public" || (vouched && (kind === "private" || kind === "loopback"))
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1")
  const kind = addressKind(host)
  if (kind === undefined ? !vouched && isSpecialName(host) : !allows(kind)) {
    return Result.fail(refusal("address-forbidden", name))
  }
  if (!vouched && isForbiddenPort(url)) return Result.fail(refusal("port-forbidden", name))
  return Result.succeed({ url, name, literal: kind === undefined ? undefined : host, allows, vouched })
}

/** The rejection of a URL that is named without its query. */
export const refusal = (reason: FetchRejectedReason, name: string): FetchRejected =>
  new FetchRejected({ reason, url: name })

// Never the query, never user information.
const nameOf = (url: URL | null): string =>
  url === null ? "an unreadable URL" : `${url.protocol}//${url.host}${url.pathname}`

/**
 * Whether the operator or user stands behind a private address here: they typed the URL or another of the same host, and
 * if a document named it, that document came from the same host or from a private one that they typed too.
 */
const isVouched = (url: URL, namedBy: string | undefined, operator: ReadonlyArray<URL>): boolean => {
  if (namedBy === undefined) return operator.some((typed) => sameHost(typed, url))
  const namer = URL.parse(namedBy)
  if (namer === null || !operator.some((typed) => sameHost(typed, namer))) return false
  return sameHost(namer, url) || (isPrivateHost(namer) && operator.some((typed) => typed.origin === url.origin))
}

const sameHost = (left: URL, right: URL): boolean =>
  left.hostname === right.hostname || (isLoopbackHost(left.hostname) && isLoopbackHost(right.hostname))

const isPrivateHost = (url: URL): boolean => {
  const kind = addressKind(url.hostname)
  return isLoopbackHost(url.hostname) || kind === "private" || kind === "loopback"
}

const isSpecialName = (host: string): boolean => {
  const bare = host.replace(/(?<!\.)\.+$/, "")
  return !bare.includes(".") || SPECIAL_NAME.test(bare)
}

const isForbiddenPort = (url: URL): boolean => {
  const port = Number(url.port || 443)
  return port < 1024 ? port !== 443 : OTHER_SERVICES.has(port)
}

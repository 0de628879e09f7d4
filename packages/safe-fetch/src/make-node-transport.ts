import { lookup as resolveName } from "node:dns/promises"
import * as http from "node:http"
import * as https from "node:https"
import { isIP, type LookupFunction } from "node:net"
import type { Readable } from "node:stream"
import { getCACertificates } from "node:tls"
import * as zlib from "node:zlib"
import * as Result from "effect/Result"
import { addressKind } from "./address.ts"
import { answer, checkHead, collect } from "./answer.ts"
import { type Bounds, checkBounds } from "./bounds.ts"
import type { FetchRejected } from "./errors.ts"
import { refusal, type Target } from "./judge.ts"
import { transportOf } from "./make-transport.ts"
import { checkFunction, checkKnown, refuse } from "./option-checks.ts"
import { makeHostCheck } from "./typed-hosts.ts"
import type { SafeRequest, SafeResponse, Transport } from "./transport.ts"

/** Resolves a host name to all of its addresses. */
export type Lookup = (hostname: string) => Promise<ReadonlyArray<string>>

/** How {@link makeNodeTransport} fetches. */
export interface NodeTransportOptions {
  readonly bounds?: Partial<Bounds>
  /** PEM certificates that this transport trusts beside those of the platform. */
  readonly ca?: string | ReadonlyArray<string>
  /** The resolver of the platform unless told. */
  readonly lookup?: Lookup
  /** How a request is sent once its addresses are checked: `node:http` and `node:https` unless told. */
  readonly dial?: Dial
}

/** Sends one request by the options of `node:http`, whose `lookup` answers with the checked addresses alone. */
export type Dial = (
  protocol: "http:" | "https:",
  options: https.RequestOptions,
  onResponse: (response: http.IncomingMessage) => void
) => http.ClientRequest

const OPTIONS: Readonly<Record<keyof NodeTransportOptions, true>> = { bounds: true, ca: true, lookup: true, dial: true }

// What is no certificate is passed over in silence by the platform, and then nothing is trusted that should be.
const checkCertificates = (ca: string | ReadonlyArray<string>): ReadonlyArray<string> => {
  const certificates: ReadonlyArray<unknown> = Array.isArray(ca) ? ca : [ca]
  const isPem = (certificate: unknown): certificate is string =>
    typeof certificate === "string" && certificate.includes("-----BEGIN")
  return certificates.every(isPem)
    ? certificates
    : refuse("ca", "it has to be one PEM certificate or a list of several")
}

/**
 * A transport for Node that dials the very address that it checked: every address that a name resolves to
 * must be allowed, the connection goes to one of them, and none is kept for a later request. Certificates are always
 * verified against the URL's host. Wrong options throw `ConfigurationInvalid`.
 */
export const makeNodeTransport = (options: NodeTransportOptions = {}): Transport => {
  checkKnown("", options, OPTIONS)
  checkFunction("lookup", options.lookup)
  checkFunction("dial", options.dial)
  const bounds = checkBounds(options.bounds)
  const lookup = options.lookup ?? resolveAll
  const ca = options.ca === undefined ? undefined : [...getCACertificates("default"), ...checkCertificates(options.ca)]
  const checkHost = makeHostCheck()
  return transportOf(bounds, async (target, request, headers, signal) => {
    const addresses = target.literal === undefined ? await lookup(target.url.hostname) : [target.literal]
    // One wrong answer among several is a rebinding attempt or a split horizon: refuse them all.
    if (!addresses.every((address) => isIP(address) !== 0 && target.allows(addressKind(address)))) {
      return Result.fail(refusal("address-forbidden", target.name))
    }
    if (addresses.length === 0) throw Object.assign(new Error("no address"), { code: "ENOTFOUND" })
    // The resolver cannot be stopped; what it found after the deadline is not dialled.
    signal.throwIfAborted()
    if (!checkHost(target, request, addresses.map(addressKind))) {
      return Result.fail(refusal("address-forbidden", target.name))
    }
    const connection = { addresses, ca, headers, signal, dial: options.dial ?? dialPlatform }
    const response = await send(target, request, connection)
    return read(response, target, request, bounds.maximumBytes)
  })
}

const resolveAll: Lookup = async (hostname) =>
  (await resolveName(hostname, { all: true })).map(({ address }) => address)

interface Connection {
  readonly addresses: ReadonlyArray<string>
  readonly ca: ReadonlyArray<string> | undefined
  readonly headers: Headers
  readonly signal: AbortSignal
  readonly dial: Dial
}

const dialPlatform: Dial = (protocol, options, onResponse) =>
  (protocol === "https:" ? https : http).request(options, onResponse)

const send = (target: Target, request: SafeRequest, connection: Connection): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { url } = target
    const headers = new Headers(connection.headers)
    headers.set("accept-encoding", "gzip, deflate, br")
    const options: https.RequestOptions = {
      hostname: target.literal ?? url.hostname,
      port: url.port,
      path: url.pathname + url.search,
      method: request.method ?? "GET",
      headers: Object.fromEntries(headers),
      lookup: pinned(connection.addresses),
      // A connection of its own, closed afterwards: a kept one would outlive the check of its address.
      agent: false,
      signal: connection.signal,
      // Said here, so that no environment variable can unsay it.
      rejectUnauthorized: true,
      ...(connection.ca === undefined ? {} : { ca: [...connection.ca] })
    }
    const outgoing = connection.dial(url.protocol === "https:" ? "https:" : "http:", options, resolve)
    // Nobody asked for another protocol: judged by its status like any answer.
    outgoing.once("upgrade", (response, socket) => {
      socket.destroy()
      resolve(response)
    })
    // Every one: a second error that nobody listens to would end the program.
    outgoing.on("error", reject)
    outgoing.end(request.body)
  })

// Answers the connection's own question with the addresses that were checked: the name is not resolved a second time.
const pinned =
  (addresses: ReadonlyArray<string>): LookupFunction =>
  (_hostname, options, callback) => {
    const all = addresses.map((address) => ({ address, family: isIP(address) }))
    const [first] = all
    if (options.all === true || first === undefined) callback(null, all)
    else callback(null, first.address, first.family)
  }

const read = async (
  response: http.IncomingMessage,
  target: Target,
  request: SafeRequest,
  maximumBytes: number
): Promise<Result.Result<SafeResponse, FetchRejected>> => {
  try {
    const status = response.statusCode ?? 0
    const headers = headersOf(response)
    const refused = checkHead(target, status, headers, maximumBytes)
    if (refused !== undefined) return Result.fail(refused)
    const body = decoded(response, headers.get("content-encoding"))
    if (body === undefined) return Result.fail(refusal("content-type", target.name))
    const bytes = await collect(body, maximumBytes)
    return bytes === undefined
      ? Result.fail(refusal("too-large", target.name))
      : answer(target, request, { status, headers }, bytes)
  } finally {
    response.destroy()
  }
}

const headersOf = (response: http.IncomingMessage): Headers => {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(response.headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  return headers
}

// The body without its one content coding; `undefined` for codings that were not asked for, several among them.
const decoded = (response: http.IncomingMessage, coding: string | null): Readable | undefined => {
  switch ((coding ?? "identity").toLowerCase()) {
    case "identity":
      return response
    case "gzip":
    case "x-gzip":
      return through(response, zlib.createGunzip())
    case "deflate":
      return through(response, zlib.createInflate())
    case "br":
      return through(response, zlib.createBrotliDecompress())
    default:
      return undefined
  }
}

const through = (
  response: http.IncomingMessage,
  decoder: zlib.Gunzip | zlib.Inflate | zlib.BrotliDecompress
): Readable => {
  response.once("error", (error) => decoder.destroy(error))
  return response.pipe(decoder)
}

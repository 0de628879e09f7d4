import { Failure, Rejection } from "@postern/rejection"

/** An option of a transport breaks a rule: `key` names it, `reason` says which (MCP security best practices). */
export class ConfigurationInvalid extends Rejection(
  "ConfigurationInvalid",
  "MCP security best practices, server-side request forgery"
)<{ readonly key: string; readonly reason: string }> {
  override get message() {
    return `the transport's option ${this.key} is wrong: ${this.reason}`
  }
}

/**
 * Why a fetch was refused.
 * - `url-malformed`: not the canonical text of an absolute URL
 * - `transport-insecure`: neither https nor http on loopback
 * - `port-forbidden`: a port that belongs to another service
 * - `address-forbidden`: a special-use address or name, as written or as resolved
 * - `redirect`: the answer is a redirect
 * - `too-large`: the body is larger, once decoded, than allowed
 * - `content-type`: a 2xx answer whose body is not declared as JSON, or is not UTF-8
 */
export type FetchRejectedReason =
  | "url-malformed"
  | "transport-insecure"
  | "port-forbidden"
  | "address-forbidden"
  | "redirect"
  | "too-large"
  | "content-type"

/** The URL may not be fetched, or what answered broke a bound. `url` is origin and path alone, never a query. */
export class FetchRejected extends Rejection(
  "FetchRejected",
  "MCP security best practices, server-side request forgery"
)<{ readonly reason: FetchRejectedReason; readonly url: string }> {
  override get message() {
    return `the fetch of ${this.url} was refused (${this.reason})`
  }
}

/**
 * Nothing usable came back: `timeout` (the deadline over name resolution, connection and body passed), `tls` (the
 * certificate or the handshake is wrong) or `network`. `code` is the platform's own word, such as `ECONNREFUSED`, where it
 * has one; `url` is origin and path alone.
 */
export class TransportFailed extends Failure("TransportFailed")<{
  readonly reason: "timeout" | "network" | "tls"
  readonly url: string
  readonly code?: string
}> {
  override get message() {
    return `the fetch of ${this.url} failed (${this.code ?? this.reason})`
  }
}

const TLS_CODE =
  /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO$|HOSTNAME_MISMATCH|INVALID_CA|CRL_)/

/** The failure behind what a platform threw: its code is copied, the object dropped, since its text may hold the query. */
export const transportFailed = (url: string, thrown: unknown): TransportFailed => {
  const code = codeOf(thrown)
  const reason = code !== undefined && TLS_CODE.test(code) ? "tls" : "network"
  return new TransportFailed({ reason, url, ...(code === undefined ? {} : { code }) })
}

const codeOf = (thrown: unknown): string | undefined => {
  if (typeof thrown !== "object" || thrown === null) return undefined
  if ("code" in thrown && typeof thrown.code === "string") return thrown.code
  return "cause" in thrown ? codeOf(thrown.cause) : undefined
}

import type * as Brand from "effect/Brand"
import * as Result from "effect/Result"
import { brand } from "./brand.ts"
import { isLoopbackHost } from "./loopback.ts"
import { readUrl, requireSecure } from "./read-url.ts"
import { RedirectUriForbidden, RedirectUriMalformed, type TransportInsecure } from "./rejections.ts"

/** A redirect URI that may be registered, byte for byte as it came. */
export type RedirectUri = string & Brand.Brand<"@postern/uri/RedirectUri">

/** What a deployment accepts beyond the rules. */
export interface RedirectUriOptions {
  /** Private-use schemes (lower case, without colon) that are accepted although they hold no dot, for example `cursor`. */
  readonly allowPrivateUse?: ReadonlyArray<string>
}

/** Why a text is no redirect URI that may be registered. */
export type RedirectUriRejection = RedirectUriMalformed | RedirectUriForbidden | TransportInsecure

const MAXIMUM_LENGTH = 2048
const MAXIMUM_COUNT = 32

// Schemes that have a meaning of their own on some platform: no exception can name them.
const NEVER: ReadonlySet<string> = new Set(
  (
    "about blob chrome content data facetime file filesystem ftp ftps git http https intent jar javascript ldap ldaps " +
    "livescript mailto market mhtml mocha ms-msdt resource search-ms sftp shell sms smb ssh tel telnet urn vbscript " +
    "view-source ws wss"
  ).split(" ")
)

// RFC 8252 section 7.1: a domain name under the client's control, in reverse order.
const REVERSE_DOMAIN = /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+$/

/**
 * A redirect URI that may be registered (OAuth 2.1 sections 2.3.1 and 8.4): https, http on loopback, or a private-use
 * scheme in reverse-domain form (`com.example.app:/cb`). A scheme without a dot needs an exception by name. At most 2048
 * characters; no wildcard, user information, fragment, dot segment or control character. The text comes back unchanged.
 */
export const parseRedirectUri = (
  text: string,
  options: RedirectUriOptions = {}
): Result.Result<RedirectUri, RedirectUriRejection> => {
  if (text.length > MAXIMUM_LENGTH) return Result.fail(new RedirectUriMalformed({ reason: "too-long" }))
  const read = readUrl(text)
  if (Result.isFailure(read)) return Result.fail(new RedirectUriMalformed({ reason: read.failure }))
  const url = read.success
  const flaw = forbidden(url, text)
  if (flaw !== undefined) return Result.fail(new RedirectUriForbidden({ reason: flaw }))
  const scheme = url.protocol.slice(0, -1)
  if (scheme === "https" || scheme === "http") return Result.map(requireSecure(url), () => brand<RedirectUri>(text))
  return Result.map(checkPrivateUse(text, scheme, options.allowPrivateUse ?? []), () => brand<RedirectUri>(text))
}

/** The redirect URIs of one client, each as {@link parseRedirectUri}; at most 32, the first wrong one rejects. */
export const parseRedirectUris = (
  texts: ReadonlyArray<string>,
  options: RedirectUriOptions = {}
): Result.Result<ReadonlyArray<RedirectUri>, RedirectUriRejection> => {
  if (texts.length > MAXIMUM_COUNT) return Result.fail(new RedirectUriForbidden({ reason: "too-many" }))
  const accepted: Array<RedirectUri> = []
  for (const text of texts) {
    const parsed = parseRedirectUri(text, options)
    if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
    accepted.push(parsed.success)
  }
  return Result.succeed(accepted)
}

/** Whether a redirect URI leads to the user's own machine (http or https on a loopback host): worth a warning at consent. */
export const isLoopbackRedirect = (uri: string): boolean => {
  const url = URL.parse(uri)
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") && isLoopbackHost(url.hostname)
}

/** Whether a web application may have a redirect URI: https, and not this computer's own name (OpenID Connect Registration section 2). */
export const isWebRedirect = (uri: string): boolean => {
  const url = URL.parse(uri)
  return url?.protocol === "https:" && url.hostname !== "localhost"
}

// Twice in one URL they could be read either way.
const RESPONSE_PARAMETERS = ["code", "state", "iss", "error", "error_description", "error_uri"]

/** The first parameter of an authorization response that a redirect URI has in its own query, if it has one. */
export const responseParameterIn = (uri: string): string | undefined => {
  const parameters = URL.parse(uri)?.searchParams
  return RESPONSE_PARAMETERS.find((name) => parameters?.has(name))
}

const forbidden = (url: URL, text: string): RedirectUriForbidden["reason"] | undefined => {
  if (text.includes("*")) return "wildcard"
  if (/%(?:[01][0-9a-f]|7f)/i.test(text)) return "control-character"
  // A proxy or framework that decodes or drops path parameters first would see `..` here.
  const segments = url.pathname.replaceAll(/%2e/gi, ".").split(/\/|%2f|%5c/i)
  return segments.some((segment) => /^\.\.?(?:;|$)/.test(segment)) ? "dot-segment" : undefined
}

const checkPrivateUse = (
  text: string,
  scheme: string,
  allowed: ReadonlyArray<string>
): Result.Result<void, RedirectUriMalformed | RedirectUriForbidden> => {
  const named = allowed.includes(scheme)
  // OAuth 2.1 section 2.3.1: a private-use scheme without a dot should be refused.
  if (NEVER.has(scheme) || !(named || REVERSE_DOMAIN.test(scheme))) {
    return Result.fail(new RedirectUriForbidden({ reason: "scheme" }))
  }
  const rest = text.slice(scheme.length + 1)
  // RFC 8252 section 7.1: "only a single slash ("/") appears after the scheme component". A named one may have a host.
  if (rest.startsWith("//") && !(named && /^\/\/[^/?]/.test(rest))) {
    return Result.fail(new RedirectUriForbidden({ reason: "authority" }))
  }
  return rest.startsWith("/") ? Result.void : Result.fail(new RedirectUriMalformed({ reason: "path" }))
}

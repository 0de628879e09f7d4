import { isLoopbackRedirect, isWebRedirect, parseRedirectUri, responseParameterIn } from "@postern/uri"
import * as Result from "effect/Result"
import { MAXIMUM_REDIRECT_URIS } from "../limits.ts"
import { RedirectUriRefused } from "../rejections.ts"
import type { Settings } from "../settings.ts"

/** What the rules for redirect URIs have to know of the server. */
export type RedirectUriFacts = Pick<Settings, "origin" | "paths" | "privateUseSchemes">

/** Whether a redirect URI goes to whichever program claims its scheme (RFC 8252 section 7.1). */
export const isPrivateUse = (uri: string): boolean => !/^https?:/i.test(uri)

// RFC 6761 section 6.3, RFC 1122 section 3.2.1.3: names and addresses that lead where loopback does.
const OWN_HOST = /^(?:(?:.+\.)?localhost\.?|0\.0\.0\.0|\[::\])$/

/** Whether a redirect URI ends at whatever listens on the user's own computer, by whichever name. */
export const endsOnThisComputer = (uri: string): boolean =>
  isLoopbackRedirect(uri) || OWN_HOST.test(new URL(uri).hostname)

/** Whether a redirect URI is an endpoint of this server: a code that is sent to us ourselves loops or leaks (OAuth 2.1 section 7.12). */
export const isOwnEndpoint = (uri: string, { origin, paths }: Pick<Settings, "origin" | "paths">): boolean => {
  // One that may be registered spells its origin as a URL parser prints it, but for a default port.
  if (!uri.startsWith(origin)) return false
  const url = new URL(uri)
  return (
    url.origin === origin &&
    (Object.values(paths).flat().includes(url.pathname) || url.pathname.startsWith(`${paths.register}/`))
  )
}

const refusalOf = (uri: string, facts: RedirectUriFacts): { reason: string } | undefined => {
  const parsed = parseRedirectUri(uri, { allowPrivateUse: facts.privateUseSchemes })
  if (Result.isFailure(parsed)) return { reason: parsed.failure.message }
  // "All redirect URIs MUST be either localhost or use HTTPS" (MCP Authorization section Communication Security).
  if (isPrivateUse(uri) && !facts.privateUseSchemes.includes(new URL(uri).protocol.slice(0, -1))) {
    return { reason: "its scheme is for private use, and is not one that this server accepts" }
  }
  if (isOwnEndpoint(uri, facts)) return { reason: "is an endpoint of the authorization server" }
  const repeated = responseParameterIn(uri)
  return repeated === undefined ? undefined : { reason: `has the response parameter ${repeated} in its query` }
}

/** The redirect URIs that a client may have, wherever it comes from: between 1 and 32, each by the rules of OAuth 2.1 section 2.3.1. */
export const checkRedirectUris = (
  uris: ReadonlyArray<string>,
  facts: RedirectUriFacts
): Result.Result<ReadonlyArray<string>, RedirectUriRefused> => {
  if (uris.length === 0) return Result.fail(new RedirectUriRefused({ index: 0, reason: "at least one is required" }))
  if (uris.length > MAXIMUM_REDIRECT_URIS) {
    return Result.fail(
      new RedirectUriRefused({ index: MAXIMUM_REDIRECT_URIS, reason: `at most ${MAXIMUM_REDIRECT_URIS} are accepted` })
    )
  }
  for (const [index, uri] of uris.entries()) {
    const refusal = refusalOf(uri, facts)
    if (refusal !== undefined) return Result.fail(new RedirectUriRefused({ index, ...refusal }))
  }
  return Result.succeed(uris)
}

/** What a client is whose metadata does not say: native where it listens on this computer or owns a scheme, else web. */
export const applicationTypeOf = (uris: ReadonlyArray<string>): "native" | "web" =>
  uris.some((uri) => endsOnThisComputer(uri) || !uri.startsWith("https:")) ? "native" : "web"

/** A web client lives at https, and not at this computer's own name (OpenID Connect Registration section 2). */
export const checkApplicationType = (
  uris: ReadonlyArray<string>,
  applicationType: "native" | "web"
): Result.Result<void, RedirectUriRefused> => {
  const index = applicationType === "web" ? uris.findIndex((uri) => !isWebRedirect(uri)) : -1
  return index === -1
    ? Result.succeed(undefined)
    : Result.fail(
        new RedirectUriRefused({ index, reason: "a web client's redirect URI must be https and not localhost" })
      )
}

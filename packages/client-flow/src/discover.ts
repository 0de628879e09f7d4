import {
  type AuthorizationServerMetadata,
  decodeAuthorizationServerMetadata,
  decodeProtectedResourceMetadata,
  isJsonObject,
  member,
  parseJson
} from "@postern/metadata"
import { authorizationServerMetadataUrls } from "@postern/uri"
import * as Effect from "effect/Effect"
import { adjust } from "./adjust.ts"
import { acceptResourceMetadata } from "./accept-resource-metadata.ts"
import { type AcceptedServer, acceptServerMetadata } from "./accept-server-metadata.ts"
import { chooseServer } from "./choose-server.ts"
import type { Purpose } from "./events.ts"
import { exchange, isUnavailable, unavailable } from "./exchange.ts"
import type { FlowError } from "./flow-error.ts"
import { locateResourceMetadata } from "./locate-resource-metadata.ts"
import { MetadataUrlForbidden, ResourceMetadataNotFound, ServerMetadataNotFound } from "./rejections.ts"
import type { CommonSettings } from "./common-settings.ts"

/** Which authorization server protects a resource, and what both say about themselves. */
export interface Discovery {
  readonly resource: string
  /** The `resource` to send. */
  readonly audience: string
  readonly scopesSupported: ReadonlyArray<string> | undefined
  readonly server: AcceptedServer
  /** Where the server's endpoints were read. */
  readonly metadataUrl: string
}

/** Finds the authorization server of a resource: its metadata, then that of the server that it names. */
export const discover = Effect.fnUntraced(function* (
  settings: CommonSettings,
  facts: {
    readonly resource: string
    /** `resource_metadata` of the challenge. */
    readonly challenged: string | undefined
    /** Issuers for which credentials are held. */
    readonly held: ReadonlyArray<string>
  }
): Effect.fn.Return<Discovery, FlowError> {
  const { resource } = facts
  const named = yield* discoverResource(settings, facts)
  const configured = settings.registrations.map(({ issuer }) => issuer)
  const issuer = chooseServer({ named: named.issuers, configured, held: facts.held })
  if (issuer === undefined) return yield* new ResourceMetadataNotFound({ resource, tried: [named.url] })
  if (named.otherOrigin) {
    const allowed = settings.relax.find(issuer, "metadata-other-origin")
    if (!allowed) return yield* new MetadataUrlForbidden({ resource, reason: "issuer-not-named" })
    yield* settings.emit({ _tag: "ExceptionUsed", issuer, allow: allowed.allow, reason: allowed.reason })
  }
  const { document, documentIssuer, url } = yield* fetchServerMetadata(settings, issuer, named)
  const { checkGrant, relax } = settings
  const accepted = yield* Effect.fromResult(acceptServerMetadata({ issuer, document, relax, checkGrant }))
  const server = { ...accepted, documentIssuer }
  for (const { allow, reason } of server.used) yield* settings.emit({ _tag: "ExceptionUsed", issuer, allow, reason })
  yield* settings.emit({ _tag: "ServerFound", resource, issuer })
  return { resource, audience: named.audience, scopesSupported: named.scopesSupported, server, metadataUrl: url }
})

interface NamedServers {
  readonly audience: string
  readonly scopesSupported: ReadonlyArray<string> | undefined
  readonly issuers: ReadonlyArray<string>
  /** Who says so. */
  readonly url: string
  readonly otherOrigin: boolean
  /** Nobody says so: it is the rule of MCP 2025-03-26. */
  readonly legacy: boolean
}

const discoverResource = Effect.fnUntraced(function* (
  settings: CommonSettings,
  facts: { readonly resource: string; readonly challenged: string | undefined }
): Effect.fn.Return<NamedServers, FlowError> {
  const { challenged, resource } = facts
  const { otherOrigin, urls } = yield* Effect.fromResult(
    locateResourceMetadata({ resource, challenged, allowOtherOrigin: settings.relax.any("metadata-other-origin") })
  )
  // What the server says is followed with a stranger's rights; the well-known places are the resource's own.
  const namedBy = challenged === undefined ? undefined : resource
  const found = yield* fetchFirst(settings, "protected-resource-metadata", urls, namedBy)
  if (found === undefined) return yield* withoutMetadata(settings, resource, urls)
  const json = yield* Effect.fromResult(parseJson(found.text))
  const document = yield* Effect.fromResult(decodeProtectedResourceMetadata(json))
  const { audience, metadata } = yield* Effect.fromResult(
    acceptResourceMetadata({ resource, url: found.url, document })
  )
  const { authorization_servers: issuers, scopes_supported: scopesSupported } = metadata
  return { audience, scopesSupported, issuers, url: found.url, otherOrigin, legacy: false }
})

/** MCP 2025-03-26: the server's origin is its authorization server. Only where every place said that there is nothing. */
const withoutMetadata = Effect.fnUntraced(function* (
  settings: CommonSettings,
  resource: string,
  tried: ReadonlyArray<string>
): Effect.fn.Return<NamedServers, FlowError> {
  const issuer = new URL(resource).origin
  const allowed = settings.relax.find(issuer, "legacy-2025-03-26")
  if (!allowed) return yield* new ResourceMetadataNotFound({ resource, tried })
  yield* settings.emit({ _tag: "ExceptionUsed", issuer, allow: allowed.allow, reason: allowed.reason })
  const scopesSupported = undefined
  return { audience: resource, scopesSupported, issuers: [issuer], url: resource, otherOrigin: false, legacy: true }
})

/** The metadata document of an issuer, wherever it is; `url` says who names the issuer. */
export const fetchServerMetadata = Effect.fnUntraced(function* (
  settings: CommonSettings,
  issuer: string,
  { legacy, url: namedBy }: Pick<NamedServers, "legacy" | "url">
) {
  const urls = authorizationServerMetadataUrls(issuer)
  const found = yield* fetchFirst(settings, "authorization-server-metadata", urls, namedBy)
  if (found === undefined && legacy) return { document: legacyDocument(issuer), documentIssuer: issuer, url: issuer }
  if (found === undefined) return yield* new ServerMetadataNotFound({ issuer, tried: urls })
  const json = yield* Effect.fromResult(parseJson(found.text))
  const object = isJsonObject(json) ? json : {}
  const written = member(object, "issuer")
  // Before the document is read: what an exception names may be no issuer at all, such as a template.
  const taken = yield* adjust(settings, issuer, written, (seams, found) => seams.metadataIssuer?.(found, issuer))
  const document = yield* Effect.fromResult(
    decodeAuthorizationServerMetadata(taken === written ? json : { ...object, issuer: taken })
  )
  return { document, documentIssuer: String(written), url: found.url }
})

/** MCP 2025-03-26, Fallbacks for Servers without Metadata Discovery. That version wants PKCE of everybody. */
const legacyDocument = (issuer: string): AuthorizationServerMetadata => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  registration_endpoint: `${issuer}/register`,
  response_types_supported: ["code"],
  code_challenge_methods_supported: ["S256"]
})

/**
 * The first document that is there. "Not here" (4xx) goes on to the next place; a server that is down or cannot be reached
 * does not: what it would have said is not to be replaced by something weaker.
 */
const fetchFirst = Effect.fnUntraced(function* (
  settings: CommonSettings,
  purpose: Purpose,
  urls: ReadonlyArray<string>,
  namedBy: string | undefined
) {
  for (const url of urls) {
    const response = yield* exchange(settings, purpose, { url, ...(namedBy === undefined ? {} : { namedBy }) })
    if (isUnavailable(response.status)) return yield* unavailable(purpose, response)
    if (response.status < 300) return response
  }
  return undefined
})

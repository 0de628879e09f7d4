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
import * as Result from "effect/Result"
import { adjust } from "./adjust.ts"
import { acceptResourceMetadata } from "./accept-resource-metadata.ts"
import { type AcceptedServer, acceptServerMetadata, type GrantCheck } from "./accept-server-metadata.ts"
import { chooseServer } from "./choose-server.ts"
import type { CommonSettings } from "./common-settings.ts"
import { findDocument } from "./find-document.ts"
import type { FlowError } from "./flow-error.ts"
import { locateResourceMetadata } from "./locate-resource-metadata.ts"
import type { MetadataAttempt } from "./metadata-attempt.ts"
import {
  AuthorizationServerNotNamed,
  MetadataUrlForbidden,
  ResourceMetadataNotFound,
  ServerMetadataNotFound
} from "./rejections/index.ts"

/** Which authorization server protects a resource, and what both say about themselves. */
export interface Discovery {
  readonly resource: string
  /** The `resource` to send. */
  readonly audience: string
  readonly scopesSupported: ReadonlyArray<string> | undefined
  readonly server: AcceptedServer
  /** Where the server's endpoints were read. */
  readonly metadataUrl: string
  /** Every place that was tried for a document of either, in order, and what came of it. */
  readonly tried: ReadonlyArray<MetadataAttempt>
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
  const { held, resource } = facts
  const named = yield* discoverResource(settings, facts)
  const { audience, scopesSupported } = named
  const issuer = yield* chooseIssuer(settings, { resource, named, held })
  if (named.otherOrigin) {
    const allowed = settings.relax.find(issuer, "metadata-other-origin")
    if (!allowed) {
      const expected = new URL(resource).origin
      return yield* new MetadataUrlForbidden({ resource, reason: "issuer-not-named", expected, received: issuer })
    }
    yield* settings.emit({ _tag: "ExceptionUsed", issuer, allow: allowed.allow, reason: allowed.reason })
  }
  const found = yield* findServer(settings, issuer, named, settings.checkGrant)
  const { server, url: metadataUrl } = found
  const tried = [...named.tried, ...found.tried]
  for (const { allow, reason } of server.used) yield* settings.emit({ _tag: "ExceptionUsed", issuer, allow, reason })
  yield* settings.emit({ _tag: "ServerFound", resource, issuer, tried })
  return { resource, audience, scopesSupported, server, metadataUrl, tried }
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
  readonly tried: ReadonlyArray<MetadataAttempt>
}

const discoverResource = Effect.fnUntraced(function* (
  settings: CommonSettings,
  facts: { readonly resource: string; readonly challenged: string | undefined }
): Effect.fn.Return<NamedServers, FlowError> {
  const { challenged, resource } = facts
  const { otherOrigin, urls } = yield* Effect.fromResult(
    locateResourceMetadata({ resource, challenged, allowOtherOrigin: settings.relax.any("metadata-other-origin") })
  )
  const { document: found, tried } = yield* findDocument(settings, {
    purpose: "protected-resource-metadata",
    urls,
    // What the server says is followed with a stranger's rights; the well-known places are the resource's own.
    namedBy: challenged === undefined ? undefined : resource,
    read: ({ text, url }) =>
      Effect.fromResult(
        Result.gen(function* () {
          const document = yield* decodeProtectedResourceMetadata(yield* parseJson(text))
          return { url, ...(yield* acceptResourceMetadata({ resource, url, document })) }
        })
      )
  })
  if (found === undefined) return yield* withoutMetadata(settings, resource, tried)
  const { audience, metadata, url } = found
  const { authorization_servers: issuers, scopes_supported: scopesSupported } = metadata
  return { audience, scopesSupported, issuers, url, otherOrigin, legacy: false, tried }
})

/** MCP 2025-03-26: the server's origin is its authorization server. Only where every place said that there is nothing. */
const withoutMetadata = Effect.fnUntraced(function* (
  settings: CommonSettings,
  resource: string,
  tried: ReadonlyArray<MetadataAttempt>
): Effect.fn.Return<NamedServers, FlowError> {
  const issuer = new URL(resource).origin
  const allowed = settings.relax.find(issuer, "legacy-2025-03-26")
  if (!allowed) return yield* new ResourceMetadataNotFound({ resource, tried })
  yield* settings.emit({ _tag: "ExceptionUsed", issuer, allow: allowed.allow, reason: allowed.reason })
  return {
    audience: resource,
    scopesSupported: undefined,
    issuers: [issuer],
    url: resource,
    otherOrigin: false,
    legacy: true,
    tried
  }
})

interface FoundServer {
  readonly document: AuthorizationServerMetadata
  readonly server: AcceptedServer
  /** Where the document was. */
  readonly url: string
  readonly tried: ReadonlyArray<MetadataAttempt>
}

/** The host chooses among several; without its hook the rule of {@link chooseServer} does. */
const chooseIssuer = Effect.fnUntraced(function* (
  settings: CommonSettings,
  facts: { readonly resource: string; readonly named: NamedServers; readonly held: ReadonlyArray<string> }
): Effect.fn.Return<string, AuthorizationServerNotNamed | ResourceMetadataNotFound> {
  const { held, resource } = facts
  const { issuers: named, tried } = facts.named
  const configured = settings.registrations.map(({ issuer }) => issuer)
  const choose = named.length > 1 ? settings.chooseAuthorizationServer : undefined
  if (choose === undefined) {
    return chooseServer({ named, configured, held }) ?? (yield* new ResourceMetadataNotFound({ resource, tried }))
  }
  const received = yield* choose({ resource, named, configured, held })
  // Whoever else would protect the resource, its metadata does not say so (RFC 9728 section 7.6).
  const chosen = named.find((issuer) => issuer === received)
  return chosen ?? (yield* new AuthorizationServerNotNamed({ resource, expected: named, received }))
})

/** The authorization server of an issuer; `url` says who names the issuer. */
export const findServer = Effect.fnUntraced(function* (
  settings: CommonSettings,
  issuer: string,
  { legacy, url: namedBy }: Pick<NamedServers, "legacy" | "url">,
  checkGrant: GrantCheck
): Effect.fn.Return<FoundServer, FlowError> {
  const { relax } = settings
  const accept = (document: AuthorizationServerMetadata) =>
    Effect.fromResult(acceptServerMetadata({ issuer, document, relax, checkGrant }))
  const { document: found, tried } = yield* findDocument(settings, {
    purpose: "authorization-server-metadata",
    urls: authorizationServerMetadataUrls(issuer),
    namedBy,
    read: Effect.fnUntraced(function* ({ text, url }) {
      const json = yield* Effect.fromResult(parseJson(text))
      const object = isJsonObject(json) ? json : {}
      const written = member(object, "issuer")
      // Before the document is read: what an exception names may be no issuer at all, such as a template.
      const taken = yield* adjust(settings, issuer, written, (seams, found) => seams.metadataIssuer?.(found, issuer))
      const document = yield* Effect.fromResult(
        decodeAuthorizationServerMetadata(taken === written ? json : { ...object, issuer: taken })
      )
      const server = { ...(yield* accept(document)), documentIssuer: String(written) }
      return { document, server, url }
    })
  })
  if (found !== undefined) return { ...found, tried }
  if (!legacy) return yield* new ServerMetadataNotFound({ issuer, tried })
  const document = legacyDocument(issuer)
  return { document, server: yield* accept(document), url: issuer, tried }
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

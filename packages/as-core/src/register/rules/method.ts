import type { ClientMetadata } from "@postern/metadata"
import * as Result from "effect/Result"
import type { KeyMembers } from "../../clients/key-members.ts"
import { endsOnThisComputer, isPrivateUse } from "../../clients/redirect-uris.ts"
import { ClientMetadataRefused } from "../../rejections.ts"
import type { Settings } from "../../settings.ts"
import type { Client, TokenEndpointAuthMethod } from "../../store.ts"

const MEMBER = "token_endpoint_auth_method"

/**
 * The method that a client is given, as the response says (RFC 7591 section 3.2.1): by its keys where it publishes some, by a
 * shared secret where the operator vouches for it and it can keep one, else by nothing. A secret in a program that everybody
 * has, or in a web page, is none (OAuth 2.1 section 2.1), and `application_type` does not tell a page from a server.
 */
export const decideMethod = (facts: {
  readonly metadata: ClientMetadata
  readonly keys: KeyMembers | undefined
  readonly redirectUris: ReadonlyArray<string>
  readonly applicationType: Client["applicationType"]
  readonly settings: Pick<Settings, "tokenEndpointAuthMethods">
  readonly trusted: boolean
}): Result.Result<TokenEndpointAuthMethod, ClientMetadataRefused> => {
  const { metadata, keys, settings, trusted } = facts
  const offered = settings.tokenEndpointAuthMethods
  const refuse = () =>
    Result.fail(new ClientMetadataRefused({ member: MEMBER, reason: `must be one of ${givenTo(trusted, offered)}` }))
  const asked = metadata.token_endpoint_auth_method
  if (asked !== undefined && !isMethod(asked)) return refuse()
  const given = keys === undefined ? secretOrNone(asked, facts) : "private_key_jwt"
  return offered.includes(given) ? Result.succeed(given) : refuse()
}

const secretOrNone = (
  asked: TokenEndpointAuthMethod | undefined,
  { applicationType, redirectUris, settings, trusted }: Parameters<typeof decideMethod>[0]
): TokenEndpointAuthMethod => {
  const keepsSecrets =
    applicationType === "web" && !redirectUris.some((uri) => endsOnThisComputer(uri) || isPrivateUse(uri))
  if (!trusted || !keepsSecrets) return "none"
  if (asked !== undefined) return asked
  // RFC 7591 section 2: "If unspecified or omitted, the default is "client_secret_basic"".
  return settings.tokenEndpointAuthMethods.includes("client_secret_basic") ? "client_secret_basic" : "none"
}

const isMethod = (method: string): method is TokenEndpointAuthMethod =>
  ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"].includes(method)

const givenTo = (trusted: boolean, offered: ReadonlyArray<TokenEndpointAuthMethod>): string =>
  offered.filter((method) => trusted || !method.startsWith("client_secret_")).join(", ")

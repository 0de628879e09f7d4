import { type ClientMetadata, decodeClientMetadata, parseJson } from "@postern/metadata"
import { parseScope } from "@postern/scope"
import * as Result from "effect/Result"
import { displayName } from "../clients/display-name.ts"
import { checkKeyLocation, decideKeys, isKeyClient, type KeyMembers, type KeyMetadata } from "../clients/key-members.ts"
import { applicationTypeOf, checkApplicationType, checkRedirectUris } from "../clients/redirect-uris.ts"
import { ClientMetadataRefused } from "../rejections.ts"
import type { Settings } from "../settings.ts"
import type { Client } from "../store.ts"
import { decideGrantTypes } from "./rules/grant-types.ts"
import { decideMethod } from "./rules/method.ts"

/** A client without what is minted for it. */
export type ClientPlan = Omit<Client, "clientId" | "createdAt" | "secretHash">

/** What a registration is decided by. */
export interface RegistrationFacts {
  readonly settings: Settings
  /** It came with an initial access token: the operator vouches for whoever sent it. */
  readonly trusted: boolean
}

const refuse = (member: string, reason: string) => Result.fail(new ClientMetadataRefused({ member, reason }))

/** The whole policy of registration (RFC 7591 section 2): from the body's text to the client that it describes. */
export const decideRegistration = (text: string, facts: RegistrationFacts) =>
  Result.flatMap(parseJson(text), (json) => decideClient(json, facts))

/** The client that a registration's JSON describes. */
export const decideClient = (json: unknown, { settings, trusted }: RegistrationFacts) =>
  Result.gen(function* () {
    const metadata = yield* decodeClientMetadata(json)
    const redirectUris = yield* decideRedirectUris(metadata, settings)
    const applicationType = metadata.application_type ?? applicationTypeOf(redirectUris)
    yield* checkApplicationType(redirectUris, applicationType)
    const keys = isKeyClient(metadata) ? yield* decideRegisteredKeys(metadata, settings) : undefined
    const method = yield* decideMethod({ metadata, keys, redirectUris, applicationType, settings, trusted })
    const grantTypes = yield* decideGrantTypes({ metadata, method, trusted })
    const client: ClientPlan = {
      origin: "registered",
      name: displayName(metadata.client_name ?? ""),
      redirectUris,
      tokenEndpointAuthMethod: method,
      ...keys,
      grantTypes,
      dpopBoundAccessTokens: metadata.dpop_bound_access_tokens,
      applicationType,
      clientUri: metadata.client_uri,
      logoUri: metadata.logo_uri,
      policyUri: metadata.policy_uri,
      tosUri: metadata.tos_uri,
      // Not limited by what it asked for: whoever may register without proof may register again with another scope,
      // and clients register with the first challenge's scope and step up later (docs/decisions/0005).
      scope: undefined
    }
    // Still in its grammar, since the response answers to it.
    yield* parseScope(metadata.scope)
    return client
  })

/** A client that sends no user anywhere has nowhere to send one to. */
const decideRedirectUris = ({ grant_types: types, redirect_uris: uris = [] }: ClientMetadata, settings: Settings) =>
  uris.length === 0 && types?.length === 1 && types[0] === "client_credentials"
    ? Result.succeed(uris)
    : checkRedirectUris(uris, settings)

/** The keys of a client that registers itself; where they are is a stranger's word. */
const decideRegisteredKeys = (
  metadata: KeyMetadata,
  { documents }: Pick<Settings, "documents">
): Result.Result<KeyMembers, ClientMetadataRefused> =>
  Result.gen(function* () {
    const keys = yield* decideKeys(metadata)
    if (keys.jwksUri === undefined) return keys
    // What fetches documents fetches key sets; without it nothing does.
    if (documents === undefined) return yield* refuse("jwks_uri", "is not fetched here; send jwks")
    yield* checkKeyLocation(keys.jwksUri)
    return keys
  })

/** Why a registration is refused by these rules. */
export type PolicyRejection = Extract<ReturnType<typeof decideRegistration>, { readonly _tag: "Failure" }>["failure"]

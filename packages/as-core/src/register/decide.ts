import { decodeClientMetadata, parseJson } from "@postern/metadata"
import { parseScope } from "@postern/scope"
import * as Result from "effect/Result"
import { displayName } from "../clients/display-name.ts"
import { checkKeyLocation, decideKeys, isKeyClient, type KeyMembers, type KeyMetadata } from "../clients/key-members.ts"
import { applicationTypeOf, checkApplicationType, checkRedirectUris } from "../clients/redirect-uris.ts"
import { ClientMetadataRefused } from "../rejections.ts"
import type { Settings } from "../settings.ts"
import type { Client } from "../store.ts"

/** A client without what is minted for it. */
export type ClientPlan = Omit<Client, "clientId" | "createdAt">

const refuse = (member: string, reason: string) => Result.fail(new ClientMetadataRefused({ member, reason }))

/** The whole policy of registration (RFC 7591 section 2): from the body's text to the client that it describes. */
export const decideRegistration = (text: string, settings: Settings) =>
  Result.gen(function* () {
    const metadata = yield* decodeClientMetadata(yield* parseJson(text))
    const redirectUris = yield* checkRedirectUris(metadata.redirect_uris ?? [], settings)
    const applicationType = metadata.application_type ?? applicationTypeOf(redirectUris)
    yield* checkApplicationType(redirectUris, applicationType)
    yield* checkResponseTypes(metadata.response_types ?? ["code"])
    yield* checkMethod(metadata.token_endpoint_auth_method)
    const keys = isKeyClient(metadata) ? yield* decideRegisteredKeys(metadata, settings) : undefined
    const client: ClientPlan = {
      origin: "registered",
      name: displayName(metadata.client_name ?? ""),
      redirectUris,
      // Whoever registers unasked gets no secret: it would live in a program that cannot keep one (OAuth 2.1 section 2.1).
      tokenEndpointAuthMethod: keys === undefined ? "none" : "private_key_jwt",
      ...keys,
      grantTypes: yield* decideGrantTypes(metadata.grant_types ?? ["authorization_code"]),
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

const checkResponseTypes = (types: ReadonlyArray<string>): Result.Result<void, ClientMetadataRefused> =>
  types.length === 1 && types[0] === "code" ? Result.void : refuse("response_types", "only code is served")

/** The keys of a client that registers itself; where they are is a stranger's word. */
const decideRegisteredKeys = (
  metadata: KeyMetadata,
  { documents }: Pick<Settings, "documents">
): Result.Result<KeyMembers, ClientMetadataRefused> =>
  Result.gen(function* () {
    const keys = yield* decideKeys(metadata)
    if (keys.jwksUri === undefined) return keys
    // What fetches documents fetches key sets; without it nothing does.
    if (!documents) return yield* refuse("jwks_uri", "is not fetched here; send jwks")
    yield* checkKeyLocation(keys.jwksUri)
    return keys
  })

/** A method with a shared secret is answered by `none`, as the response says. */
const checkMethod = (method = "none"): Result.Result<void, ClientMetadataRefused> =>
  ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"].includes(method)
    ? Result.void
    : refuse(
        "token_endpoint_auth_method",
        "only none and private_key_jwt are given to clients that register themselves"
      )

const isGrantType = (type: string): type is Client["grantTypes"][number] =>
  type === "authorization_code" || type === "refresh_token"

const decideGrantTypes = (types: ReadonlyArray<string>): Result.Result<Client["grantTypes"], ClientMetadataRefused> => {
  const known = [...new Set(types)].filter(isGrantType)
  if (known.length !== new Set(types).size) {
    return refuse("grant_types", "only authorization_code and refresh_token are served")
  }
  // RFC 7591 section 2.1: response type code goes with authorization_code.
  return known.includes("authorization_code")
    ? Result.succeed(known)
    : refuse("grant_types", "authorization_code is required for response type code")
}

/** Why a registration is refused by these rules. */
export type PolicyRejection = Extract<ReturnType<typeof decideRegistration>, { readonly _tag: "Failure" }>["failure"]

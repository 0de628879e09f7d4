import type { ClientMetadata } from "@postern/metadata"
import * as Result from "effect/Result"
import { ClientMetadataRefused } from "../../rejections.ts"
import type { GrantType, TokenEndpointAuthMethod } from "../../store.ts"

const refuse = (member: string, reason: string) => Result.fail(new ClientMetadataRefused({ member, reason }))

const isGrantType = (type: string): type is GrantType =>
  type === "authorization_code" || type === "refresh_token" || type === "client_credentials"

/**
 * The grant types of a client, and that its response types go with them (RFC 7591 section 2.1). What needs no user is for
 * clients that the operator vouches for, and that prove who they are.
 */
export const decideGrantTypes = (facts: {
  readonly metadata: ClientMetadata
  readonly method: TokenEndpointAuthMethod
  readonly trusted: boolean
}): Result.Result<ReadonlyArray<GrantType>, ClientMetadataRefused> => {
  const { metadata, method, trusted } = facts
  const asked = new Set(metadata.grant_types ?? ["authorization_code"])
  const types = [...asked].filter(isGrantType)
  const machine = types.includes("client_credentials")
  if (types.length !== asked.size || (machine && !trusted)) {
    return refuse("grant_types", "only authorization_code and refresh_token are served")
  }
  if (machine && method === "none") return refuse("grant_types", "client_credentials needs a client that authenticates")
  if (!types.includes("authorization_code") && (!machine || types.length > 1)) {
    return refuse("grant_types", "authorization_code is required for response type code")
  }
  const expected = types.includes("authorization_code") ? ["code"] : []
  const responses = metadata.response_types ?? expected
  return responses.length === expected.length && responses[0] === expected[0]
    ? Result.succeed(types)
    : refuse("response_types", "only code is served, with authorization_code")
}

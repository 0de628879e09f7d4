import type { ClientMetadata } from "@postern/metadata"
import { isForbiddenAddress } from "@postern/safe-fetch"
import { isLoopbackHost } from "@postern/uri"
import * as Result from "effect/Result"
import { assertionAlgorithms, isAssertionAlgorithm } from "../assertion/algorithm.ts"
import { keysOf, readKeySet } from "../assertion/key-set.ts"
import { ClientMetadataRefused } from "../rejections.ts"
import type { Client } from "../store.ts"

/** What a client's metadata says of its keys. */
export type KeyMetadata = Pick<ClientMetadata, "jwks" | "jwks_uri" | "token_endpoint_auth_signing_alg">

/** What a client with `private_key_jwt` has and no other. */
export type KeyMembers = Pick<Client, "jwks" | "jwksUri" | "tokenEndpointAuthSigningAlg">

const refuse = (member: string, reason: string) => Result.fail(new ClientMetadataRefused({ member, reason }))

/**
 * Whether a client authenticates by a key. One that publishes keys and names no method means to use them: to take it for a
 * public client would be to let in whoever knows its identifier.
 */
export const isKeyClient = (metadata: KeyMetadata & Pick<ClientMetadata, "token_endpoint_auth_method">): boolean => {
  const { jwks, jwks_uri: uri, token_endpoint_auth_method: method } = metadata
  return method === "private_key_jwt" || (method === undefined && (jwks !== undefined || uri !== undefined))
}

/**
 * The keys of a client with `private_key_jwt`: published in its metadata or behind a URL (RFC 7591 section 2), at least one of
 * them for an algorithm that is served and, if the client names one, for that.
 */
export const decideKeys = (metadata: KeyMetadata): Result.Result<KeyMembers, ClientMetadataRefused> => {
  const { jwks, jwks_uri: jwksUri, token_endpoint_auth_signing_alg: algorithm } = metadata
  const signing = algorithm === undefined ? {} : { tokenEndpointAuthSigningAlg: algorithm }
  if (algorithm !== undefined && !isAssertionAlgorithm(algorithm)) {
    return refuse("token_endpoint_auth_signing_alg", `must be one of ${assertionAlgorithms.join(", ")}`)
  }
  if (jwks === undefined) {
    return jwksUri === undefined
      ? refuse("jwks", "is required for private_key_jwt, or jwks_uri")
      : Result.succeed({ ...signing, jwksUri })
  }
  const keys = readKeySet(jwks)
  if (keys === undefined) return refuse("jwks", `has no public key for one of ${assertionAlgorithms.join(", ")}`)
  return algorithm === undefined || keysOf(keys, [algorithm]) !== undefined
    ? Result.succeed({ ...signing, jwks: keys })
    : refuse("jwks", "has no key for token_endpoint_auth_signing_alg")
}

/**
 * What a stranger may name as the place of its keys: nothing that is plainly within, and so nothing over http, which is for
 * this computer alone. Names are judged when they are resolved, by the transport.
 */
export const checkKeyLocation = (uri: string): Result.Result<void, ClientMetadataRefused> => {
  const { hostname } = new URL(uri)
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname)
  return isLoopbackHost(hostname) || (isAddress && isForbiddenAddress(hostname))
    ? refuse("jwks_uri", "must not lie on a private address")
    : Result.void
}

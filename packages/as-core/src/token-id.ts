import { randomText, sha256Text } from "@postern/bytes"
import * as Effect from "effect/Effect"

/**
 * The `jti` of an access token: its grant's id, a dot and something random, so that whoever has the token's id finds the grant
 * without a record of every token. A token of no grant (`client_credentials`) has the random part alone.
 */
export const makeTokenId = (grantId: string | undefined): Effect.Effect<string> =>
  Effect.map(randomText(16), (random) => (grantId === undefined ? random : `${grantId}.${random}`))

/** The grant of a token, by the token's id. */
export const grantIdOf = (tokenId: string): string | undefined => {
  const at = tokenId.indexOf(".")
  return at === -1 ? undefined : tokenId.slice(0, at)
}

/** Under which a revoked access token is remembered. */
export const revokedIdHash = (tokenId: string): Effect.Effect<string> => sha256Text(`access_token ${tokenId}`)

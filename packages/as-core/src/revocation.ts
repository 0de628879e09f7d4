import * as Effect from "effect/Effect"
import { nowSeconds } from "./now.ts"
import type { Store, StoreFailed } from "./store.ts"
import { grantIdOf, revokedIdHash } from "./token-id.ts"

/**
 * Whether an access token, by its `jti`, was revoked: it itself, or the grant that it came from. A grant that the store does
 * not know is one that ended.
 */
export const makeIsRevoked =
  (store: Pick<Store, "findGrant" | "isRemembered">) =>
  (tokenId: string): Effect.Effect<boolean, StoreFailed> =>
    Effect.gen(function* () {
      const grantId = grantIdOf(tokenId)
      if (grantId !== undefined) {
        const found = yield* store.findGrant(grantId)
        if (found === undefined || found.ended) return true
      }
      return yield* store.isRemembered(yield* revokedIdHash(tokenId), yield* nowSeconds)
    })

import * as Result from "effect/Result"
import { GrantInvalid } from "../../rejections.ts"
import type { Client, Grant } from "../../store.ts"

/** A code or refresh token, as far as this rule reads it. */
interface Presented {
  readonly value: { readonly clientId: string; readonly expiresAt: number }
  readonly grant: Pick<Grant, "expiresAt">
  readonly used: boolean
  readonly ended: boolean
}

/**
 * The code or refresh token exists, is this client's, and it and its grant live. One that was used before passes here: its grant
 * ends by it, and only a request that is right otherwise gets that far (OAuth 2.1 section 4.1.3).
 */
export const checkStanding = <A extends Presented>(facts: {
  readonly found: A | undefined
  readonly client: Pick<Client, "clientId">
  readonly now: number
}): Result.Result<A, GrantInvalid> => {
  const { found, client, now } = facts
  const fail = (reason: GrantInvalid["reason"]) => Result.fail(new GrantInvalid({ reason }))
  if (found === undefined) return fail("unknown")
  if (found.value.clientId !== client.clientId) return fail("client")
  if (found.ended) return fail("ended")
  if (found.used) return Result.succeed(found)
  return found.value.expiresAt <= now || found.grant.expiresAt <= now ? fail("expired") : Result.succeed(found)
}

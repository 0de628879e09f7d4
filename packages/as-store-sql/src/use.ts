import type { UseOutcome } from "@postern/as-core"
import type { GrantState } from "./grants.ts"

/** What is known of a code or a refresh token inside the transaction that would use it. */
export interface Usable {
  readonly used: boolean
  readonly expiresAt: number
}

/**
 * Whether a single-use thing may be used now. A second use is a replay however late it comes (RFC 9700 sections 2.1.1
 * and 4.14.2): neither the thing's own expiry nor the grant's end hides it.
 */
export const decideUse = (usable: Usable, grant: GrantState | undefined, now: number): UseOutcome => {
  if (usable.used) return "Replayed"
  if (grant === undefined || grant.ended || grant.expiresAt <= now) return "Stale"
  return usable.expiresAt <= now ? "Expired" : "Used"
}

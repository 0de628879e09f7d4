import type { Code, FoundCode, Grant, RedeemOutcome, RefreshToken } from "@postern/as-core"
import { integer, optionalInteger, optionalText, text } from "./fields.ts"
import {
  endGrant,
  grantColumns,
  type GrantState,
  grantStateColumns,
  readEnded,
  readGrant,
  readGrantState
} from "./grants.ts"
import { addRefreshToken } from "./refresh-tokens.ts"
import { type Body, lockingRead, statement } from "./statement.ts"

/** Adds the code of a grant, whose client is the grant's. */
export function* addCode(code: Code, grant: Grant): Body<void> {
  if (code.grantId !== grant.grantId || code.clientId !== grant.clientId) {
    throw new Error("a code belongs to its grant and the client of that")
  }
  yield statement(
    `INSERT INTO codes (code_hash, grant_id, redirect_uri, code_challenge, dpop_jkt, expires_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    code.codeHash,
    code.grantId,
    code.redirectUri,
    code.codeChallenge,
    code.dpopJkt ?? null,
    code.expiresAt
  )
}

export function* findCode(codeHash: string): Body<FoundCode | undefined> {
  const [row] = yield statement(
    `SELECT codes.code_hash, codes.redirect_uri, codes.code_challenge, codes.dpop_jkt, codes.expires_at,
       codes.used_at, ${grantColumns}
     FROM codes JOIN grants ON grants.grant_id = codes.grant_id WHERE codes.code_hash = ?`,
    codeHash
  )
  return (
    row && {
      value: {
        codeHash: text(row, "code_hash"),
        grantId: text(row, "grant_id"),
        clientId: text(row, "client_id"),
        redirectUri: text(row, "redirect_uri"),
        codeChallenge: text(row, "code_challenge"),
        dpopJkt: optionalText(row, "dpop_jkt"),
        expiresAt: integer(row, "expires_at")
      },
      grant: readGrant(row),
      used: optionalInteger(row, "used_at") !== undefined,
      ended: readEnded(row)
    }
  )
}

/**
 * Whether a code may be redeemed now. A second use is a replay however late it comes (RFC 9700 section 2.1.1): neither
 * the code's own expiry nor the grant's end hides it.
 */
const decide = (
  code: { readonly used: boolean; readonly expiresAt: number },
  grant: GrantState,
  now: number
): RedeemOutcome => {
  if (code.used) return "Replayed"
  if (grant.ended || grant.expiresAt <= now) return "Stale"
  return code.expiresAt <= now ? "Expired" : "Redeemed"
}

export function* redeem(change: {
  readonly codeHash: string
  readonly refreshToken?: RefreshToken | undefined
  readonly now: number
}): Body<RedeemOutcome> {
  const { codeHash, refreshToken, now } = change
  const [row] = yield lockingRead(
    `SELECT ${grantStateColumns}, codes.used_at, codes.expires_at
     FROM grants JOIN codes ON codes.grant_id = grants.grant_id WHERE codes.code_hash = ?`,
    codeHash
  )
  if (row === undefined) return "Stale"
  const grant = readGrantState(row)
  const used = optionalInteger(row, "used_at") !== undefined
  const outcome = decide({ used, expiresAt: integer(row, "expires_at") }, grant, now)
  // RFC 6749 section 4.1.2: a code used twice takes the tokens with it that it bought.
  if (outcome === "Replayed") yield* endGrant(grant.grantId, now)
  if (outcome !== "Redeemed") return outcome
  yield statement("UPDATE codes SET used_at = ? WHERE code_hash = ?", now, codeHash)
  if (refreshToken !== undefined) yield* addRefreshToken(refreshToken, grant)
  return outcome
}

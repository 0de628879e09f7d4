import type { Code, Found, RefreshToken, UseOutcome } from "@postern/as-core"
import { integer, optionalInteger, text } from "./fields.ts"
import { endGrant, grantColumns, lockGrant, readEnded, readGrant } from "./grants.ts"
import { addRefreshToken } from "./refresh-tokens.ts"
import { type Body, statement } from "./statement.ts"
import { decideUse } from "./use.ts"

export function* addCode(code: Code): Body<void> {
  yield statement(
    `INSERT INTO codes (code_hash, grant_id, client_id, redirect_uri, code_challenge, expires_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    code.codeHash,
    code.grantId,
    code.clientId,
    code.redirectUri,
    code.codeChallenge,
    code.expiresAt
  )
}

export function* findCode(codeHash: string): Body<Found<Code> | undefined> {
  const [row] = yield statement(
    `SELECT codes.code_hash, codes.client_id, codes.redirect_uri, codes.code_challenge, codes.expires_at,
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
        expiresAt: integer(row, "expires_at")
      },
      grant: readGrant(row),
      used: optionalInteger(row, "used_at") !== undefined,
      ended: readEnded(row)
    }
  )
}

export function* redeem(change: {
  readonly codeHash: string
  readonly refreshToken?: RefreshToken | undefined
  readonly now: number
}): Body<UseOutcome> {
  const [named] = yield statement("SELECT grant_id FROM codes WHERE code_hash = ?", change.codeHash)
  if (named === undefined) return "Stale"
  const grantId = text(named, "grant_id")
  const grant = yield* lockGrant(grantId)
  const [row] = yield statement("SELECT used_at, expires_at FROM codes WHERE code_hash = ?", change.codeHash)
  if (row === undefined) return "Stale"
  const used = optionalInteger(row, "used_at") !== undefined
  const outcome = decideUse({ used, expiresAt: integer(row, "expires_at") }, grant, change.now)
  // RFC 6749 section 4.1.2: a code used twice takes the tokens with it that it bought.
  if (outcome === "Replayed") yield* endGrant(grantId, change.now)
  if (outcome !== "Used") return outcome
  yield statement("UPDATE codes SET used_at = ? WHERE code_hash = ?", change.now, change.codeHash)
  if (change.refreshToken !== undefined) yield* addRefreshToken(change.refreshToken, grantId)
  return outcome
}

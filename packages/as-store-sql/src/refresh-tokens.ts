import type { FoundRefreshToken, RefreshToken, RotateOutcome, SealedAnswer } from "@postern/as-core"
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
import { type Body, lockingRead, statement } from "./statement.ts"

/** Adds the refresh token of the grant whose row this transaction holds, and of no other. */
export function* addRefreshToken(token: RefreshToken, grant: GrantState): Body<void> {
  if (token.grantId !== grant.grantId || token.clientId !== grant.clientId) {
    throw new Error("a refresh token belongs to the grant of what bought it and the client of that")
  }
  yield statement(
    "INSERT INTO refresh_tokens (chain_hash, grant_id, jkt, token_hash, expires_at, look_at) VALUES (?, ?, ?, ?, ?, ?)",
    token.chainHash,
    token.grantId,
    token.jkt ?? null,
    token.tokenHash,
    token.expiresAt,
    token.expiresAt
  )
}

export function* findRefreshToken(chainHash: string): Body<FoundRefreshToken | undefined> {
  const [row] = yield statement(
    `SELECT refresh_tokens.chain_hash, refresh_tokens.token_hash, refresh_tokens.jkt, refresh_tokens.expires_at,
       ${grantColumns}
     FROM refresh_tokens JOIN grants ON grants.grant_id = refresh_tokens.grant_id WHERE refresh_tokens.chain_hash = ?`,
    chainHash
  )
  return (
    row && {
      value: {
        chainHash: text(row, "chain_hash"),
        tokenHash: text(row, "token_hash"),
        grantId: text(row, "grant_id"),
        clientId: text(row, "client_id"),
        jkt: optionalText(row, "jkt"),
        expiresAt: integer(row, "expires_at")
      },
      grant: readGrant(row),
      ended: readEnded(row)
    }
  )
}

interface Rotation {
  readonly chainHash: string
  readonly tokenHash: string
  readonly next: Pick<RefreshToken, "tokenHash" | "expiresAt" | "jkt">
  readonly answer: SealedAnswer
  readonly now: number
}

/** Keeps an answer for its window and returns where; where there is no window it is not kept. */
function* keepAnswer({ tokenHash, answer, now }: Rotation): Body<number | null> {
  if (answer.until <= now) return null
  const [kept = {}] = yield statement(
    "INSERT INTO answers (token_hash, binding, sealed, until) VALUES (?, ?, ?, ?) RETURNING sequence",
    tokenHash,
    answer.binding,
    answer.sealed,
    answer.until
  )
  return integer(kept, "sequence")
}

/** Puts the next token in the place of the live one; the answer to the one before that is nobody's from now on. */
function* advance(change: Rotation): Body<void> {
  const answer = yield* keepAnswer(change)
  yield statement(
    "UPDATE refresh_tokens SET token_hash = ?, expires_at = ?, jkt = COALESCE(?, jkt), answer = ? WHERE chain_hash = ?",
    change.next.tokenHash,
    change.next.expiresAt,
    change.next.jkt ?? null,
    answer,
    change.chainHash
  )
}

/** What was answered when this token was rotated: in its window, for the same request, if that was the last rotation. */
function* findAnswer(sequence: number | undefined, { tokenHash, answer, now }: Rotation): Body<string | undefined> {
  if (sequence === undefined) return undefined
  const [row] = yield statement(
    "SELECT sealed FROM answers WHERE sequence = ? AND token_hash = ? AND binding = ? AND until > ?",
    sequence,
    tokenHash,
    answer.binding,
    now
  )
  return row && text(row, "sealed")
}

export function* rotate(change: Rotation): Body<RotateOutcome> {
  const { chainHash, tokenHash, now } = change
  // The token is locked too: a purge, which does not hold the grant, may be taking it away.
  const [row] = yield lockingRead(
    `SELECT ${grantStateColumns}, refresh_tokens.token_hash, refresh_tokens.expires_at, refresh_tokens.answer
     FROM grants JOIN refresh_tokens ON refresh_tokens.grant_id = grants.grant_id WHERE refresh_tokens.chain_hash = ?`,
    chainHash
  )
  if (row === undefined) return { _tag: "Stale" }
  const grant = readGrantState(row)
  if (grant.ended || grant.expiresAt <= now) return { _tag: "Stale" }
  if (text(row, "token_hash") === tokenHash) {
    if (integer(row, "expires_at") <= now) return { _tag: "Expired" }
    yield* advance(change)
    return { _tag: "Rotated" }
  }
  const sealed = yield* findAnswer(optionalInteger(row, "answer"), change)
  if (sealed !== undefined) return { _tag: "Repeated", sealed }
  // RFC 9700 section 4.14.2: one of the two who hold this token stole it, so both lose the grant.
  yield* endGrant(grant.grantId, now)
  return { _tag: "Replayed" }
}

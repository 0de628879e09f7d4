import { mustBe } from "../broken-rule.ts"
import type { Ground } from "../stores/ground.ts"

/** What no row answers where nothing is half done. */
const halves = [
  // A code is used when, and only when, its refresh token is there.
  `SELECT codes.grant_id FROM codes LEFT JOIN refresh_tokens ON refresh_tokens.grant_id = codes.grant_id
   WHERE (codes.used_at IS NULL) <> (refresh_tokens.chain_hash IS NULL)`,
  // No grant is without its code.
  `SELECT grants.grant_id FROM grants LEFT JOIN codes ON codes.grant_id = grants.grant_id WHERE codes.code_hash IS NULL`
]

/** Looks at the rows themselves, and `thoroughly` at the database's files too. */
export const checkGround = async (ground: Ground, thoroughly: boolean): Promise<void> => {
  for (const sql of halves) mustBe("nothing is half done", await ground.rows(sql), [], [sql])
  if (thoroughly) mustBe("the database is whole", await ground.complaints(), [])
}

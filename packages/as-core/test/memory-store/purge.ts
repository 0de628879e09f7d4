import { alive } from "./approvals.ts"
import type { Body, Faults } from "./body.ts"
import type { Table, Tables } from "./tables.ts"

export function* purge(tables: Tables, faults: Faults, now: number, limit: number): Body<number> {
  let removed = 0
  const sweep = <A>(
    table: Table<A>,
    gone: (value: A, key: string) => boolean,
    remove: (key: string, value: A) => void = table.remove
  ): void => {
    const leaving = table.entries().filter(([key, value]) => gone(value, key))
    for (const [key, value] of leaving.slice(0, limit)) {
      remove(key, value)
      removed += 1
    }
  }
  const expired = (value: { readonly expiresAt: number }): boolean => alive(value, now) === undefined
  yield
  sweep(tables.sessions, expired)
  sweep(
    tables.clients,
    ({ registration: { unusedUntil }, used }) =>
      !used && unusedUntil !== undefined && unusedUntil <= now && faults.keepsUnusedClients !== true
  )
  sweep(tables.interactions, expired)
  sweep(tables.consents, expired)
  sweep(tables.spent, (expiresAt) => expiresAt <= now || faults.purgesLivingIds === true)
  sweep(
    tables.chains,
    ({ previous }) => previous !== undefined && previous.answer.until <= now && faults.keepsAnswers !== true,
    (key, { live }) => tables.chains.set(key, { live })
  )
  const chains = tables.chains.entries().map(([key]) => key)
  const looked = new Set(faults.looksAtFirstChainsAlone === true ? chains.slice(0, limit) : chains)
  sweep(tables.chains, ({ live }, key) => expired(live) && looked.has(key))
  if (faults.purgesTombstones === true) sweep(tables.codes, ({ code }) => expired(code))
  // A code that was never used has nothing that it could end: its grant leaves with it.
  const unused = new Set(
    tables.codes.values().flatMap(({ code, used }) => (!used && expired(code) ? [code.grantId] : []))
  )
  sweep(
    tables.grants,
    ({ grant }) => expired(grant) || unused.has(grant.grantId) || faults.purgesLivingGrants === true,
    (grantId) => {
      tables.grants.remove(grantId)
      for (const [key, { code }] of tables.codes.entries()) if (code.grantId === grantId) tables.codes.remove(key)
      for (const [key, { live }] of tables.chains.entries()) if (live.grantId === grantId) tables.chains.remove(key)
    }
  )
  return removed
}

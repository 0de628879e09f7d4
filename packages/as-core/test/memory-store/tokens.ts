import type { RedeemOutcome, RotateOutcome, Store } from "@postern/as-core"
import { alive } from "./approvals.ts"
import type { Body, Faults } from "./body.ts"
import type { Tables } from "./tables.ts"

const endGrant = ({ grants }: Tables, faults: Faults, grantId: string): void => {
  const held = grants.get(grantId)
  if (held !== undefined && faults.keepsGrantOnReplay !== true) grants.set(grantId, { ...held, ended: true })
}

/** Whether nothing may be done on a grant: it ended, it expired or it is not there. */
const over = ({ grants }: Tables, faults: Faults, grantId: string, now: number): boolean => {
  const held = grants.get(grantId)
  return held === undefined || (held.ended && faults.ignoresEnd !== true) || alive(held.grant, now) === undefined
}

export function* redeem(
  tables: Tables,
  faults: Faults,
  { codeHash, refreshToken, now }: Parameters<Store["redeem"]>[0]
): Body<RedeemOutcome> {
  const { codes, chains } = tables
  const held = codes.get(codeHash)
  const taken = chains.values().some(({ live }) => live.grantId === held?.code.grantId)
  yield
  if (held === undefined) return "Stale"
  const { grantId, clientId } = held.code
  if (held.used) {
    endGrant(tables, faults, grantId)
    return "Replayed"
  }
  if (over(tables, faults, grantId, now)) return "Stale"
  if (alive(held.code, now) === undefined && faults.ignoresExpiry !== true) return "Expired"
  if (faults.forgetsUse !== true) codes.set(codeHash, { ...held, used: true })
  if (refreshToken === undefined) return "Redeemed"
  if (refreshToken.grantId !== grantId || refreshToken.clientId !== clientId) {
    throw new Error("a refresh token is of the grant of what bought it")
  }
  if (taken) throw new Error("a grant has one refresh token")
  chains.insert(refreshToken.chainHash, { live: refreshToken })
  return "Redeemed"
}

export function* rotate(
  tables: Tables,
  faults: Faults,
  { chainHash, tokenHash, next, answer, now }: Parameters<Store["rotate"]>[0]
): Body<RotateOutcome> {
  const chain = tables.chains.get(chainHash)
  yield
  if (chain === undefined || over(tables, faults, chain.live.grantId, now)) return { _tag: "Stale" }
  const { live, previous } = chain
  if (live.tokenHash === tokenHash) {
    if (alive(live, now) === undefined && faults.ignoresExpiry !== true) return { _tag: "Expired" }
    if (faults.forgetsUse === true) return { _tag: "Rotated" }
    const kept = faults.repeatsAfterUse === true && previous !== undefined
    const jkt = faults.bindsNothing === true ? live.jkt : (next.jkt ?? live.jkt)
    tables.chains.set(chainHash, {
      live: { ...live, tokenHash: next.tokenHash, expiresAt: next.expiresAt, jkt },
      previous: kept ? previous : { tokenHash, answer }
    })
    return { _tag: "Rotated" }
  }
  if (
    previous?.tokenHash === tokenHash &&
    (previous.answer.until > now || faults.repeatsForever === true) &&
    (previous.answer.binding === answer.binding || faults.repeatsForAnyone === true)
  ) {
    const given = faults.repeatsOtherAnswers === true ? answer : previous.answer
    return { _tag: "Repeated", sealed: given.sealed }
  }
  endGrant(tables, faults, live.grantId)
  return { _tag: "Replayed" }
}

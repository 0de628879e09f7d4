import type {
  Code,
  FoundCode,
  FoundGrant,
  FoundRefreshToken,
  Grant,
  RedeemOutcome,
  RefreshToken,
  RotateOutcome,
  SealedAnswer,
  Store
} from "../store.ts"
import { makeExpiry } from "./expiry.ts"
import { makeSharedLists } from "./shared-lists.ts"

/** A grant with all that hangs on it. */
interface Held {
  readonly grant: Grant
  readonly code: Code
  used: boolean
  ended: boolean
  live: RefreshToken | undefined
  answer: Answer | undefined
}

/** What was answered when a token was rotated, as long as the next one was not used. */
interface Answer extends SealedAnswer {
  readonly tokenHash: string
  readonly of: Held
}

type Rotation = Parameters<Store["rotate"]>[0]

/** Grants, their codes and their refresh tokens. */
export interface Grants {
  /** Throws where the two cannot be added. */
  readonly check: (grant: Grant, code: Code) => void
  readonly add: (grant: Grant, code: Code) => void
  readonly findGrant: (grantId: string) => FoundGrant | undefined
  readonly findCode: (codeHash: string) => FoundCode | undefined
  readonly findRefreshToken: (chainHash: string) => FoundRefreshToken | undefined
  readonly redeem: (change: Parameters<Store["redeem"]>[0]) => RedeemOutcome
  readonly rotate: (change: Rotation) => RotateOutcome
  readonly end: (grantId: string) => void
  readonly endOfClient: (clientId: string, subject?: string) => void
  readonly purge: (now: number, limit: number) => number
}

/** Rotations leave the answers of seconds behind: each one removes so many that nobody gets any longer. */
const ANSWERS_AT_A_ROTATION = 2

/** Makes an empty one; no change is made by halves: what may not be is found before anything is written. */
export const makeGrants = (): Grants => {
  const byId = new Map<string, Held>()
  const byCode = new Map<string, Held>()
  const byChain = new Map<string, Held>()
  const byClient = new Map<string, Set<Held>>()
  const share = makeSharedLists()

  // A used code stays as long as its grant could still be used, so that a replay is still seen; one that expired unused has
  // nothing that it could end, and takes its grant along.
  const isOver = ({ code, grant, used }: Held, now: number): boolean =>
    grant.expiresAt <= now || (!used && code.expiresAt <= now)
  const expiry = makeExpiry<Held>((held) => {
    const { code, grant, live, used } = held
    if (byId.get(grant.grantId) !== held) return undefined
    return Math.min(grant.expiresAt, used ? Infinity : code.expiresAt, live?.expiresAt ?? Infinity)
  })
  const answers = makeExpiry<Answer>((answer) => (answer.of.answer === answer ? answer.until : undefined))

  const keepAnswer = (held: Held, answer: Answer | undefined): void => {
    if (held.answer !== undefined) answers.left()
    held.answer = answer
    if (answer !== undefined) answers.add(answer)
  }

  const purgeAnswers = (now: number, limit: number): number => {
    const past = answers.take(now, limit)
    for (const { of: held } of past) held.answer = undefined
    return past.length
  }

  const removeToken = (held: Held): void => {
    if (held.live !== undefined) byChain.delete(held.live.chainHash)
    held.live = undefined
    if (held.answer !== undefined) keepAnswer(held, undefined)
  }

  const remove = (held: Held): void => {
    const { clientId, grantId } = held.grant
    removeToken(held)
    byId.delete(grantId)
    byCode.delete(held.code.codeHash)
    const ofClient = byClient.get(clientId)
    ofClient?.delete(held)
    if (ofClient?.size === 0) byClient.delete(clientId)
  }

  const isAlive = ({ ended, grant }: Held, now: number): boolean => !ended && grant.expiresAt > now

  const check = ({ clientId, grantId }: Grant, code: Code): void => {
    if (code.grantId !== grantId || code.clientId !== clientId) {
      throw new Error("a code belongs to its grant and the client of that")
    }
    if (byId.has(grantId) || byCode.has(code.codeHash)) throw new Error("the key is taken")
  }

  return {
    check,

    add(grant, code) {
      check(grant, code)
      const { clientId, grantId } = grant
      const held: Held = {
        grant: { ...grant, resources: share(grant.resources), scope: share(grant.scope) },
        code: { ...code, grantId, clientId },
        used: false,
        ended: false,
        live: undefined,
        answer: undefined
      }
      byId.set(grantId, held)
      byCode.set(code.codeHash, held)
      const ofClient = byClient.get(clientId)
      if (ofClient === undefined) byClient.set(clientId, new Set([held]))
      else ofClient.add(held)
      expiry.add(held)
    },

    findGrant(grantId) {
      const held = byId.get(grantId)
      return held && { grant: held.grant, ended: held.ended }
    },

    findCode(codeHash) {
      const held = byCode.get(codeHash)
      return held && { value: held.code, grant: held.grant, used: held.used, ended: held.ended }
    },

    findRefreshToken(chainHash) {
      const held = byChain.get(chainHash)
      return held?.live && { value: held.live, grant: held.grant, ended: held.ended }
    },

    // A second use is a replay however late it comes (RFC 9700 section 2.1.1): neither the code's own expiry nor the grant's end
    // hides it.
    redeem({ codeHash, now, refreshToken }) {
      const held = byCode.get(codeHash)
      if (held === undefined) return "Stale"
      if (held.used) {
        // RFC 6749 section 4.1.2: a code used twice takes the tokens with it that it bought.
        held.ended = true
        return "Replayed"
      }
      if (!isAlive(held, now)) return "Stale"
      if (held.code.expiresAt <= now) return "Expired"
      if (refreshToken !== undefined) {
        const { chainHash, clientId, grantId } = refreshToken
        if (grantId !== held.grant.grantId || clientId !== held.grant.clientId) {
          throw new Error("a refresh token belongs to the grant of what bought it and the client of that")
        }
        if (byChain.has(chainHash)) throw new Error("the key is taken")
        byChain.set(chainHash, held)
        held.live = refreshToken
        // It waits under the code's time already.
        if (refreshToken.expiresAt < held.code.expiresAt) expiry.add(held)
      }
      held.used = true
      return "Redeemed"
    },

    rotate({ answer, chainHash, next, now, tokenHash }) {
      purgeAnswers(now, ANSWERS_AT_A_ROTATION)
      const held = byChain.get(chainHash)
      if (held?.live === undefined || !isAlive(held, now)) return { _tag: "Stale" }
      const { live } = held
      if (live.tokenHash === tokenHash) {
        if (live.expiresAt <= now) return { _tag: "Expired" }
        held.live = { ...live, tokenHash: next.tokenHash, expiresAt: next.expiresAt, jkt: next.jkt ?? live.jkt }
        // The answer to the one before that is nobody's from now on.
        keepAnswer(held, answer.until > now ? { ...answer, tokenHash, of: held } : undefined)
        return { _tag: "Rotated" }
      }
      const given = held.answer
      if (given?.tokenHash === tokenHash && given.binding === answer.binding && given.until > now) {
        return { _tag: "Repeated", sealed: given.sealed }
      }
      // RFC 9700 section 4.14.2: one of the two who hold this token stole it, so both lose the grant.
      held.ended = true
      return { _tag: "Replayed" }
    },

    end(grantId) {
      const held = byId.get(grantId)
      if (held !== undefined) held.ended = true
    },

    endOfClient(clientId, subject) {
      for (const held of byClient.get(clientId) ?? []) {
        if (subject === undefined || held.grant.subject === subject) held.ended = true
      }
    },

    purge(now, limit) {
      const due = expiry.take(now, limit)
      for (const held of due) {
        if (isOver(held, now)) remove(held)
        else {
          removeToken(held)
          expiry.add(held)
        }
      }
      return due.length + purgeAnswers(now, limit)
    }
  }
}

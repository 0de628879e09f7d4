import * as Result from "effect/Result"
import { checkFunction, checkKnown } from "./option-checks.ts"
import { ConfigurationInvalid } from "./rejections.ts"

/** Who a session belongs to: the three facts of a token that stay when it is renewed. */
export interface SessionOwner {
  readonly issuer: string
  readonly subject: string
  readonly clientId: string
}

/** The sessions of one process and whose they are (MCP security best practices, Session Hijacking). */
export interface Sessions {
  /** A session has begun. An id that somebody has already stays theirs; `undefined` is a caller without a token. */
  readonly start: (id: string, owner: SessionOwner | undefined) => void
  /** Whether this owner may use the session. A session begun publicly is taken over by the first owner that comes. */
  readonly accepts: (id: string, owner: SessionOwner | undefined) => boolean
  /** Forgets a session. */
  readonly end: (id: string) => void
}

/** How many sessions are kept, and how long. */
export interface SessionsOptions {
  /** The most sessions in all; 10,000 unless told. At the bound the one that was idle longest leaves. */
  readonly maximumSessions?: number
  /** The most of one subject, whatever its clients; 100 unless told. At the bound its own idlest leaves, not another's. */
  readonly maximumSessionsPerSubject?: number
  /** A session that nobody used for so long is forgotten; 86,400 (a day) unless told. */
  readonly idleSeconds?: number
  /** Milliseconds since 1970; the platform's clock unless told. */
  readonly clock?: () => number
}

interface Session {
  readonly id: string
  owner: SessionOwner | undefined
  subject: string
  usedAt: number
  /** When it last went to the end of the order. */
  movedAt: number
}

// MCP transports, Session Management: "The session ID MUST only contain visible ASCII characters". A longer one, which some
// servers make of encrypted state, is not kept, and so no later request may name it.
const sessionId = /^[\x21-\x7e]{1,1024}$/

// The order of use is kept to the minute, so that a request costs a look-up and three comparisons.
const ORDER_MILLIS = 60_000

const PUBLIC = ""

// A user has as many clients as they care to register, so a share is a subject's and not a client's.
const subjectOf = (owner: SessionOwner | undefined): string =>
  owner === undefined ? PUBLIC : JSON.stringify([owner.issuer, owner.subject])

const isSameOwner = (left: SessionOwner | undefined, right: SessionOwner | undefined): boolean =>
  left === right ||
  (left !== undefined &&
    right !== undefined &&
    left.subject === right.subject &&
    left.clientId === right.clientId &&
    left.issuer === right.issuer)

const OPTIONS: Readonly<Record<keyof SessionsOptions, true>> = {
  maximumSessions: true,
  maximumSessionsPerSubject: true,
  idleSeconds: true,
  clock: true
}

const positive = (name: keyof SessionsOptions, value: number): number => {
  if (Number.isFinite(value) && value >= 1) return value
  throw new ConfigurationInvalid({ key: `sessions.${name}`, reason: "it has to be a number of at least 1" })
}

/** Makes an empty set of sessions; throws {@link ConfigurationInvalid} for options that are wrong or not known. */
export const makeSessions = (options: SessionsOptions = {}): Sessions => {
  Result.getOrThrow(checkKnown(options, OPTIONS, "sessions."))
  const { clock = Date.now, idleSeconds = 86_400, maximumSessions = 10_000, maximumSessionsPerSubject = 100 } = options
  Result.getOrThrow(checkFunction("sessions.clock", clock))
  const maximum = positive("maximumSessions", maximumSessions)
  const share = positive("maximumSessionsPerSubject", maximumSessionsPerSubject)
  const idleMillis = positive("idleSeconds", idleSeconds) * 1000
  // All callers without a token share one subject; without a bound of its own it would have the share of one person.
  const shareOf = (subject: string): number => (subject === PUBLIC ? Math.max(1, Math.floor(maximum / 2)) : share)

  // Both in the order of use, the idlest first.
  const sessions = new Map<string, Session>()
  const bySubject = new Map<string, Set<Session>>()

  const join = (session: Session): void => {
    const own = bySubject.get(session.subject) ?? new Set()
    bySubject.set(session.subject, own.add(session))
    sessions.set(session.id, session)
  }

  const leave = (session: Session | undefined): void => {
    if (session === undefined) return
    sessions.delete(session.id)
    const own = bySubject.get(session.subject)
    own?.delete(session)
    if (own?.size === 0) bySubject.delete(session.subject)
  }

  const makeRoom = (subject: string): void => {
    const own = bySubject.get(subject)
    if (own !== undefined && own.size >= shareOf(subject)) leave(own.values().next().value)
    if (sessions.size >= maximum) leave(sessions.values().next().value)
  }

  const isIdle = (session: Session, now: number): boolean => now - session.usedAt > idleMillis

  const forgetIdle = (now: number): void => {
    for (const session of sessions.values()) {
      if (!isIdle(session, now)) return
      leave(session)
    }
  }

  const find = (id: string, now: number): Session | undefined => {
    const session = sessions.get(id)
    if (session === undefined || !isIdle(session, now)) return session
    leave(session)
    return undefined
  }

  const use = (session: Session, now: number): void => {
    session.usedAt = now
    if (now - session.movedAt < ORDER_MILLIS) return
    session.movedAt = now
    leave(session)
    join(session)
  }

  const takeOver = (session: Session, owner: SessionOwner, now: number): void => {
    leave(session)
    session.owner = owner
    session.subject = subjectOf(owner)
    session.usedAt = now
    session.movedAt = now
    makeRoom(session.subject)
    join(session)
  }

  const accepts: Sessions["accepts"] = (id, owner) => {
    const now = clock()
    const session = find(id, now)
    if (session === undefined) return false
    if (session.owner === undefined && owner !== undefined) takeOver(session, owner, now)
    else if (isSameOwner(session.owner, owner)) use(session, now)
    else return false
    return true
  }

  return {
    accepts,
    start: (id, owner) => {
      const now = clock()
      if (!sessionId.test(id)) return
      if (find(id, now) !== undefined) return void accepts(id, owner)
      forgetIdle(now)
      const subject = subjectOf(owner)
      makeRoom(subject)
      join({ id, owner, subject, usedAt: now, movedAt: now })
    },
    end: (id) => leave(sessions.get(id))
  }
}

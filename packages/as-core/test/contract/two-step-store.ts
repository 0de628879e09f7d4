import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { type Store, StoreFailed, type UseOutcome } from "@postern/as-core"

type Named = Parameters<Store["addClient"]>[0] | Parameters<Store["addSession"]>[0]

/** What may be wrong with a store, for the contract to find. */
export interface Faults {
  /** Methods wait for one another. Without it every method reads, lets others go first, and writes. */
  readonly atomic: boolean
  readonly forgetsUse?: boolean
  readonly keepsGrantOnReplay?: boolean
  readonly ignoresExpiry?: boolean
  readonly ignoresEnd?: boolean
  readonly ignoresSession?: boolean
  readonly purgesTombstones?: boolean
  readonly ignoresMaximum?: boolean
  readonly usesBeforeFailing?: boolean
  readonly forgetsIds?: boolean
  readonly keepsExpiredIds?: boolean
  readonly purgesLivingIds?: boolean
}

interface Usable {
  readonly grantId: string
  readonly expiresAt: number
  used: boolean
}

/** A store over plain `get` and `put`, as it would be written over a key-value service. */
export const makeTwoStepStore = (faults: Faults): Store => {
  const clients = new Map<string, Parameters<Store["addClient"]>[0]>()
  const sessions = new Map<string, Parameters<Store["addSession"]>[0]>()
  const interactions = new Map<string, Parameters<Store["addInteraction"]>[0]>()
  const grants = new Map<string, { readonly grant: Parameters<Store["approve"]>[0]["grant"]; ended: boolean }>()
  const codes = new Map<string, Usable & { readonly value: Parameters<Store["approve"]>[0]["code"] }>()
  const tokens = new Map<string, Usable & { readonly value: Parameters<Store["rotate"]>[0]["next"] }>()
  const spent = new Map<string, { readonly expiresAt: number }>()
  const lock = Semaphore.makeUnsafe(1)

  const method = <A>(body: () => Generator<Effect.Effect<void>, A, void>): Effect.Effect<A, StoreFailed> => {
    const steps = Effect.gen(body)
    const whole = faults.atomic ? lock.withPermits(1)(steps) : steps
    return whole.pipe(Effect.catchDefect((cause) => Effect.fail(new StoreFailed({ operation: "two steps", cause }))))
  }
  const othersFirst = Effect.yieldNow

  const put = <A extends Named | object>(map: Map<string, A>, key: string, value: A): void => {
    if (map.has(key)) throw new Error("the key is taken")
    map.set(key, value)
  }
  const alive = <A extends { readonly expiresAt: number }>(value: A | undefined, now: number): A | undefined =>
    value !== undefined && value.expiresAt > now ? value : undefined

  const found = <A>(usable: (Usable & { readonly value: A }) | undefined) => {
    const held = usable && grants.get(usable.grantId)
    return usable && held && { value: usable.value, grant: held.grant, used: usable.used, ended: held.ended }
  }

  function* use(
    usable: Usable | undefined,
    next: Parameters<Store["rotate"]>[0]["next"] | undefined,
    now: number
  ): Generator<Effect.Effect<void>, UseOutcome, void> {
    const seen = usable && { ...usable }
    const held = seen && grants.get(seen.grantId)
    yield othersFirst
    if (usable === undefined || seen === undefined || held === undefined) return "Stale"
    if (seen.used) {
      if (faults.keepsGrantOnReplay !== true) held.ended = true
      return "Replayed"
    }
    if ((held.ended && faults.ignoresEnd !== true) || held.grant.expiresAt <= now) return "Stale"
    if (seen.expiresAt <= now && faults.ignoresExpiry !== true) return "Expired"
    if (faults.usesBeforeFailing === true) usable.used = true
    if (next !== undefined) {
      put(tokens, next.tokenHash, { value: next, grantId: next.grantId, expiresAt: next.expiresAt, used: false })
    }
    usable.used = faults.forgetsUse !== true
    return "Used"
  }

  const takeable = (interactionHash: string, sessionHash: string, now: number) => {
    const interaction = alive(interactions.get(interactionHash), now)
    return interaction?.sessionHash === sessionHash || faults.ignoresSession === true ? interaction : undefined
  }

  return {
    addClient: (client, { maximum }) =>
      method(function* () {
        const full = clients.size >= maximum && faults.ignoresMaximum !== true
        yield othersFirst
        if (full) return "Full"
        put(clients, client.clientId, client)
        return "Added"
      }),
    findClient: (clientId) => Effect.sync(() => clients.get(clientId)),
    addSession: (session) =>
      method(function* () {
        yield othersFirst
        put(sessions, session.idHash, session)
      }),
    findSession: (idHash, now) => Effect.sync(() => alive(sessions.get(idHash), now)),
    addInteraction: (interaction, { maximum }) =>
      method(function* () {
        yield othersFirst
        put(interactions, interaction.idHash, interaction)
        const [oldest] = interactions.keys()
        if (interactions.size > maximum && oldest !== undefined) interactions.delete(oldest)
      }),
    findInteraction: (idHash, now) => Effect.sync(() => alive(interactions.get(idHash), now)),
    signIn: ({ interactionHash, fromSessionHash, session, now }) =>
      method(function* () {
        const interaction = takeable(interactionHash, fromSessionHash, now)
        yield othersFirst
        if (interaction === undefined) return "Gone"
        sessions.delete(fromSessionHash)
        put(sessions, session.idHash, session)
        interactions.set(interactionHash, { ...interaction, sessionHash: session.idHash })
        return "SignedIn"
      }),
    approve: ({ interactionHash, sessionHash, grant, code, now }) =>
      method(function* () {
        const interaction = takeable(interactionHash, sessionHash, now)
        const session = alive(sessions.get(sessionHash), now)
        yield othersFirst
        if (interaction === undefined || session?.subject !== grant.subject) return "Gone"
        interactions.delete(interactionHash)
        put(grants, grant.grantId, { grant, ended: false })
        put(codes, code.codeHash, { value: code, grantId: code.grantId, expiresAt: code.expiresAt, used: false })
        return "Approved"
      }),
    deny: ({ interactionHash, sessionHash, now }) =>
      method(function* () {
        const interaction = takeable(interactionHash, sessionHash, now)
        yield othersFirst
        if (interaction === undefined) return "Gone"
        interactions.delete(interactionHash)
        return "Denied"
      }),
    findCode: (codeHash) => Effect.sync(() => found(codes.get(codeHash))),
    redeem: ({ codeHash, refreshToken, now }) => method(() => use(codes.get(codeHash), refreshToken, now)),
    findRefreshToken: (tokenHash) => Effect.sync(() => found(tokens.get(tokenHash))),
    rotate: ({ tokenHash, next, now }) => method(() => use(tokens.get(tokenHash), next, now)),
    endGrant: (grantId) =>
      method(function* () {
        const held = grants.get(grantId)
        yield othersFirst
        if (held !== undefined) held.ended = true
      }),
    remember: ({ idHash, expiresAt }, now) =>
      method(function* () {
        const known = faults.keepsExpiredIds === true ? spent.get(idHash) : alive(spent.get(idHash), now)
        yield othersFirst
        if (known !== undefined && faults.forgetsIds !== true) return "Replayed"
        spent.set(idHash, { expiresAt })
        return "Remembered"
      }),
    purge: (now, limit) =>
      method(function* () {
        let removed = 0
        const sweep = <A>(map: Map<string, A>, gone: (value: A, key: string) => boolean): void => {
          let left = limit
          for (const [key, value] of map) {
            if (left === 0 || !gone(value, key)) continue
            map.delete(key)
            left -= 1
            removed += 1
          }
        }
        yield othersFirst
        const expired = ({ expiresAt }: { readonly expiresAt: number }) => expiresAt <= now
        sweep(sessions, expired)
        sweep(interactions, expired)
        sweep(spent, (id) => expired(id) || faults.purgesLivingIds === true)
        for (const map of [codes, tokens] as ReadonlyArray<Map<string, Usable>>) {
          sweep(map, (usable) => {
            const held = grants.get(usable.grantId)
            const forgotten = !usable.used || faults.purgesTombstones === true
            return held === undefined || expired(held.grant) || (forgotten && expired(usable))
          })
        }
        const users = new Set([...codes.values(), ...tokens.values()].map(({ grantId }) => grantId))
        sweep(grants, ({ grant }, key) => expired(grant) && !users.has(key))
        return removed
      }),
    check: Effect.void
  }
}

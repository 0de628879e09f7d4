import { type Store, StoreFailed } from "@postern/as-core"
import * as Effect from "effect/Effect"
import { alive, approve, approveByConsent, deny, endConsents, signIn } from "./memory-store/approvals.ts"
import type { Body, Faults } from "./memory-store/body.ts"
import { addClient, removeClient, replaceClient } from "./memory-store/clients.ts"
import { endGrants } from "./memory-store/grants.ts"
import { purge } from "./memory-store/purge.ts"
import { keyOf, makeTables } from "./memory-store/tables.ts"
import { redeem, rotate } from "./memory-store/tokens.ts"

/** A store for tests. Each method runs without waiting, so that it is one transaction. */
export interface MemoryStore extends Store {
  /** Everything that is held, for searching it. */
  readonly dump: () => string
  /** From now on every call fails with StoreFailed (`failed`), throws (`broken`), or works. */
  mode: "works" | "failed" | "broken"
}

export const makeMemoryStore = (faults: Faults = {}): MemoryStore => {
  const { tables, undo } = makeTables()
  const { clients, sessions, interactions, grants, codes, chains, consents, allowances, spent, rings } = tables

  /** All of a body at once; what it changed before it failed is taken back. */
  const whole = <A>(operation: string, body: () => Body<A>): Effect.Effect<A, StoreFailed> =>
    Effect.suspend(() => {
      undo.length = 0
      try {
        const steps = body()
        let step = steps.next()
        while (step.done !== true) step = steps.next()
        return Effect.succeed(step.value)
      } catch (cause) {
        if (faults.usesBeforeFailing !== true) for (const takeBack of undo.toReversed()) takeBack()
        return Effect.fail(new StoreFailed({ operation, cause }))
      }
    })

  /** As a store over a service of plain `get` and `put` would do it. */
  const inTwoSteps = <A>(operation: string, body: () => Body<A>): Effect.Effect<A, StoreFailed> =>
    Effect.gen(function* () {
      const steps = body()
      let step = steps.next()
      while (step.done !== true) {
        yield* Effect.yieldNow
        step = steps.next()
      }
      return step.value
    }).pipe(Effect.catchDefect((cause) => Effect.fail(new StoreFailed({ operation, cause }))))

  const run = <A>(operation: string, body: () => Body<A>): Effect.Effect<A, StoreFailed> =>
    Effect.suspend(() => {
      if (store.mode === "failed") return Effect.fail(new StoreFailed({ operation, cause: "SELECT secret_sql" }))
      if (store.mode === "broken") throw new Error(`SELECT secret_sql FROM ${operation} at /srv/secret/path`)
      return faults.twoSteps === true ? inTwoSteps(operation, body) : whole(operation, body)
    })

  /** A method without a place where others could go first. */
  const once = <A>(operation: string, body: () => A): Effect.Effect<A, StoreFailed> =>
    // oxlint-disable-next-line require-yield
    run(operation, function* () {
      return body()
    })

  const found = <A extends object>(grantId: string, rest: A) => {
    const held = grants.get(grantId)
    return held && { ...rest, grant: held.grant, ended: held.ended }
  }

  const store: MemoryStore = {
    mode: "works",
    dump: () => JSON.stringify(Object.values(tables).map((table) => table.entries())),
    addClient: (registration, limits) => run("addClient", () => addClient(tables, faults, registration, limits)),
    findClient: (clientId) => once("findClient", () => clients.get(clientId)?.registration.client),
    findRegistration: (clientId) => once("findRegistration", () => clients.get(clientId)?.registration),
    replaceClient: (change) => run("replaceClient", () => replaceClient(tables, faults, change)),
    removeClient: (change) => run("removeClient", () => removeClient(tables, faults, change)),
    addSession: (session) => once("addSession", () => sessions.insert(session.idHash, session)),
    findSession: (idHash, now) => once("findSession", () => alive(sessions.get(idHash), now)),
    addInteraction: (interaction, { maximum }) =>
      once("addInteraction", () => {
        interactions.insert(interaction.idHash, interaction)
        const held = interactions.entries()
        for (const [key, { sessionHash }] of held.slice(0, Math.max(0, held.length - maximum))) {
          interactions.remove(key)
          const waits = interactions.values().some((one) => one.sessionHash === sessionHash)
          if (!waits && sessions.get(sessionHash)?.subject === undefined && faults.keepsSessions !== true) {
            sessions.remove(sessionHash)
          }
        }
      }),
    findInteraction: (idHash, now) => once("findInteraction", () => alive(interactions.get(idHash), now)),
    signIn: (change) => run("signIn", () => signIn(tables, faults, change)),
    approve: (change) => run("approve", () => approve(tables, faults, change)),
    deny: (change) => run("deny", () => deny(tables, faults, change)),
    findConsents: ({ subject, clientId, resources, now }) =>
      once("findConsents", () =>
        consents
          .values()
          .filter((consent) => consent.subject === subject && consent.clientId === clientId)
          .filter((consent) => resources.includes(consent.resource) && alive(consent, now) !== undefined)
      ),
    approveByConsent: (change) => run("approveByConsent", () => approveByConsent(tables, faults, change)),
    endConsents: (of) => run("endConsents", () => endConsents(tables, faults, of)),
    addAllowance: (allowance) =>
      once("addAllowance", () => {
        const key = keyOf(allowance.to.kind, allowance.to.id, allowance.resource, allowance.scope)
        if (allowances.get(key) === undefined) allowances.insert(key, allowance)
      }),
    removeAllowance: ({ to, resource, scope }) =>
      once("removeAllowance", () => allowances.remove(keyOf(to.kind, to.id, resource, scope))),
    findAllowances: ({ subject, clientId }) =>
      once("findAllowances", () =>
        allowances
          .values()
          .filter(({ to }) => to.id === (to.kind === "subject" ? subject : clientId) || faults.allowsEverybody === true)
      ),
    findCode: (codeHash) =>
      once("findCode", () => {
        const held = codes.get(codeHash)
        return held && found(held.code.grantId, { value: held.code, used: held.used })
      }),
    redeem: (change) => run("redeem", () => redeem(tables, faults, change)),
    findRefreshToken: (chainHash) =>
      once("findRefreshToken", () => {
        const live = chains.get(chainHash)?.live
        return live && found(live.grantId, { value: live })
      }),
    rotate: (change) => run("rotate", () => rotate(tables, faults, change)),
    remember: ({ idHash, expiresAt }, now) =>
      run("remember", function* () {
        const until = spent.get(idHash) ?? 0
        yield
        const known = faults.keepsExpiredIds === true ? until > 0 : until > now
        if (known && faults.forgetsIds !== true) return "Replayed"
        spent.set(idHash, expiresAt)
        return "Remembered"
      }),
    isRemembered: (idHash, now) => once("isRemembered", () => (spent.get(idHash) ?? 0) > now),
    findGrant: (grantId) => once("findGrant", () => found(grantId, {})),
    endGrant: (grantId) => once("endGrant", () => endGrants(tables, (grant) => grant.grantId === grantId)),
    findKeyRing: once("findKeyRing", () => rings.get("")),
    saveKeyRing: ({ expected, keys }) =>
      run("saveKeyRing", function* () {
        const version = rings.get("")?.version ?? 0
        yield
        if (version !== expected && faults.overwritesRings !== true) return "Stale"
        rings.set("", { version: version + 1, keys })
        return "Saved"
      }),
    purge: (now, limit) => run("purge", () => purge(tables, faults, now, limit)),
    check: once("check", () => undefined)
  }
  return store
}

import * as Effect from "effect/Effect"
import { makeAllowances } from "./memory/allowances.ts"
import { makeApprovals } from "./memory/approvals.ts"
import { makeBrowsers } from "./memory/browsers.ts"
import { makeClients } from "./memory/clients.ts"
import { makeConsents } from "./memory/consents.ts"
import { makeGrants } from "./memory/grants.ts"
import { makeRing } from "./memory/ring.ts"
import { makeTable } from "./memory/table.ts"
import { type SpentId, type Store, StoreFailed } from "./store.ts"

/**
 * Makes a store in the memory of this process, for one instance whose logins may end with it. Nothing is ever half done: a method
 * checks all that it has to before it changes anything, and waits for nothing in between.
 */
export const makeMemoryStore = (): Store => {
  const browsers = makeBrowsers()
  const clients = makeClients()
  const consents = makeConsents()
  const grants = makeGrants()
  const allowances = makeAllowances()
  const ring = makeRing()
  const spent = makeTable<SpentId>(({ idHash }) => idHash)
  const { approve, approveByConsent } = makeApprovals({ browsers, clients, consents, grants })

  return {
    addClient: (registration, limits) => run("addClient", () => clients.add(registration, limits)),
    findClient: (clientId) => run("findClient", () => clients.find(clientId)?.client),
    findRegistration: (clientId) => run("findRegistration", () => clients.find(clientId)),
    replaceClient: (change) => run("replaceClient", () => clients.replace(change)),
    removeClient: (of) =>
      run("removeClient", () => {
        const outcome = clients.remove(of)
        if (outcome === "Gone") return outcome
        consents.forgetClient(of.clientId)
        grants.endOfClient(of.clientId)
        return outcome
      }),
    addSession: (session) => run("addSession", () => browsers.addSession(session)),
    findSession: (idHash, now) => run("findSession", () => browsers.findSession(idHash, now)),
    addInteraction: (interaction, limits) => run("addInteraction", () => browsers.addInteraction(interaction, limits)),
    findInteraction: (idHash, now) => run("findInteraction", () => browsers.findInteraction(idHash, now)),
    signIn: (change) => run("signIn", () => browsers.signIn(change)),
    approve: (change) => run("approve", () => approve(change)),
    deny: (change) => run("deny", () => browsers.deny(change)),
    findConsents: (of) =>
      run("findConsents", () => consents.find(of, of.now).filter(({ resource }) => of.resources.includes(resource))),
    approveByConsent: (change) => run("approveByConsent", () => approveByConsent(change)),
    endConsents: (of) =>
      run("endConsents", () => {
        consents.forget(of)
        grants.endOfClient(of.clientId, of.subject)
      }),
    addAllowance: (allowance) => run("addAllowance", () => allowances.add(allowance)),
    removeAllowance: (allowance) => run("removeAllowance", () => allowances.remove(allowance)),
    findAllowances: (of) => run("findAllowances", () => allowances.find(of)),
    findCode: (codeHash) => run("findCode", () => grants.findCode(codeHash)),
    redeem: (change) => run("redeem", () => grants.redeem(change)),
    findRefreshToken: (chainHash) => run("findRefreshToken", () => grants.findRefreshToken(chainHash)),
    rotate: (change) => run("rotate", () => grants.rotate(change)),
    remember: (id, now) =>
      run("remember", () => {
        if (spent.find(id.idHash, now) !== undefined) return "Replayed"
        spent.put(id)
        return "Remembered"
      }),
    isRemembered: (idHash, now) => run("isRemembered", () => spent.find(idHash, now) !== undefined),
    findGrant: (grantId) => run("findGrant", () => grants.findGrant(grantId)),
    endGrant: (grantId) => run("endGrant", () => grants.end(grantId)),
    findKeyRing: run("findKeyRing", () => ring.find()),
    saveKeyRing: (change) => run("saveKeyRing", () => ring.save(change)),
    purge: (now, limit) =>
      run("purge", () =>
        [browsers, clients, consents, grants, spent].reduce((removed, part) => removed + part.purge(now, limit), 0)
      ),
    check: Effect.void
  }
}

/** What is thrown here was thrown before anything was changed. */
const run = <A>(operation: string, body: () => A): Effect.Effect<A, StoreFailed> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(body())
    } catch (cause) {
      return Effect.fail(new StoreFailed({ operation, cause }))
    }
  })

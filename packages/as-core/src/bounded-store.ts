import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { STORE_SECONDS } from "./limits.ts"
import { type Store, StoreFailed } from "./store.ts"

/** What the call answers, or that it is late. Not a race of two more fibers: every change in a database is waited for here. */
const before = <A>(
  operation: string,
  call: Fiber.Fiber<A, StoreFailed>,
  timer: Fiber.Fiber<void>
): Effect.Effect<A, StoreFailed> =>
  Effect.callback((resume) => {
    call.addObserver((exit) => {
      resume(exit)
      timer.interruptUnsafe()
    })
    // It rings, or it is stopped: by the answer, or by a caller who has left.
    timer.addObserver(() => {
      if (call.pollUnsafe() !== undefined) return
      resume(Effect.fail(new StoreFailed({ operation, cause: `no answer within ${STORE_SECONDS} seconds` })))
      call.interruptUnsafe()
    })
    return Effect.sync(() => timer.interruptUnsafe())
  })

/**
 * The answer of a store, or `StoreFailed` when it does not come in time. Whoever is late is told to stop and not waited for:
 * taking a change back needs the store that does not answer.
 */
const inTime = <A>(operation: string, answer: Effect.Effect<A, StoreFailed>): Effect.Effect<A, StoreFailed> =>
  Effect.flatMap(Effect.forkDetach(answer, { startImmediately: true }), (call) => {
    const known = call.pollUnsafe()
    if (known !== undefined) return known
    return Effect.flatMap(Effect.forkDetach(Effect.sleep(STORE_SECONDS * 1000), { startImmediately: true }), (timer) =>
      before(operation, call, timer)
    )
  })

/**
 * A store of which each call is answered within {@link STORE_SECONDS}. A change whose answer came too late was made as a whole or not at
 * all, and who asked for it finds out by asking again.
 */
export const boundStore = (store: Store): Store => ({
  addClient: (registration, limits) => inTime("addClient", store.addClient(registration, limits)),
  findClient: (clientId) => inTime("findClient", store.findClient(clientId)),
  findRegistration: (clientId) => inTime("findRegistration", store.findRegistration(clientId)),
  replaceClient: (change) => inTime("replaceClient", store.replaceClient(change)),
  removeClient: (change) => inTime("removeClient", store.removeClient(change)),
  addSession: (session) => inTime("addSession", store.addSession(session)),
  findSession: (idHash, now) => inTime("findSession", store.findSession(idHash, now)),
  addInteraction: (interaction, limits) => inTime("addInteraction", store.addInteraction(interaction, limits)),
  findInteraction: (idHash, now) => inTime("findInteraction", store.findInteraction(idHash, now)),
  signIn: (change) => inTime("signIn", store.signIn(change)),
  approve: (change) => inTime("approve", store.approve(change)),
  deny: (change) => inTime("deny", store.deny(change)),
  findConsents: (of) => inTime("findConsents", store.findConsents(of)),
  approveByConsent: (change) => inTime("approveByConsent", store.approveByConsent(change)),
  endConsents: (of) => inTime("endConsents", store.endConsents(of)),
  addAllowance: (allowance) => inTime("addAllowance", store.addAllowance(allowance)),
  removeAllowance: (allowance) => inTime("removeAllowance", store.removeAllowance(allowance)),
  findAllowances: (of) => inTime("findAllowances", store.findAllowances(of)),
  findCode: (codeHash) => inTime("findCode", store.findCode(codeHash)),
  redeem: (change) => inTime("redeem", store.redeem(change)),
  findRefreshToken: (chainHash) => inTime("findRefreshToken", store.findRefreshToken(chainHash)),
  rotate: (change) => inTime("rotate", store.rotate(change)),
  remember: (id, now) => inTime("remember", store.remember(id, now)),
  isRemembered: (idHash, now) => inTime("isRemembered", store.isRemembered(idHash, now)),
  findGrant: (grantId) => inTime("findGrant", store.findGrant(grantId)),
  endGrant: (grantId, now) => inTime("endGrant", store.endGrant(grantId, now)),
  findKeyRing: inTime("findKeyRing", store.findKeyRing),
  saveKeyRing: (change) => inTime("saveKeyRing", store.saveKeyRing(change)),
  purge: (now, limit) => inTime("purge", store.purge(now, limit)),
  check: inTime("check", store.check)
})

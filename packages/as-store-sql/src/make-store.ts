import type { Store } from "@postern/as-core"
import type * as Effect from "effect/Effect"
import { addAllowance, findAllowances, removeAllowance } from "./allowances.ts"
import { approve, approveByConsent } from "./approvals.ts"
import { addClient, findClient, findRegistration, registrationTurn, removeClient, replaceClient } from "./clients.ts"
import { findCode, redeem } from "./codes.ts"
import { consentTurn, endConsents, findConsents } from "./consents.ts"
import { endGrant, findGrant } from "./grants.ts"
import { addInteraction, deny, findInteraction, signIn } from "./interactions.ts"
import { findKeyRing, saveKeyRing } from "./key-ring.ts"
import { purge, purgeTurn } from "./purge.ts"
import { findRefreshToken, rotate } from "./refresh-tokens.ts"
import type { Runner } from "./runner.ts"
import { addSession, findSession } from "./sessions.ts"
import { isRemembered, remember } from "./spent-ids.ts"
import { type Body, statement } from "./statement.ts"

function* check(): Body<void> {
  yield statement("SELECT version FROM postern_schema LIMIT 1")
}

/** A store that can be closed. */
export interface ClosableStore extends Store {
  readonly close: Effect.Effect<void>
}

/** The store over a runner: each method is one body in one transaction, whatever the database. */
export const makeStore = (runner: Runner): ClosableStore => ({
  addClient: (registration, limits) =>
    runner.write("addClient", () => addClient(registration, limits), registrationTurn),
  findClient: (clientId) => runner.read("findClient", () => findClient(clientId)),
  findRegistration: (clientId) => runner.read("findRegistration", () => findRegistration(clientId)),
  replaceClient: (change) => runner.write("replaceClient", () => replaceClient(change)),
  removeClient: (change) => runner.write("removeClient", () => removeClient(change)),
  addSession: (session) => runner.write("addSession", () => addSession(session)),
  findSession: (idHash, now) => runner.read("findSession", () => findSession(idHash, now)),
  addInteraction: (interaction, limits) => runner.write("addInteraction", () => addInteraction(interaction, limits)),
  findInteraction: (idHash, now) => runner.read("findInteraction", () => findInteraction(idHash, now)),
  signIn: (change) => runner.write("signIn", () => signIn(change)),
  approve: (change) => runner.write("approve", () => approve(change), consentTurn(change.grant)),
  deny: (change) => runner.write("deny", () => deny(change)),
  findConsents: (of) => runner.read("findConsents", () => findConsents(of)),
  approveByConsent: (change) => runner.write("approveByConsent", () => approveByConsent(change)),
  endConsents: (of) => runner.write("endConsents", () => endConsents(of), consentTurn(of)),
  addAllowance: (allowance) => runner.write("addAllowance", () => addAllowance(allowance)),
  removeAllowance: (allowance) => runner.write("removeAllowance", () => removeAllowance(allowance)),
  findAllowances: (of) => runner.read("findAllowances", () => findAllowances(of)),
  findCode: (codeHash) => runner.read("findCode", () => findCode(codeHash)),
  redeem: (change) => runner.write("redeem", () => redeem(change)),
  findRefreshToken: (chainHash) => runner.read("findRefreshToken", () => findRefreshToken(chainHash)),
  rotate: (change) => runner.write("rotate", () => rotate(change)),
  remember: (id, now) => runner.write("remember", () => remember(id, now)),
  isRemembered: (idHash, now) => runner.read("isRemembered", () => isRemembered(idHash, now)),
  findGrant: (grantId) => runner.read("findGrant", () => findGrant(grantId)),
  endGrant: (grantId, now) => runner.write("endGrant", () => endGrant(grantId, now)),
  findKeyRing: runner.read("findKeyRing", findKeyRing),
  saveKeyRing: (change) => runner.write("saveKeyRing", () => saveKeyRing(change)),
  purge: (now, limit) => runner.write("purge", () => purge(now, limit), purgeTurn),
  check: runner.read("check", check),
  close: runner.close
})

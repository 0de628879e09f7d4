import type { Faults } from "./faults.ts"
import {
  add,
  type Answer,
  type Chain,
  type ClientName,
  consentKey,
  type Held,
  type History,
  type Id,
  LIFETIMES,
  type Pending,
  type Plan,
  put,
  type Rights,
  SCOPES,
  type State,
  without
} from "./state.ts"

// The transactions of the store as the port describes them: each looks once more at what its plan relies on.

interface Committed {
  readonly state: State
  readonly answer: Answer
}

const change = (state: State, held: Partial<Held>, history: Partial<History> = {}): State => ({
  ...state,
  held: { ...state.held, ...held },
  history: { ...state.history, ...history }
})
const grantInvalid: Answer = { tag: "refused", error: "invalid_grant", replay: false }
const replayed: Answer = { tag: "refused", error: "invalid_grant", replay: true }
const consumed = (state: State, ...items: ReadonlyArray<string>) => ({
  consumed: add(state.history.consumed, ...items)
})

/** Carries a plan out. */
export const commit = (state: State, pending: Pending, faults: Faults): Committed => {
  const { plan } = pending
  switch (plan.do) {
    case "approve":
      return approve(state, pending, plan, faults)
    case "approveByConsent":
      return approveByConsent(state, pending, plan, faults)
    case "redeem":
      return redeem(state, pending, plan, faults)
    case "rotate":
      return rotate(state, pending, plan, faults)
    case "endGrant":
      return {
        state: (
          plan.replay
            ? faults.has("a refresh token's replay leaves the grant")
            : faults.has("a revocation leaves the grant")
        )
          ? change(state, {}, consumed(state, `grant ${plan.grant}`))
          : endGrants(state, (grant) => grant === plan.grant),
        answer: plan.replay ? replayed : { tag: "done" }
      }
    case "remember": {
      const until = Math.max(plan.until, state.held.remembered[plan.access] ?? 0)
      return {
        state: change(
          state,
          { remembered: put(state.held.remembered, plan.access, until) },
          consumed(state, `access ${plan.access}`)
        ),
        answer: { tag: "done" }
      }
    }
    case "isRemembered": {
      const revoked = (state.held.remembered[plan.access] ?? 0) > pending.now
      const known = revoked && !faults.has("introspection ignores what was revoked")
      const active = !known && (state.access[plan.access]?.expiresAt ?? 0) > state.now
      return { state, answer: { tag: "introspected", active } }
    }
  }
}

type PlanOf<Do extends Plan["do"]> = Extract<Plan, { readonly do: Do }>

/** Ends grants, and says so in the history even where the store does not do it. */
export const endGrants = (state: State, which: (grant: Id) => boolean): State => {
  const ending = Object.keys(state.held.grants).filter(which)
  const grants = Object.fromEntries(
    Object.entries(state.held.grants).map(([id, grant]) => [id, which(id) ? { ...grant, ended: true } : grant])
  )
  return change(state, { grants }, consumed(state, ...ending.map((id) => `grant ${id}`)))
}

/** The user takes back what they allowed a client: its grants end. */
export const endConsents = (state: State, client: ClientName, faults: Faults): State => {
  const isOf = (key: string) => key.startsWith(`${client} `)
  const forgotten = change(
    state,
    { consents: without(state.held.consents, isOf) },
    { allowed: without(state.history.allowed, isOf) }
  )
  const isTheirs = (id: Id) => state.held.grants[id]?.client === client
  const ended = endGrants(forgotten, isTheirs)
  return faults.has("the end of consents leaves the grants") ? change(ended, { grants: state.held.grants }) : ended
}

const addGrant = (state: State, { id, now }: Pending, client: ClientName, rights: Rights, consented: Rights): State =>
  change(
    state,
    {
      grants: put(state.held.grants, id, { ...rights, client, expiresAt: now + LIFETIMES.grant, ended: false }),
      codes: put(state.held.codes, id, { used: false, expiresAt: now + LIFETIMES.code })
    },
    { consented: put(state.history.consented, id, consented) }
  )

const approve = (state: State, pending: Pending, plan: PlanOf<"approve">, faults: Faults): Committed => {
  const { client, page, rights } = plan
  if (state.held.pages[page] === undefined) return { state, answer: { tag: "gone" } }
  const pages = faults.has("approve leaves the page open")
    ? state.held.pages
    : without(state.held.pages, (id) => id === page)
  let { consents } = state.held
  let { allowed } = state.history
  for (const resource of rights.resources) {
    const key = consentKey(client, resource)
    const scope = rights.scope.filter((one) => SCOPES[resource].includes(one))
    const before = (consents[key]?.expiresAt ?? 0) > pending.now ? (consents[key]?.scope ?? []) : []
    if (scope.length === 0) continue
    consents = put(consents, key, { scope: add(before, ...scope), expiresAt: pending.now + LIFETIMES.consent })
    allowed = put(allowed, key, add(allowed[key] ?? [], ...scope))
  }
  const left = change(state, { pages, consents }, { allowed, ...consumed(state, `page ${page}`) })
  return { state: addGrant(left, pending, client, rights, rights), answer: { tag: "code", code: pending.id } }
}

/** Whether what was allowed before is enough. */
export const isCovered = (state: State, client: ClientName, rights: Rights, now: number): boolean =>
  rights.resources.every((resource) => {
    const needed = rights.scope.filter((one) => SCOPES[resource].includes(one))
    const { expiresAt = 0, scope = [] } = state.held.consents[consentKey(client, resource)] ?? {}
    return needed.length > 0 && expiresAt > now && needed.every((one) => scope.includes(one))
  })

const approveByConsent = (
  state: State,
  pending: Pending,
  plan: PlanOf<"approveByConsent">,
  faults: Faults
): Committed => {
  const { client, covered, rights } = plan
  const still = faults.has("approve by consent trusts its read")
    ? covered
    : isCovered(state, client, rights, pending.now)
  if (!still) return { state, answer: { tag: "refused", error: "consent_required", replay: false } }
  const allowed = rights.resources.flatMap((resource) => state.history.allowed[consentKey(client, resource)] ?? [])
  const consented = { ...rights, scope: rights.scope.filter((one) => allowed.includes(one)) }
  return { state: addGrant(state, pending, client, rights, consented), answer: { tag: "code", code: pending.id } }
}

const redeem = (state: State, pending: Pending, plan: PlanOf<"redeem">, faults: Faults): Committed => {
  const { grant: id, rights } = plan
  const { id: request, now } = pending
  const grant = state.held.grants[id]
  const held = state.held.codes[id]
  if (grant === undefined || held === undefined) return { state, answer: grantInvalid }
  const used = faults.has("redeem trusts its read") ? plan.read.used : held.used
  if (used) {
    const ended = endGrants(state, (other) => other === id)
    const leaves = faults.has("a code's replay leaves the grant")
    return { state: leaves ? change(ended, { grants: state.held.grants }) : ended, answer: replayed }
  }
  if (grant.ended && !faults.has("redeem ignores that the grant ended")) return { state, answer: grantInvalid }
  if (grant.expiresAt <= now || held.expiresAt <= now) return { state, answer: grantInvalid }
  if (rights === undefined) throw new Error("a code that was used is unused again")
  const codes = faults.has("redeem leaves the code unused")
    ? state.held.codes
    : put(state.held.codes, id, { ...held, used: true })
  const expiresAt = Math.min(now + LIFETIMES.refreshToken, grant.expiresAt)
  const bought = put(state.history.bought, id, (state.history.bought[id] ?? 0) + 1)
  const sold = change(
    state,
    { codes, chains: put(state.held.chains, id, { live: request, expiresAt }) },
    { bought, ...consumed(state, `code ${id}`) }
  )
  return { state: mint(sold, pending, id, rights), answer: { tag: "tokens", tokens: request } }
}

const rotate = (state: State, pending: Pending, plan: PlanOf<"rotate">, faults: Faults): Committed => {
  const { binding, grant: id, rights, token } = plan
  const { id: request, now } = pending
  const grant = state.held.grants[id]
  const chain = faults.has("rotate trusts its read") ? plan.read : state.held.chains[id]
  if (grant === undefined || chain === undefined || grant.expiresAt <= now) return { state, answer: grantInvalid }
  if (grant.ended && !faults.has("rotate ignores that the grant ended")) return { state, answer: grantInvalid }
  const { previous } = chain
  if (chain.live === token || isStillLive(chain, token, faults)) {
    if (chain.expiresAt <= now) return { state, answer: grantInvalid }
    const next: Chain = {
      live: request,
      expiresAt: Math.min(now + LIFETIMES.refreshToken, grant.expiresAt),
      previous: { token, binding, until: now + LIFETIMES.refreshReplay }
    }
    const rotated = change(state, { chains: put(state.held.chains, id, next) }, consumed(state, `refresh ${token}`))
    return { state: mint(rotated, pending, id, rights), answer: { tag: "tokens", tokens: request } }
  }
  if (previous?.token === token && previous.binding === binding && previous.until > now) {
    // What was answered then: the token that is live since.
    return { state, answer: { tag: "tokens", tokens: chain.live } }
  }
  const ended = endGrants(state, (other) => other === id)
  const leaves = faults.has("a refresh token's replay leaves the grant")
  return { state: leaves ? change(ended, { grants: state.held.grants }) : ended, answer: replayed }
}

const isStillLive = ({ previous }: Chain, token: Id, faults: Faults): boolean =>
  faults.has("rotate leaves the old token live") && previous?.token === token

/** The tokens that a commit gives out: signed before it, and worth something from now on. */
const mint = (state: State, { id, now }: Pending, grantId: Id, rights: Rights): State => {
  const { client = "app", expiresAt = 0 } = state.held.grants[grantId] ?? {}
  const until = Math.min(now + LIFETIMES.accessToken, expiresAt)
  const token = { ...rights, grant: grantId, client, issuedAt: now, expiresAt: until }
  return { ...state, access: put(state.access, id, token), refresh: put(state.refresh, id, grantId) }
}

/** Removes what expired before `at`, all of it. */
export const purge = (state: State, at: number, faults: Faults): State => {
  const { chains, codes, consents, grants, pages, remembered } = state.held
  const leaves = (id: Id) =>
    (grants[id]?.expiresAt ?? 0) <= at || (codes[id]?.used === false && codes[id].expiresAt <= at)
  const expired = (_: string, { expiresAt }: { readonly expiresAt: number }) => expiresAt <= at
  const living = Object.entries(without(chains, (id, chain) => leaves(id) || chain.expiresAt <= at))
  return change(state, {
    pages: without(pages, expired),
    consents: without(consents, expired),
    grants: without(grants, leaves),
    codes: without(codes, leaves),
    chains: Object.fromEntries(
      living.map(([id, chain]) => [
        id,
        (chain.previous?.until ?? 0) <= at ? { live: chain.live, expiresAt: chain.expiresAt } : chain
      ])
    ),
    remembered: faults.has("purge forgets what is still revoked") ? {} : without(remembered, (_, until) => until <= at)
  })
}

import type { Faults } from "./faults.ts"
import type { Request, Step } from "./requests.ts"
import { decideRights } from "./rights.ts"
import { add, type Answer, type Id, LIFETIMES, type Plan, put, type State, TOLERANCE, without } from "./state.ts"
import { commit, endConsents, isCovered, purge } from "./transactions.ts"

// The server as a machine of few steps: read and decide, then one transaction, then the answer. What others do in between is
// another step.

/** The state after a step, which must be possible in this one. */
export const take = (state: State, step: Step, faults: Faults): State => {
  if (step.do === "tick") return { ...state, now: state.now + step.seconds }
  if (step.do === "begin") return begin(state, step, faults)
  const pending = state.pending[step.actor]
  if (pending === undefined) throw new Error(`${step.actor} has nothing to go on with`)
  const idle = { ...state, pending: without(state.pending, (actor) => actor === step.actor) }
  if (step.do === "crash") return answered(idle, pending.id, { tag: "crashed" })
  const done = commit(idle, pending, faults)
  return step.do === "lose"
    ? answered(done.state, pending.id, { tag: "crashed" })
    : answered(ended(done.state, pending.plan, done.answer), pending.id, done.answer)
}

const answered = (state: State, id: Id, answer: Answer): State => ({
  ...state,
  answers: put(state.answers, id, answer)
})

/** Whoever got this answer was told that a grant ended. */
const ended = (state: State, plan: Plan, answer: Answer): State => {
  const told = plan.do === "endGrant" || (answer.tag === "refused" && answer.replay)
  return told && "grant" in plan ? revoked(state, plan.grant) : state
}

const revoked = (state: State, ...grants: ReadonlyArray<Id>): State => ({
  ...state,
  history: { ...state.history, revoked: add(state.history.revoked, ...grants) }
})

/** What an answer brought: a code or tokens, by the name that they have. */
export const brought = (state: State, id: Id): Id | undefined => {
  const answer = state.answers[id]
  return answer?.tag === "tokens" ? answer.tokens : answer?.tag === "code" ? answer.code : undefined
}

const begin = (state: State, step: Extract<Step, { readonly do: "begin" }>, faults: Faults): State => {
  const { actor, id, request } = step
  const next = read(state, id, request, faults)
  if ("state" in next) return answered(next.state, id, next.answer)
  if ("tag" in next) return answered(state, id, next)
  const pending = { id, plan: next, now: state.now, revoked: state.history.revoked }
  return { ...state, pending: put(state.pending, actor, pending) }
}

const refused = (error: string): Answer => ({ tag: "refused", error, replay: false })

/** What a process did in one go. */
interface Whole {
  readonly state: State
  readonly answer: Answer
}

/** What a process does with a request until its transaction: a plan, or the answer at once, or the whole of it. */
const read = (state: State, id: Id, request: Request, faults: Faults): Plan | Answer | Whole => {
  const { held, now } = state
  if ("wrongSecret" in request && request.wrongSecret === true && !faults.has("a wrong secret is not noticed")) {
    return refused("invalid_client")
  }
  switch (request.kind) {
    case "open": {
      const { client, resources, scope } = request
      const pages = put(held.pages, id, { client, resources, scope, expiresAt: now + LIFETIMES.interaction })
      return { state: { ...state, held: { ...held, pages } }, answer: { tag: "page" } }
    }
    case "approve": {
      const page = held.pages[request.page]
      if (page === undefined || page.expiresAt <= now) return { tag: "gone" }
      const { client, resources, scope } = page
      return { do: "approve", page: request.page, client, rights: { resources, scope } }
    }
    case "authorize": {
      const { client, resources, scope } = request
      const rights = { resources, scope }
      // Nobody can tell one public client from another.
      const covered = client !== "app" && isCovered(state, client, rights, now)
      return covered ? { do: "approveByConsent", client, rights, covered } : refused("consent_required")
    }
    case "redeem":
      return readCode(state, request, faults)
    case "refresh":
      return readRefresh(state, request, faults)
    case "revoke":
      return readRevocation(state, request, faults)
    case "introspect": {
      const access = brought(state, request.token) ?? ""
      const grant = held.grants[state.access[access]?.grant ?? ""]
      const over = grant === undefined || (grant.ended && !faults.has("introspection ignores that the grant ended"))
      return over ? { tag: "introspected", active: false } : { do: "isRemembered", access }
    }
    case "endConsents": {
      const theirs = Object.keys(held.grants).filter((grant) => held.grants[grant]?.client === request.client)
      return { state: revoked(endConsents(state, request.client, faults), ...theirs), answer: { tag: "done" } }
    }
    case "purge":
      return { state: purge(state, now - TOLERANCE, faults), answer: { tag: "done" } }
  }
}

type RequestOf<Kind extends Request["kind"]> = Extract<Request, { readonly kind: Kind }>

const readCode = (state: State, request: RequestOf<"redeem">, faults: Faults): Plan | Answer | Whole => {
  const id = brought(state, request.code) ?? ""
  const { codes, grants } = state.held
  const [code, grant] = [codes[id], grants[id]]
  if (code === undefined || grant === undefined) return refused("invalid_grant")
  if (grant.client !== request.by && !faults.has("any client redeems a code")) return refused("invalid_grant")
  if (grant.ended && !faults.has("redeem ignores that the grant ended")) return refused("invalid_grant")
  const over = code.expiresAt <= state.now || grant.expiresAt <= state.now
  if (!code.used && over) return refused("invalid_grant")
  if (request.wrongVerifier === true) {
    const burnt = { ...state.held, codes: put(codes, id, { ...code, used: true }) }
    return faults.has("a wrong verifier uses the code up")
      ? { state: { ...state, held: burnt }, answer: refused("invalid_grant") }
      : refused("invalid_grant")
  }
  if (code.used) return { do: "redeem", grant: id, rights: undefined, read: code }
  const rights = decideRights(grant, { resources: request.resources }, faults)
  return typeof rights === "string" ? refused(rights) : { do: "redeem", grant: id, rights, read: code }
}

const readRefresh = (state: State, request: RequestOf<"refresh">, faults: Faults): Plan | Answer => {
  const token = brought(state, request.token) ?? ""
  const id = state.refresh[token] ?? ""
  const chain = state.held.chains[id]
  const grant = state.held.grants[id]
  if (chain === undefined || grant === undefined || grant.client !== request.by) return refused("invalid_grant")
  if (grant.ended && !faults.has("rotate ignores that the grant ended")) return refused("invalid_grant")
  const isLive = chain.live === token
  if (isLive && (chain.expiresAt <= state.now || grant.expiresAt <= state.now)) return refused("invalid_grant")
  const rights = decideRights(grant, request, faults)
  if (typeof rights === "string") return isLive ? refused(rights) : { do: "endGrant", grant: id, replay: true }
  const { resources = [], scope } = request
  const binding = JSON.stringify([request.by, [...resources].sort(), scope && [...scope].sort()])
  return { do: "rotate", grant: id, token, rights, binding, read: chain }
}

const readRevocation = (state: State, request: RequestOf<"revoke">, faults: Faults): Plan | Answer => {
  const token = brought(state, request.token) ?? ""
  const anybody = faults.has("any client revokes")
  if (request.what === "refresh") {
    const grant = state.refresh[token] ?? ""
    const known = state.held.chains[grant] !== undefined
    const own = anybody || state.held.grants[grant]?.client === request.by
    return known && own ? { do: "endGrant", grant, replay: false } : { tag: "done" }
  }
  const access = state.access[token]
  const until = (access?.expiresAt ?? 0) + TOLERANCE
  const own = anybody || access?.client === request.by
  return own && until > state.now ? { do: "remember", access: token, until } : { tag: "done" }
}

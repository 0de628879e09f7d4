import type { Faults } from "./faults.ts"
import { take } from "./machine.ts"
import type { Request, Step } from "./requests.ts"
import { isOneAudience } from "./rights.ts"
import { type Answer, type ClientName, type Id, type Pending, type Plan, SCOPES, type State } from "./state.ts"

/** The invariants, by the names that they have in `docs/invariants.md`. */
export type Invariant =
  | "one set of tokens per code"
  | "one live refresh token per grant"
  | "nothing verifies after its revocation"
  | "one audience, scopes within the consent"
  | "strangers and failures change nothing"
  | "consumed is never live again"

export interface Violation {
  readonly invariant: Invariant
  readonly detail: string
}

/** A request that nobody else comes between, tried in a copy of the world. */
const present = (
  state: State,
  item: Id,
  tag: "code" | "tokens",
  request: Request,
  faults: Faults
): Answer | undefined => {
  const answer: Answer = tag === "code" ? { tag, code: item } : { tag, tokens: item }
  const asked: State = { ...state, answers: { given: answer }, pending: {} }
  const begun = take(asked, { do: "begin", actor: "P", id: "tried", request }, faults)
  const done = begun.pending["P"] === undefined ? begun : take(begun, { do: "go", actor: "P" }, faults)
  return done.answers["tried"]
}

/** The refresh tokens that would buy a new one now, of all that were ever made. */
const liveRefreshTokens = (state: State, faults: Faults): ReadonlyArray<Id> =>
  Object.entries(state.refresh).flatMap(([token, grant]) => {
    const by = state.held.grants[grant]?.client
    if (by === undefined) return []
    const answer = present(state, token, "tokens", { kind: "refresh", token: "given", by }, faults)
    return answer?.tag === "tokens" && answer.tokens === "tried" ? [token] : []
  })

const liveCodes = (state: State, faults: Faults): ReadonlyArray<Id> =>
  Object.entries(state.held.grants).flatMap(([code, { client, resources }]) => {
    const first = resources.slice(0, 1)
    const request: Request = { kind: "redeem", code: "given", by: client, resources: first }
    return present(state, code, "code", request, faults)?.tag === "tokens" ? [code] : []
  })

const activeAccessTokens = (state: State, faults: Faults): ReadonlyArray<Id> =>
  Object.keys(state.access).filter((token) => {
    const answer = present(state, token, "tokens", { kind: "introspect", token: "given" }, faults)
    return answer?.tag === "introspected" && answer.active
  })

const livePages = (state: State, faults: Faults): ReadonlyArray<Id> =>
  Object.keys(state.held.pages).filter((page) => {
    const asked: State = { ...state, pending: {} }
    const begun = take(asked, { do: "begin", actor: "P", id: "tried", request: { kind: "approve", page } }, faults)
    return begun.pending["P"] !== undefined
  })

/** What is wrong with a state. */
export const checkState = (state: State, faults: Faults): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = []
  const report = (invariant: Invariant, detail: string) => violations.push({ invariant, detail })
  const { bought, consented, consumed, revoked } = state.history
  const refresh = liveRefreshTokens(state, faults)
  const codes = liveCodes(state, faults)
  const access = activeAccessTokens(state, faults)
  for (const [code, sets] of Object.entries(bought)) {
    if (sets > 1) report("one set of tokens per code", `${code} bought ${sets} sets`)
  }
  for (const grant of new Set(Object.values(state.refresh))) {
    const live = refresh.filter((token) => state.refresh[token] === grant)
    if (live.length > 1) report("one live refresh token per grant", `${grant} has ${live.join(", ")}`)
  }
  for (const grant of revoked) {
    const left = [
      ...refresh.filter((token) => state.refresh[token] === grant),
      ...access.filter((token) => state.access[token]?.grant === grant),
      ...codes.filter((code) => code === grant)
    ]
    if (left.length > 0) report("nothing verifies after its revocation", `${left.join(", ")} of ${grant}`)
  }
  for (const [id, { grant, resources, scope }] of Object.entries(state.access)) {
    const known = resources.flatMap((one) => SCOPES[one])
    const allowed = consented[grant]
    if (!isOneAudience(resources))
      report("one audience, scopes within the consent", `${id} is for ${resources.join(", ")}`)
    const beyond = scope.filter((one) => !known.includes(one) || !allowed?.scope.includes(one))
    if (beyond.length > 0) report("one audience, scopes within the consent", `${id} has ${beyond.join(", ")}`)
  }
  const live = [
    ...refresh.map((id) => `refresh ${id}`),
    ...codes.map((id) => `code ${id}`),
    ...access.flatMap((id) => [`access ${id}`, `grant ${state.access[id]?.grant}`]),
    ...livePages(state, faults).map((id) => `page ${id}`)
  ]
  for (const item of live) if (consumed.includes(item)) report("consumed is never live again", item)
  return violations
}

/** What of the store is a client's, as JSON. */
const heldOf = ({ access, held }: State, isTheirs: (client: ClientName) => boolean): string => {
  const grants = Object.entries(held.grants).filter(([, { client }]) => isTheirs(client))
  const of = <A>(table: Readonly<Record<string, A>>) => grants.map(([id]) => table[id])
  const revoked = Object.keys(held.remembered).filter((id) => isTheirs(access[id]?.client ?? "app"))
  return JSON.stringify([grants, of(held.codes), of(held.chains), revoked])
}

/** What is wrong with a step. */
export const checkStep = (
  before: State,
  step: Step,
  after: State,
  request: Request | undefined
): ReadonlyArray<Violation> => {
  if (step.do === "tick" || request === undefined) return []
  const violations: Array<Violation> = []
  const report = (invariant: Invariant, detail: string) => violations.push({ invariant, detail })
  const pending = before.pending[step.actor]
  const answer = after.answers[step.do === "begin" ? step.id : (pending?.id ?? "")]
  const stranger = "by" in request ? request.by : undefined
  const wrong = "wrongSecret" in request && request.wrongSecret === true
  if (stranger !== undefined) {
    const others = (client: ClientName) => client !== stranger || wrong
    if (heldOf(before, others) !== heldOf(after, others)) {
      report("strangers and failures change nothing", `${request.kind} by ${stranger} changes another's grant`)
    }
  }
  const failed = answer?.tag === "refused" && !answer.replay
  const all = () => true
  if (failed && heldOf(before, all) !== heldOf(after, all)) {
    report("strangers and failures change nothing", `${request.kind} was refused and changes something`)
  }
  return [...violations, ...(pending === undefined ? [] : checkAnswer(before, pending, after))]
}

/** What is wrong with what a transaction gave out, for what had happened when its request began and when it was carried out. */
const checkAnswer = (before: State, { id, plan, revoked }: Pending, after: State): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = []
  const answer = after.answers[id]
  const grant = "grant" in plan ? plan.grant : "access" in plan ? before.access[plan.access]?.grant : undefined
  const good = answer?.tag === "tokens" || (answer?.tag === "introspected" && answer.active)
  if (good && grant !== undefined && revoked.includes(grant)) {
    violations.push({ invariant: "nothing verifies after its revocation", detail: `${plan.do} of ${grant}` })
  }
  const item = itemOf(plan)
  // Also where nobody was told of it.
  const isNew = after.access[id] !== undefined || after.held.grants[id] !== undefined
  if (isNew && item !== undefined && before.history.consumed.includes(item)) {
    violations.push({ invariant: "consumed is never live again", detail: `${item} bought once more` })
  }
  return violations
}

/** What a plan uses up. */
const itemOf = (plan: Plan): string | undefined => {
  switch (plan.do) {
    case "redeem":
      return `code ${plan.grant}`
    case "rotate":
      return `refresh ${plan.token}`
    case "approve":
      return `page ${plan.page}`
    case "approveByConsent":
    case "endGrant":
    case "remember":
    case "isRemembered":
      return undefined
  }
}

import { brought } from "./machine.ts"
import type { Request, Step } from "./requests.ts"
import {
  type ClientName,
  consentKey,
  type Id,
  LIFETIMES,
  type Pending,
  type Rights,
  SCOPES,
  type State
} from "./state.ts"

// Traces are many, and most of what happens in one happened in others. The situation of a step is what the process that takes
// it looks at, without names and times, and what comes of it.

const clock = (at: number | undefined, now: number) => (at === undefined ? "none" : at > now ? "alive" : "over")

const grantSeen = ({ held }: State, id: Id, now: number) => {
  const { ended, expiresAt } = held.grants[id] ?? {}
  // Whether a token that is made now would outlive it.
  return [clock(expiresAt, now), clock(expiresAt, now + LIFETIMES.accessToken), ended]
}

const codeSeen = (state: State, id: Id, now: number) => {
  const code = state.held.codes[id]
  return [grantSeen(state, id, now), clock(code?.expiresAt, now), code?.used]
}

const refreshSeen = (state: State, token: Id, now: number) => {
  const id = state.refresh[token] ?? ""
  const chain = state.held.chains[id]
  const isPrevious = chain?.previous?.token === token
  return [
    grantSeen(state, id, now),
    chain && (chain.live === token ? clock(chain.expiresAt, now) : isPrevious ? "previous" : "old"),
    isPrevious && clock(chain?.previous?.until, now)
  ]
}

const accessSeen = ({ access, held }: State, token: Id, now: number) => [
  held.grants[access[token]?.grant ?? ""]?.ended,
  clock(access[token]?.expiresAt, now),
  clock(held.remembered[token], now)
]

/** What was allowed before of each resource: all that is needed, less, or nothing. */
const consentsSeen = ({ held }: State, client: ClientName, { resources, scope }: Rights, now: number) =>
  resources.map((resource) => {
    const needed = scope.filter((one) => SCOPES[resource].includes(one))
    const consent = held.consents[consentKey(client, resource)]
    return [needed.length > 0, clock(consent?.expiresAt, now), needed.every((one) => consent?.scope.includes(one))]
  })

const requestSeen = (state: State, request: Request): unknown => {
  const { now } = state
  switch (request.kind) {
    case "open":
    case "purge":
      return request.kind
    case "endConsents":
      return [
        request.kind,
        Object.values(state.held.grants).map(({ client, ended }) => [client === request.client, ended])
      ]
    case "approve":
      return [request.kind, clock(state.held.pages[request.page]?.expiresAt, now)]
    case "authorize":
      return [request.kind, request.client, consentsSeen(state, request.client, request, now)]
    case "redeem": {
      const { code, ...rest } = request
      return [rest, codeSeen(state, brought(state, code) ?? "", now)]
    }
    case "refresh": {
      const { token, ...rest } = request
      return [rest, refreshSeen(state, brought(state, token) ?? "", now)]
    }
    case "revoke":
    case "introspect": {
      const { token, ...rest } = request
      const name = brought(state, token) ?? ""
      const isAccess = request.kind === "introspect" || request.what === "access"
      return [rest, isAccess ? accessSeen(state, name, now) : refreshSeen(state, name, now)]
    }
  }
}

/** What client, resources and scope of two bindings have in common: the same, another one, or none on one side. */
const differing = (one: string, other = "[]"): ReadonlyArray<string> => {
  const [a, b] = [JSON.parse(one) as ReadonlyArray<unknown>, JSON.parse(other) as ReadonlyArray<unknown>]
  return a.map((member, index) => {
    if (JSON.stringify(member) === JSON.stringify(b[index])) return "same"
    return isNone(member) || isNone(b[index]) ? "none" : "other"
  })
}
const isNone = (member: unknown): boolean => (Array.isArray(member) ? member.length === 0 : typeof member !== "string")

const planSeen = (state: State, { now, plan }: Pending): unknown => {
  switch (plan.do) {
    case "approve":
      return [state.held.pages[plan.page] !== undefined, consentsSeen(state, plan.client, plan.rights, now)]
    case "approveByConsent":
      return consentsSeen(state, plan.client, plan.rights, now)
    case "redeem":
      return codeSeen(state, plan.grant, now)
    case "rotate":
      return [
        refreshSeen(state, plan.token, now),
        differing(plan.binding, state.held.chains[plan.grant]?.previous?.binding)
      ]
    case "endGrant":
      return [plan.replay, grantSeen(state, plan.grant, now)]
    case "remember":
      return accessSeen(state, plan.access, now)
    case "isRemembered":
      return [accessSeen(state, plan.access, now), accessSeen(state, plan.access, state.now)]
  }
}

const answerSeen = (state: State, id: Id): unknown => {
  const { code: _, tokens: __, ...answer } = { code: undefined, tokens: undefined, ...state.answers[id] }
  return answer
}

/** What a step meets, and what comes of it. */
export const situationOf = (before: State, step: Step, after: State): string => {
  if (step.do === "tick") return "tick"
  if (step.do === "begin") return JSON.stringify([requestSeen(before, step.request), answerSeen(after, step.id)])
  const pending = before.pending[step.actor]
  if (pending === undefined) return step.do
  const meets = step.do === "crash" ? undefined : [planSeen(before, pending), before.now > pending.now]
  return JSON.stringify([step.do, pending.plan.do, meets, answerSeen(after, pending.id)])
}

/** What several processes meet that are about to change the store, each of them, and whether it is the same grant. */
export const meetingOf = (state: State, pending: ReadonlyArray<Pending>): string =>
  JSON.stringify(
    pending
      .map((one) => [one.plan.do, planSeen(state, one), "grant" in one.plan ? one.plan.grant : ""])
      .map((seen) => JSON.stringify(seen))
      .sort()
  )

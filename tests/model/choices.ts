import * as fc from "fast-check"
import type { Actor, Request } from "./requests.ts"
import type { ClientName, Id, ResourceName, State } from "./state.ts"

/** What is drawn by lot: it becomes a step when it is known what there is to present. */
export interface Choice {
  readonly actor: Exclude<Actor, "P">
  readonly act: Act
  /** Which of what is there. */
  readonly pick: number
  readonly client: ClientName
  readonly wanted: (typeof WANTED)[number]
  /** Once in a while: another client, a wrong secret, a wrong verifier. */
  readonly oddity: number
  readonly seconds: number
}

export const WANTED: ReadonlyArray<{
  readonly resources: ReadonlyArray<ResourceName>
  readonly scope: ReadonlyArray<string>
}> = [
  { resources: ["notes"], scope: ["notes:read"] },
  { resources: ["notes"], scope: ["notes:read", "notes:write"] },
  { resources: ["notes", "mail"], scope: ["notes:read", "mail:read"] },
  { resources: ["mail", "files"], scope: ["mail:read", "files:read"] },
  { resources: ["files"], scope: ["files:read"] }
]
type Act = Request["kind"] | "go" | "lose" | "crash" | "together" | "tick"

/** What is done, and how often of all: `together` is all that wait going on at once. */
const ACTS: Readonly<Record<Act, number>> = {
  go: 6,
  together: 3,
  lose: 2,
  crash: 1,
  tick: 2,
  open: 2,
  approve: 3,
  authorize: 2,
  redeem: 5,
  refresh: 7,
  revoke: 1,
  introspect: 3,
  endConsents: 1,
  purge: 1
}
const acts = (Object.entries(ACTS) as ReadonlyArray<[Act, number]>).map(([act, weight]) => ({
  arbitrary: fc.constant(act),
  weight
}))

export const choices: fc.Arbitrary<Choice> = fc.record({
  actor: fc.constantFrom("A" as const, "B" as const, "C" as const),
  act: fc.oneof(...acts),
  pick: fc.nat(7),
  client: fc.constantFrom<ClientName>("app", "web"),
  wanted: fc.constantFrom(...WANTED),
  oddity: fc.nat(11),
  seconds: fc.constantFrom(1, 9, 10, 60, 100, 300, 950, 1200)
})

const answeredWith = (state: State, tag: "page" | "code" | "tokens"): ReadonlyArray<Id> =>
  Object.entries(state.answers).flatMap(([id, answer]) => (answer.tag === tag ? [id] : []))

/** The latest first: what is at hand is used more often than what is long over. */
const pickOf = (ids: ReadonlyArray<Id>, pick: number): Id | undefined =>
  ids.toReversed()[Math.floor(pick / 2) % Math.max(1, ids.length)]

const other = (client: ClientName): ClientName => (client === "app" ? "web" : "app")

/** The request that is sent; `undefined` where there is nothing to present, or none is meant. */
export const requestOf = (state: State, { act, client, oddity, pick, wanted }: Choice): Request | undefined => {
  const by = (owner: ClientName = client) => ({
    by: oddity === 0 ? other(owner) : owner,
    wrongSecret: oddity === 1 ? true : undefined
  })
  const asked = oddity === 2 ? wanted : oddity === 3 ? { resources: wanted.resources.slice(0, 1) } : {}
  switch (act) {
    case "open":
    case "authorize":
      return { kind: act, client, ...wanted }
    case "approve": {
      const page = pickOf(answeredWith(state, "page"), pick)
      return page === undefined ? undefined : { kind: act, page }
    }
    case "redeem": {
      const code = pickOf(answeredWith(state, "code"), pick)
      if (code === undefined) return undefined
      const { resources = state.history.consented[code]?.resources.slice(0, 1) } = asked
      const wrongVerifier = oddity === 4 ? true : undefined
      return { kind: act, code, ...by(state.held.grants[code]?.client), wrongVerifier, resources }
    }
    case "refresh":
    case "revoke":
    case "introspect": {
      const token = pickOf(answeredWith(state, "tokens"), pick)
      if (token === undefined) return undefined
      if (act === "introspect") return { kind: act, token }
      const answer = state.answers[token]
      const owner = answer?.tag === "tokens" ? state.access[answer.tokens]?.client : undefined
      return act === "refresh"
        ? { kind: act, token, ...by(owner), ...asked }
        : { kind: act, token, ...by(owner), what: oddity % 2 === 0 ? "access" : "refresh" }
    }
    case "endConsents":
      return { kind: act, client }
    case "purge":
      return { kind: act }
    case "go":
    case "together":
    case "lose":
    case "crash":
    case "tick":
      return undefined
  }
}

import { type Faults, NONE } from "./faults.ts"
import { checkState, checkStep, type Violation } from "./invariants.ts"
import { brought, take } from "./machine.ts"
import { type Actor, needs, type Request, type Step } from "./requests.ts"
import type { Scenario } from "./scenarios.ts"
import { EMPTY, type State } from "./state.ts"

/** A state that was reached, and every step that leads on from it. */
export interface Node {
  readonly state: State
  readonly steps: ReadonlyArray<Edge>
  /** The node and the step by which it was first reached; none at the beginning. */
  readonly from: { readonly node: number; readonly edge: Edge } | undefined
}
export interface Edge {
  readonly step: Step
  /** The node that it leads to. */
  readonly to: number
}

/** All that a scenario can come to. */
export interface Exploration {
  /** The first is the beginning; none leads to one before it was reached. */
  readonly nodes: ReadonlyArray<Node>
  /** The steps that lead to the beginning. */
  readonly before: ReadonlyArray<Step>
  readonly violations: ReadonlyArray<Violation & { readonly trace: ReadonlyArray<Step> }>
}

const ACTORS = ["A", "B", "C"] as const

const requestOf = (scenario: Scenario, id: string): Request | undefined => {
  const at = Number(id.slice(1))
  if (id.startsWith("P")) return scenario.before[at]
  const actor = ACTORS.findIndex((one) => id.startsWith(one))
  return scenario.processes[actor]?.[at]
}

const isThere = (state: State, request: Request, id: string): boolean =>
  request.kind === "approve" ? state.answers[id]?.tag === "page" : brought(state, id) !== undefined

/** Whether a request was answered, or will never be sent because what it presents did not come. */
const isOver = (state: State, scenario: Scenario, id: string): boolean => {
  if (state.answers[id] !== undefined) return true
  const request = requestOf(scenario, id)
  const needed = request && needs(request)
  if (request === undefined || needed === undefined) return false
  return isOver(state, scenario, needed) && !isThere(state, request, needed)
}

/** The request that an actor would send next, if it can. */
const nextOf = (state: State, scenario: Scenario, actor: Actor): ReadonlyArray<Step> => {
  for (let index = 0; ; index++) {
    const id = `${actor}${index}`
    const request = requestOf(scenario, id)
    if (request === undefined) return []
    if (isOver(state, scenario, id)) continue
    const needed = needs(request)
    return needed === undefined || isThere(state, request, needed) ? [{ do: "begin", actor, id, request }] : []
  }
}

/** Every step that may come next. */
const stepsFrom = (state: State, scenario: Scenario, since: number, crashes: number): ReadonlyArray<Step> => {
  const died = Object.values(state.answers).filter(({ tag }) => tag === "crashed").length
  const steps = ACTORS.flatMap((actor): ReadonlyArray<Step> => {
    const pending = state.pending[actor]
    if (pending === undefined) return nextOf(state, scenario, actor)
    const crash: ReadonlyArray<Step> = died < crashes ? [{ do: "crash", actor }] : []
    // One that only reads leaves nothing behind when it dies, wherever that is.
    const lose: ReadonlyArray<Step> =
      crash.length === 0 || pending.plan.do === "isRemembered" ? [] : [{ do: "lose", actor }]
    return [{ do: "go", actor }, ...lose, ...crash]
  })
  let passed = since
  for (const seconds of scenario.time ?? []) {
    if (passed === state.now) return [...steps, { do: "tick", seconds }]
    passed += seconds
  }
  return steps
}

/** What happened before the processes began: each request whole, one after the other. */
const beginning = (scenario: Scenario, faults: Faults) => {
  let state = EMPTY
  const trace: Array<Step> = []
  const advance = (step: Step) => {
    state = take(state, step, faults)
    trace.push(step)
  }
  for (const [index, request] of scenario.before.entries()) {
    advance({ do: "begin", actor: "P", id: `P${index}`, request })
    if (state.pending["P"] !== undefined) advance({ do: "go", actor: "P" })
  }
  return { state, trace }
}

/** The request that a step is about. */
const aboutOf = (state: State, scenario: Scenario, step: Step): Request | undefined => {
  if (step.do === "tick") return undefined
  if (step.do === "begin") return step.request
  return requestOf(scenario, state.pending[step.actor]?.id ?? "")
}

/**
 * Every state that a scenario can come to by any interleaving of the steps of its processes, of which `crashes` may die at any point;
 * each state and each step is checked.
 */
export const explore = (
  scenario: Scenario,
  { crashes = Infinity, faults = NONE }: { readonly crashes?: number; readonly faults?: Faults } = {}
): Exploration => {
  const first = beginning(scenario, faults)
  const states = [first.state]
  const from: Array<Node["from"]> = [undefined]
  const seen = new Map([[JSON.stringify(first.state), 0]])
  const nodes: Array<Node> = []
  const violations: Array<Exploration["violations"][number]> = []
  const report = (node: number, found: ReadonlyArray<Violation>, ...last: ReadonlyArray<Step>) => {
    if (found.length === 0) return
    const trace = [...first.trace, ...pathTo(from, node).map(({ step }) => step), ...last]
    for (const violation of found) violations.push({ ...violation, trace })
  }
  for (let at = 0; at < states.length; at++) {
    const state = states[at]!
    report(at, checkState(state, faults))
    const steps = stepsFrom(state, scenario, first.state.now, crashes).map((step): Edge => {
      const after = take(state, step, faults)
      report(at, checkStep(state, step, after, aboutOf(state, scenario, step)), step)
      const key = JSON.stringify(after)
      const known = seen.get(key)
      if (known !== undefined) return { step, to: known }
      const edge = { step, to: states.length }
      seen.set(key, edge.to)
      states.push(after)
      from.push({ node: at, edge })
      return edge
    })
    nodes.push({ state, steps, from: from[at] })
  }
  return { nodes, before: first.trace, violations }
}

/** The steps from the beginning by which a node was first reached. */
const pathTo = (from: ReadonlyArray<Node["from"]>, node: number): ReadonlyArray<Edge> => {
  const path: Array<Edge> = []
  for (let at = from[node]; at !== undefined; at = from[at.node]) path.push(at.edge)
  return path.reverse()
}

/** The trace by which a node was first reached. */
export const traceTo = ({ before, nodes }: Exploration, node: number): ReadonlyArray<Step> => [
  ...before,
  ...pathTo(
    nodes.map(({ from }) => from),
    node
  ).map(({ step }) => step)
]

/** How many steps the states have between them. */
export const countSteps = ({ nodes }: Exploration): number => nodes.reduce((sum, { steps }) => sum + steps.length, 0)

/** How many traces there are from the beginning to an end. */
export const countTraces = ({ nodes }: Exploration): bigint => {
  const counted = new Map<number, bigint>()
  const count = (node: number): bigint => {
    const steps = nodes[node]?.steps ?? []
    const sum = counted.get(node) ?? (steps.length === 0 ? 1n : steps.reduce((total, { to }) => total + count(to), 0n))
    counted.set(node, sum)
    return sum
  }
  return count(0)
}

/**
 * Traces, each from the beginning to an end, that take every step of every state at least once: what a state leads to does not
 * depend on how it was reached, so that these say of the model all that its traces say. Or, by another key, one step at least
 * of each key that is not in `covered`.
 */
export const coveringTraces = (
  { before, nodes }: Exploration,
  keyOf: (state: State, edge: Edge, after: State) => unknown = (_, edge) => edge,
  covered: Set<unknown> = new Set()
): ReadonlyArray<ReadonlyArray<Step>> => {
  const from = nodes.map((node) => node.from)
  const keys = new Map(
    nodes.flatMap(({ state, steps }) => steps.map((edge) => [edge, keyOf(state, edge, nodes[edge.to]!.state)] as const))
  )
  const isNew = (edge: Edge) => !covered.has(keys.get(edge))
  const traces: Array<ReadonlyArray<Step>> = []
  for (const [node, { steps }] of nodes.entries()) {
    for (const first of steps) {
      if (!isNew(first)) continue
      const path = [...pathTo(from, node), first]
      for (const edge of path) covered.add(keys.get(edge))
      for (let at = nodes[first.to]!; at.steps.length > 0; at = nodes[path.at(-1)!.to]!) {
        const next = at.steps.find(isNew) ?? at.steps[0]!
        covered.add(keys.get(next))
        path.push(next)
      }
      traces.push([...before, ...path.map(({ step }) => step)])
    }
  }
  return traces
}

import * as fc from "fast-check"
import { type Choice, choices, requestOf, WANTED } from "./choices.ts"
import { NONE } from "./faults.ts"
import { checkState, checkStep, type Violation } from "./invariants.ts"
import type { Actor, Step } from "./requests.ts"
import type { Id, State } from "./state.ts"
import { Differs, type Trace } from "./trace.ts"
import type { World } from "./world.ts"

/** After so many wrong attempts in one process a code is worth nothing: another rule than those that are compared here. */
const MAXIMUM_ATTEMPTS = 9

interface Model {
  state: State
  began: number
  readonly redemptions: Map<Id, number>
}

const stepOf = ({ began, redemptions, state }: Model, choice: Choice): Step | undefined => {
  const { act, actor, seconds } = choice
  if (act === "tick") return { do: "tick", seconds }
  const pending = state.pending[actor]
  if (act === "together") return undefined
  if (act === "go" || act === "lose" || act === "crash") {
    const reads = pending?.plan.do === "isRemembered" && act === "lose"
    return pending === undefined || reads ? undefined : { do: act, actor }
  }
  // It is at one already, and goes on with that.
  if (pending !== undefined) return { do: "go", actor }
  const request = requestOf(state, choice)
  if (request === undefined) return undefined
  if (request.kind === "redeem" && (redemptions.get(request.code) ?? 0) >= MAXIMUM_ATTEMPTS) return undefined
  return { do: "begin", actor, id: `${actor}${String(began).padStart(3, "0")}`, request }
}

const waiting = (state: State): ReadonlyArray<Actor> =>
  (["A", "B", "C"] as const).filter((actor) => state.pending[actor] !== undefined)

class Command implements fc.AsyncCommand<Model, Trace> {
  readonly #choice: Choice
  constructor(choice: Choice) {
    this.#choice = choice
  }
  check(model: Readonly<Model>): boolean {
    return this.#choice.act === "together" ? waiting(model.state).length > 1 : stepOf(model, this.#choice) !== undefined
  }
  async run(model: Model, trace: Trace): Promise<void> {
    if (this.#choice.act === "together") {
      await trace.takeTogether(waiting(model.state))
      return this.#keeps(model, trace, [])
    }
    const step = stepOf(model, this.#choice)
    if (step === undefined) throw new Error("the command was not checked")
    const before = model.state
    if (step.do === "begin") {
      model.began += 1
      const { request } = step
      if (request.kind === "redeem") model.redemptions.set(request.code, (model.redemptions.get(request.code) ?? 0) + 1)
    }
    const request = trace.requestOf(step)
    await trace.take(step)
    this.#keeps(model, trace, checkStep(before, step, trace.state, request))
  }
  #keeps(model: Model, trace: Trace, found: ReadonlyArray<Violation>): void {
    model.state = trace.state
    const violations = [...found, ...checkState(model.state, NONE)]
    if (violations.length > 0) {
      throw new Differs(
        trace.taken,
        violations.map(({ detail, invariant }) => ({ what: invariant, expected: "kept", actual: detail }))
      )
    }
  }
  toString(): string {
    return `${this.#choice.act} ${this.#choice.actor}`
  }
}

/** Both clients have a code. */
const beginning: ReadonlyArray<Step> = (["app", "web"] as const).flatMap((client, index): ReadonlyArray<Step> => {
  const [page, code] = [`P${2 * index}`, `P${2 * index + 1}`]
  return [
    { do: "begin", actor: "P", id: page, request: { kind: "open", client, ...WANTED[1 + index]! } },
    { do: "begin", actor: "P", id: code, request: { kind: "approve", page } },
    { do: "go", actor: "P" }
  ]
})

/** Replays traces that were drawn by lot; throws what differs, with the shortest trace that shows it and the seed. */
export const sample = (
  world: World,
  options: { readonly seed: number; readonly runs: number; readonly length: number }
): Promise<void> => {
  const drawn = fc.commands([choices.map((choice) => new Command(choice))], {
    maxCommands: options.length,
    size: "max"
  })
  const property = fc.asyncProperty(drawn, async (commands) => {
    const trace = await world.begin()
    for (const step of beginning) await trace.take(step)
    await fc.asyncModelRun(
      () => ({ model: { state: trace.state, began: 0, redemptions: new Map() }, real: trace }),
      commands
    )
    await trace.end()
  })
  return fc.assert(property, { seed: options.seed, numRuns: options.runs })
}

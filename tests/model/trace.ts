import type { Store } from "@postern/as-core"
import { compareAnswer, type Difference, readAnswer } from "./answers.ts"
import { NONE } from "./faults.ts"
import { brought, take } from "./machine.ts"
import { Names } from "./names.ts"
import type { Change, Process } from "./process.ts"
import { type Actor, formatStep, type Request as Asked, type Step } from "./requests.ts"
import { EMPTY, type Id, type State } from "./state.ts"
import { compareAll, compareGrants, type Watched } from "./watch.ts"
import { toHttp } from "./wire.ts"

/** The model and what it stands for differ. */
export class Differs extends Error {
  constructor(trace: ReadonlyArray<Step>, differences: ReadonlyArray<Difference>) {
    super(
      [
        ...trace.map(formatStep),
        ...differences.map(
          ({ what, expected, actual }) =>
            `${what}: the model says ${JSON.stringify(expected)}, and it is ${JSON.stringify(actual)}`
        )
      ].join("\n")
    )
  }
}

/** Where a trace is replayed. */
export interface Place {
  readonly process: (actor: Actor) => Process
  readonly tick: (seconds: number) => void
  readonly watch: Store
  /** A step was taken. */
  readonly counted: () => void
}

/** One trace: the model's state, and what its names are in the world. */
export class Trace {
  readonly #world: Place
  readonly #who: { readonly base: number; readonly cookie: string; readonly subject: string }
  #names = new Names()
  readonly #requests = new Map<Id, Asked>()
  readonly taken: Array<Step> = []
  state: State = EMPTY

  constructor(world: Place, who: { readonly base: number; readonly cookie: string; readonly subject: string }) {
    this.#world = world
    this.#who = who
  }

  /** Takes a step in the model and in the world, and compares. */
  async take(step: Step): Promise<void> {
    const before = this.state
    this.state = take(before, step, NONE)
    this.taken.push(step)
    this.#world.counted()
    const answered = await this.#act(step, before)
    // What has changed where nothing should have shows at the next step that changes something.
    const changes = this.state.held !== before.held
    this.#refuse([...answered, ...(changes ? await compareGrants(this.#watched()) : [])])
  }

  #refuse(differences: ReadonlyArray<Difference>): void {
    if (differences.length > 0) throw new Differs(this.taken, differences)
  }

  /** The request that a step is about, before it is taken. */
  requestOf(step: Step): Asked | undefined {
    if (step.do === "tick") return undefined
    return step.do === "begin" ? step.request : this.#requests.get(this.state.pending[step.actor]?.id ?? "")
  }

  async #act(step: Step, before: State): Promise<ReadonlyArray<Difference>> {
    if (step.do === "tick") {
      this.#world.tick(step.seconds)
      return []
    }
    const process = this.#world.process(step.actor)
    const told = process.events.length
    const id = step.do === "begin" ? step.id : (before.pending[step.actor]?.id ?? "")
    const happened = step.do === "begin" ? await this.#begin(process, step) : await this.#goOn(process, step.do)
    if (happened !== undefined && !(happened instanceof Response)) {
      this.#names.learn(id, happened)
      const expected = this.state.pending[step.actor]?.plan.do
      return expected === happened.name ? [] : [{ what: `${id} is about to`, expected, actual: happened.name }]
    }
    if (step.do === "lose" || step.do === "crash") return []
    return compareAnswer(this.#factsOf(id), await readAnswer(happened, process.events.slice(told)))
  }

  #factsOf(id: Id, state: State = this.state, names: Names = this.#names) {
    const request = this.#requests.get(id)
    const about = request?.kind === "introspect" ? brought(state, request.token) : undefined
    return { state, id, names, base: this.#who.base, about }
  }

  /** Lets several processes go on at once: what comes of it has to be what comes of it in one order of theirs. */
  async takeTogether(actors: ReadonlyArray<Actor>): Promise<void> {
    const before = this.state
    const ids = new Map(actors.map((actor) => [actor, before.pending[actor]?.id ?? ""]))
    const said = new Map(
      await Promise.all(
        actors.map(async (actor) => {
          const process = this.#world.process(actor)
          const told = process.events.length
          const happened = await process.go()
          if (!(happened instanceof Response)) throw new Error(`${actor} stops twice`)
          return [actor, await readAnswer(happened, process.events.slice(told))] as const
        })
      )
    )
    const attempts: Array<Differs> = []
    for (const order of ordersOf(actors)) {
      const steps = order.map((actor): Step => ({ do: "go", actor }))
      const state = steps.reduce((at, step) => take(at, step, NONE), before)
      const names = this.#names.copy()
      const answered = order.flatMap((actor) => {
        const facts = this.#factsOf(ids.get(actor) ?? "", state, names)
        return compareAnswer(facts, said.get(actor)!)
      })
      const held = answered.length > 0 ? [] : await compareAll({ ...this.#watched(), state, names })
      const differences = [...answered, ...held]
      if (differences.length > 0) {
        attempts.push(new Differs([...this.taken, ...steps], differences))
        continue
      }
      for (const _ of steps) this.#world.counted()
      this.state = state
      this.#names = names
      this.taken.push(...steps)
      return
    }
    throw new AggregateError(attempts, attempts.map(({ message }) => message).join("\n\nor, in another order:\n"))
  }

  async #begin(
    process: Process,
    { id, request }: Extract<Step, { readonly do: "begin" }>
  ): Promise<Change | Response | undefined> {
    this.#requests.set(id, request)
    const http = toHttp(request, this.#presented(request))
    if (http !== undefined) return process.begin(http)
    if (request.kind === "purge") await process.removeExpired()
    if (request.kind === "endConsents") {
      const of = { subject: this.#who.subject, clientId: request.client, now: this.#who.base + this.state.now }
      await process.ask((store) => store.endConsents(of))
    }
    return undefined
  }

  async #goOn(process: Process, how: "go" | "lose" | "crash"): Promise<Change | Response | undefined> {
    if (how === "go") return process.go()
    await (how === "lose" ? process.lose() : process.crash())
    return undefined
  }

  /** What a request presents, by what its names stand for. */
  #presented(request: Asked) {
    const token = "token" in request ? brought(this.state, request.token) : undefined
    const { access, refresh } = this.#names.tokens(token ?? "")
    const code = "code" in request ? (this.#names.codes.get(brought(this.state, request.code) ?? "") ?? "none") : ""
    const page = request.kind === "approve" ? this.#names.pages.get(request.page) : undefined
    const ticked = request.kind === "approve" ? (this.#asked(request.page)?.scope ?? []) : []
    return { cookie: this.#who.cookie, access, refresh, code, form: page?.form ?? [], ticked }
  }

  #asked(id: Id): { readonly scope: ReadonlyArray<string> } | undefined {
    const request = this.#requests.get(id)
    return request?.kind === "open" ? request : undefined
  }

  #watched(): Watched {
    return { ...this.#who, state: this.state, names: this.#names, watch: this.#world.watch }
  }

  /** All that was given out is shown once more: access tokens to an introspection, refresh tokens to a refresh. */
  async end(): Promise<void> {
    for (const actor of ["A", "B", "C"] as const) {
      if (this.state.pending[actor] !== undefined) await this.take({ do: "crash", actor })
    }
    this.#refuse(await compareAll(this.#watched()))
    const known = Object.entries(this.state.answers).filter(([, answer]) => answer.tag === "tokens")
    for (const [token] of known) await this.#whole(`i${token}`, { kind: "introspect", token })
    const [oldest] = known
    const by = oldest && this.state.access[brought(this.state, oldest[0]) ?? ""]?.client
    if (oldest !== undefined && by !== undefined) {
      await this.#whole(`r${oldest[0]}`, { kind: "refresh", token: oldest[0], by })
    }
  }

  async #whole(id: Id, request: Asked): Promise<void> {
    await this.take({ do: "begin", actor: "P", id, request })
    if (this.state.pending["P"] !== undefined) await this.take({ do: "go", actor: "P" })
  }
}

const ordersOf = <A>(list: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  list.length === 0
    ? [[]]
    : list.flatMap((first) => ordersOf(list.filter((one) => one !== first)).map((rest) => [first, ...rest]))

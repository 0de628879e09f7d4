import { randomBytes } from "node:crypto"
import type { Store } from "@postern/as-core"
import { sha256 } from "./configuration.ts"
import { clockOf } from "../../packages/as-core/test/clock.ts"
import { Process } from "./process.ts"
import type { Actor, Step } from "./requests.ts"
import { LIFETIMES } from "./state.ts"
import { Trace } from "./trace.ts"

/** Stores that stand for those of three processes, on one database, and one more to look into it. */
export interface Opened {
  readonly stores: readonly [Store, Store, Store]
  readonly watch: Store
  readonly close: () => Promise<void>
}

const START = Date.parse("2026-11-24T12:00:00Z") / 1000

/** Three processes over one database, on which traces are replayed one after the other. */
export class World {
  readonly #opened: Opened
  readonly #processes: Readonly<Record<Exclude<Actor, "P">, Process>>
  #now = START
  /** How many traces and steps were replayed. */
  traces = 0
  steps = 0

  constructor(opened: Opened) {
    this.#opened = opened
    const clock = clockOf(() => this.#now * 1000)
    const [a, b, c] = opened.stores
    this.#processes = { A: new Process(a, clock), B: new Process(b, clock), C: new Process(c, clock) }
  }

  process(actor: Actor): Process {
    return this.#processes[actor === "P" ? "A" : actor]
  }

  /** A new trace: somebody whom nobody knows yet, later than all that was before. */
  async begin(): Promise<Trace> {
    this.traces += 1
    // Beyond the life of everything that the last trace left.
    this.#now += LIFETIMES.consent + 1000
    const session = randomBytes(32).toString("base64url")
    const subject = `person-${this.traces}`
    const expiresAt = this.#now + LIFETIMES.session
    const known = { idHash: sha256(session), subject, authenticatedAt: this.#now, expiresAt }
    await this.process("A").ask((store) => store.addSession(known))
    return new Trace(this, { base: this.#now, cookie: `__Host-postern=${session}`, subject })
  }

  counted(): void {
    this.steps += 1
  }

  tick(seconds: number): void {
    this.#now += seconds
  }

  get watch(): Store {
    return this.#opened.watch
  }

  close(): Promise<void> {
    return this.#opened.close()
  }

  /** Replays a trace from its beginning; throws {@link Differs}. */
  async replay(steps: ReadonlyArray<Step>): Promise<void> {
    const trace = await this.begin()
    for (const step of steps) await trace.take(step)
    await trace.end()
  }

  /** The same, and then these processes go on at the same time. */
  async replayTogether(steps: ReadonlyArray<Step>, actors: ReadonlyArray<Actor>): Promise<void> {
    const trace = await this.begin()
    for (const step of steps) await trace.take(step)
    await trace.takeTogether(actors)
    await trace.end()
  }
}

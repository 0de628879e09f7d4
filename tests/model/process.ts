import { type AuthorizationServer, makeAuthorizationServer, type ServerEvent, type Store } from "@postern/as-core"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { optionsOf } from "./configuration.ts"
import { clockOf } from "../../packages/as-core/test/clock.ts"

/** What a process is about to do to the store. */
export type Change = {
  readonly [Name in Gated]: { readonly name: Name; readonly with: Parameters<Store[Name]>[0] }
}[Gated]
type Gated = (typeof GATED)[number]
/** The transactions that a request ends in, and the second read of an introspection. */
const GATED = ["approve", "approveByConsent", "redeem", "rotate", "endGrant", "remember", "isRemembered"] as const

/** A request that a process is at. */
interface Run {
  /** It waits before a call of the store: the change that it is about to make, and what lets it. */
  paused: PromiseWithResolvers<Paused>
  readonly answer: Promise<Response>
  readonly committed: PromiseWithResolvers<void>
  readonly die: AbortController
}
interface Paused {
  readonly change: Change
  readonly order: (order: "go" | "lose") => void
}

/** One process of the authorization server: its requests stop where the store is about to be changed. */
export class Process {
  readonly #store: Store
  readonly #clock: Clock.Clock
  #server: Promise<AuthorizationServer>
  #run: Run | undefined
  #waiting: Paused | undefined
  /** What it told its operator. */
  readonly events: Array<ServerEvent> = []

  constructor(store: Store, clock: Clock.Clock) {
    this.#store = store
    this.#clock = clock
    this.#server = this.#start()
  }

  #start(): Promise<AuthorizationServer> {
    const store = { ...this.#store }
    const gate =
      <A extends ReadonlyArray<never>, B, E>(name: Gated, method: (...values: A) => Effect.Effect<B, E>) =>
      (...values: A): Effect.Effect<B, E> =>
        this.#pass({ name, with: values[0] } as unknown as Change, method(...values))
    const gated = Object.fromEntries(GATED.map((name) => [name, gate(name, store[name] as never)]))
    const onEvent = (event: ServerEvent) => this.events.push(event)
    return Effect.runPromise(makeAuthorizationServer({ ...optionsOf({ ...store, ...gated }), onEvent }))
  }

  #pass<A, E>(change: Change, transaction: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.gen({ self: this }, function* () {
      const run = this.#run
      if (run === undefined) return yield* transaction
      const order = yield* Effect.promise(
        () => new Promise<"go" | "lose">((order) => run.paused.resolve({ change, order }))
      )
      const outcome = yield* transaction
      if (order === "go") return outcome
      run.committed.resolve()
      return yield* Effect.never
    })
  }

  #at<A, E>(effect: Effect.Effect<A, E>, signal?: AbortSignal): Promise<A> {
    return Effect.runPromise(Effect.provideService(effect, Clock.Clock, this.#clock), signal && { signal })
  }

  /** Begins a request: the change at which it stopped, or its answer where it changes nothing. */
  async begin(request: Request): Promise<Change | Response> {
    const server = await this.#server
    const die = new AbortController()
    const paused = Promise.withResolvers<Paused>()
    const committed = Promise.withResolvers<void>()
    // The run has to be there before the request is.
    const started = Promise.withResolvers<void>()
    const answer = started.promise.then(() => this.#at(server.handle(request), die.signal))
    answer.catch(() => undefined)
    this.#run = { paused, answer, committed, die }
    started.resolve()
    return this.#next(this.#run)
  }

  async #next(run: Run): Promise<Change | Response> {
    const next = await Promise.race([run.paused.promise, run.answer])
    if (next instanceof Response) {
      this.#run = undefined
      return next
    }
    this.#waiting = next
    return next.change
  }

  #stopped(): { readonly run: Run; readonly waiting: Paused } {
    const [run, waiting] = [this.#run, this.#waiting]
    if (run === undefined || waiting === undefined) throw new Error("no request of this process waits")
    run.paused = Promise.withResolvers<Paused>()
    this.#waiting = undefined
    return { run, waiting }
  }

  /** Lets it go on: its answer, or the next change at which it stopped. */
  go(): Promise<Change | Response> {
    const { run, waiting } = this.#stopped()
    waiting.order("go")
    return this.#next(run)
  }

  /** Lets it commit; then it dies, and another one takes its place. */
  async lose(): Promise<void> {
    const { run, waiting } = this.#stopped()
    waiting.order("lose")
    await Promise.race([run.committed.promise, run.answer])
    await this.#die(run)
  }

  /** It dies where it is. */
  crash(): Promise<void> {
    return this.#die(this.#stopped().run)
  }

  async #die(run: Run): Promise<void> {
    run.die.abort()
    await run.answer.catch(() => undefined)
    this.#run = undefined
    this.#server = this.#start()
  }

  /** Removes what has expired. */
  async removeExpired(): Promise<void> {
    // It rests between two batches, and need not here; its deadlines are longer.
    const rest = (duration: Duration.Duration) => (Duration.toMillis(duration) < 1000 ? Effect.void : Effect.never)
    const clock = clockOf(() => this.#clock.currentTimeMillisUnsafe(), rest)
    await Effect.runPromise(Effect.provideService((await this.#server).removeExpired, Clock.Clock, clock))
  }

  /** Does something with the store itself, as an operator would. */
  ask<A, E>(use: (store: Store) => Effect.Effect<A, E>): Promise<A> {
    return this.#at(use(this.#store))
  }
}

import { coveringTraces, type Exploration, explore, traceTo } from "./explore.ts"
import { sample } from "./commands.ts"
import { type Opened, World } from "./world.ts"
import type { Actor, Step } from "./requests.ts"
import { scenarios } from "./scenarios.ts"
import { meetingOf, situationOf } from "./situations.ts"

let known: ReadonlyArray<Exploration> | undefined
/** All that the scenarios can come to. */
export const explored = (): ReadonlyArray<Exploration> => (known ??= scenarios.map((scenario) => explore(scenario)))

/** Traces that take every step of every state of every scenario. */
export const everyStep = (): ReadonlyArray<ReadonlyArray<Step>> => explored().flatMap((one) => coveringTraces(one))

/** Far fewer, which meet every situation that any of those meets; and how many situations there are. */
export const everySituation = (): {
  readonly traces: ReadonlyArray<ReadonlyArray<Step>>
  readonly situations: number
} => {
  const met = new Set<unknown>()
  const traces = explored().flatMap((one) =>
    coveringTraces(one, (before, { step }, after) => situationOf(before, step, after), met)
  )
  return { traces, situations: met.size }
}

/** Where two or three processes are about to change the store, and how they got there. */
export interface Meeting {
  readonly trace: ReadonlyArray<Step>
  readonly actors: ReadonlyArray<Actor>
}

/** Of all states in which processes meet, one for each kind of meeting. */
export const meetings = (): ReadonlyArray<Meeting> => {
  const met = new Set<string>()
  return explored().flatMap((one) =>
    one.nodes.flatMap(({ state }, node): ReadonlyArray<Meeting> => {
      const actors = (["A", "B", "C"] as const).filter((actor) => state.pending[actor] !== undefined)
      const kind = meetingOf(state, Object.values(state.pending))
      if (actors.length < 2 || met.has(kind)) return []
      met.add(kind)
      return [{ trace: traceTo(one, node), actors }]
    })
  )
}

/** How many traces and steps were replayed. */
export interface Replayed {
  readonly traces: number
  readonly steps: number
}

/** Opens stores, does something with them, closes them. */
const on = async (open: () => Promise<Opened>, use: (world: World) => Promise<void>): Promise<Replayed> => {
  const world = new World(await open())
  try {
    await use(world)
    return { traces: world.traces, steps: world.steps }
  } finally {
    await world.close()
  }
}

/** Replays traces of the model on stores; throws `Differs` where the two part. */
export const replay = (open: () => Promise<Opened>, traces: ReadonlyArray<ReadonlyArray<Step>>): Promise<Replayed> =>
  on(open, async (world) => {
    for (const trace of traces) await world.replay(trace)
  })

/** Lets processes that meet go on at the same time, `times` times over. */
export const replayMeetings = (
  open: () => Promise<Opened>,
  met: ReadonlyArray<Meeting>,
  times: number
): Promise<Replayed> =>
  on(open, async (world) => {
    for (let round = 0; round < times; round++) {
      for (const { actors, trace } of met) await world.replayTogether(trace, actors)
    }
  })

/** How many steps a trace has at most that is drawn by lot, those aside with which it begins and ends. */
export const LONGEST = 60

/** Replays traces that are drawn by lot. */
export const replaySample = (
  open: () => Promise<Opened>,
  { runs, seed }: { readonly runs: number; readonly seed: number }
): Promise<Replayed> => on(open, (world) => sample(world, { runs, seed, length: LONGEST }))

/** What `POSTERN_MODEL_RUNS` asks for: so many traces by lot, and then every step of every state too. */
const asked = process.env["POSTERN_MODEL_RUNS"]
const seed = Number(process.env["POSTERN_MODEL_SEED"] ?? Math.floor(Math.random() * 2 ** 31))

/** What a test run replays: without a word the situations, and always the same few traces by lot. */
export const chosen =
  asked === undefined
    ? { traces: () => everySituation().traces, rounds: 1, lots: { runs: 15, seed: 5 } }
    : { traces: everyStep, rounds: 20, lots: { runs: Number(asked), seed } }

/** Milliseconds: long where much was asked for. */
export const timeout = asked === undefined ? 240_000 : 3_600_000

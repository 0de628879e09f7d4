import { type Exchange, makeRecorder } from "./exchanges.ts"
import { makeStory } from "./story.ts"
import type { Outcome } from "./table.ts"
import { startWorld, type World } from "./world.ts"

/** What the story left. */
export interface Played {
  readonly world: World
  readonly exchanges: ReadonlyArray<Exchange>
  readonly outcomes: ReadonlyArray<Outcome>
}

/** Starts the world and plays the whole story in it. The servers run on until `world.close`. */
export const play = async (tell: {
  readonly onStep: (title: string) => void
  readonly onExchange: (exchange: Exchange) => void
}): Promise<Played> => {
  const recorder = makeRecorder(tell.onExchange)
  const world = await startWorld(recorder)
  const outcomes: Array<Outcome> = []
  for (const { expected, run, title } of makeStory(world)) {
    tell.onStep(title)
    // One step that breaks must not hide the others.
    const came = await run().catch(
      (error: unknown) => `broke: ${error instanceof Error ? error.message : String(error)}`
    )
    outcomes.push({ title, expected, came, holds: came === expected })
  }
  return { world, exchanges: recorder.exchanges, outcomes }
}

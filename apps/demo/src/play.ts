import { type Exchange, makeRecorder } from "./exchanges.ts"
import { windowlessLogin } from "./login.ts"
import { ownBrowser } from "./own-browser.ts"
import { makeStory } from "./story.ts"
import type { Outcome } from "./table.ts"
import { startWorld, type World } from "./world.ts"

/** What the story left. */
export interface Played {
  readonly world: World
  readonly exchanges: ReadonlyArray<Exchange>
  readonly outcomes: ReadonlyArray<Outcome>
}

/** Who is told what, and who is at the browser. */
export interface PlayOptions {
  readonly onStep: (title: string) => void
  readonly onExchange: (exchange: Exchange) => void
  /** Told of what a person has to do. With it, they log in with their own browser. */
  readonly onPerson?: ((text: string) => void) | undefined
}

/** Starts the world and plays the whole story in it. The servers run on until `world.close`. */
export const play = async ({ onExchange, onPerson, onStep }: PlayOptions): Promise<Played> => {
  const recorder = makeRecorder(onExchange)
  const own = onPerson && ownBrowser(onPerson)
  const world = await startWorld(own?.watch(recorder) ?? recorder)
  const { password, username } = world.user
  onPerson?.(`Your browser will be opened several times. Sign in as ${username} with the password ${password}.`)
  const outcomes: Array<Outcome> = []
  for (const { expected, run, title } of makeStory(world, own?.login ?? windowlessLogin(world.user))) {
    onStep(title)
    // One step that breaks must not hide the others.
    const came = await run().catch(
      (error: unknown) => `broke: ${error instanceof Error ? error.message : String(error)}`
    )
    outcomes.push({ title, expected, came, holds: came === expected })
  }
  return { world, exchanges: recorder.exchanges, outcomes }
}

import { setTimeout as delay } from "node:timers/promises"
import { BrokenRule } from "../broken-rule.ts"
import type { Fault } from "../stores/faulty.ts"
import type { Kind } from "../stores/ground.ts"
import { clock } from "./clock.ts"
import { fullDisk } from "./full-disk.ts"
import { held } from "./held.ts"
import { late } from "./late.ts"
import type { Scenario } from "./scenario.ts"
import { stalled } from "./stalled.ts"

const scenariosOf = ({ name }: Kind): ReadonlyArray<Scenario> =>
  name === "sqlite" ? [late, held, clock, fullDisk] : [late, held, clock, stalled]

/** More than any of them takes. */
const PATIENCE_MILLIS = 120_000

const inTime = async (scenario: Scenario, ...told: Parameters<Scenario["run"]>): Promise<string> => {
  const stop = new AbortController()
  const late = delay(PATIENCE_MILLIS, undefined, { signal: stop.signal }).then(() => {
    throw new BrokenRule("a request is answered", [`${scenario.name}: it waits for ever`])
  })
  try {
    return `${scenario.name}: ${await Promise.race([scenario.run(...told), late])}`
  } finally {
    stop.abort()
  }
}

/** Runs everything that can go wrong at the same time: most of it waits. Returns a line for each. */
export const runFaults = (
  kind: Kind,
  options: { readonly seed: number; readonly fault?: Fault }
): Promise<ReadonlyArray<string>> => Promise.all(scenariosOf(kind).map((scenario) => inTime(scenario, kind, options)))

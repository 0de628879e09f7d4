// A soak that cannot fail is worth nothing: it is run against stores with a fault each, and has to notice.
import { BrokenRule } from "./broken-rule.ts"
import { runFaults } from "./faults/run.ts"
import { runKills } from "./kills/run.ts"
import { runRaces } from "./races/run.ts"
import { faults, type Fault } from "./stores/faulty.ts"
import { sqlite } from "./stores/sqlite.ts"

const runAgainst = async (fault: Fault, seed: number): Promise<void> => {
  const ground = await sqlite.prepare()
  const options = { seed, fault, tell: () => undefined }
  try {
    switch (faults[fault]) {
      case "races":
        await runRaces(ground, { ...options, rounds: 10 })
        return
      case "kills":
        await runKills(ground, { ...options, kills: 10 })
        return
      case "faults":
        await runFaults(sqlite, options)
    }
  } finally {
    await ground.close()
  }
}

const isFault = (name: string): name is Fault => Object.hasOwn(faults, name)

/** The faults that were not noticed, of all. */
export const runSelfTest = async (seed: number, tell: (line: string) => void): Promise<ReadonlyArray<Fault>> => {
  const missed: Array<Fault> = []
  for (const fault of Object.keys(faults).filter(isFault)) {
    const noticed = await runAgainst(fault, seed).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof BrokenRule) return error.rule
        throw error
      }
    )
    if (noticed === undefined) missed.push(fault)
    tell(`${fault}: ${noticed ?? "NOT NOTICED"}`)
  }
  return missed
}

// A soak that cannot fail is worth nothing: it is run against stores with a fault each, and has to notice.
import { BrokenRule } from "./broken-rule.ts"
import { runClient } from "./client/run.ts"
import type { ClientFault } from "./client/names.ts"
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

const clientFaults: ReadonlyArray<ClientFault> = ["takes-no-lock"]

/** The faults that were not noticed, of all. */
export const runSelfTest = async (
  seed: number,
  tell: (line: string) => void
): Promise<ReadonlyArray<Fault | ClientFault>> => {
  const missed: Array<Fault | ClientFault> = []
  const judge = async (fault: Fault | ClientFault, run: () => Promise<unknown>): Promise<void> => {
    const noticed = await run().then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof BrokenRule) return error.rule
        throw error
      }
    )
    if (noticed === undefined) missed.push(fault)
    tell(`${fault}: ${noticed ?? "NOT NOTICED"}`)
  }
  for (const fault of Object.keys(faults).filter(isFault)) await judge(fault, () => runAgainst(fault, seed))
  for (const fault of clientFaults)
    await judge(fault, () => runClient({ rounds: 50, kills: 0, seed, fault, tell: () => undefined }))
  return missed
}

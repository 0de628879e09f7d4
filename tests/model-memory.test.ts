import { describe, expect, it } from "vitest"
import { chosen, replay, replaySample, timeout } from "./model/run.ts"
import { openMemory } from "./model/stores.ts"

describe("what the model says of a store in memory", () => {
  it("[CON-04] [CON-05] [CON-06] is what three processes do, in every situation", { timeout }, async () => {
    const traces = chosen.traces()
    expect(await replay(openMemory, traces)).toMatchObject({ traces: traces.length })
  })

  it("is what three processes do, in traces drawn by lot", { timeout }, async () => {
    expect(await replaySample(openMemory, chosen.lots)).toMatchObject({ traces: chosen.lots.runs })
  })
})

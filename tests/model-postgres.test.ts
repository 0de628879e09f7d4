import { afterAll, describe, expect, it } from "vitest"
import { dropSchema, newSchema, postgresUrl } from "../packages/as-store-sql/test/postgres.ts"
import { chosen, meetings, replay, replayMeetings, replaySample, timeout } from "./model/run.ts"
import { openPostgres } from "./model/stores.ts"

const schema = newSchema()
const open = async () => openPostgres({ url: await postgresUrl(), schema })
afterAll(() => dropSchema(schema))

describe("what the model says of one PostgreSQL schema", () => {
  it("[CON-03] [CON-04] [CON-05] [REV-08] is what three processes do, in every situation", { timeout }, async () => {
    const traces = chosen.traces()
    expect(await replay(open, traces)).toMatchObject({ traces: traces.length })
  })

  it(
    "[CON-01] [CON-08] is, in one order of theirs, what comes of processes that go on at the same time",
    { timeout },
    async () => {
      const met = meetings()
      const replayed = await replayMeetings(open, met, chosen.rounds)
      expect(replayed).toMatchObject({ traces: met.length * chosen.rounds })
    }
  )

  it("[CON-03] is what three processes do, in traces drawn by lot", { timeout }, async () => {
    expect(await replaySample(open, chosen.lots)).toMatchObject({ traces: chosen.lots.runs })
  })
})

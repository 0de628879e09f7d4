import { parseArgs } from "node:util"

export const USAGE = `pnpm soak [--rounds N] [--kills N] [--store NAME] [--part races|kills|faults|client] [--seed S]
pnpm soak --self-test    break each rule, and see that it is noticed`

export const parts = ["races", "kills", "faults", "client"] as const
export type Part = (typeof parts)[number]

/** What is to be soaked, and for how long. */
export interface Options {
  readonly rounds: number
  readonly kills: number
  /** All of them unless told. */
  readonly store: string | undefined
  readonly parts: ReadonlyArray<Part>
  readonly seed: number
  readonly selfTest: boolean
}

const count = (name: string, text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Error(`--${name} is a number`)
}

/** Reads the command line; throws with what is wrong. */
export const readOptions = (args: ReadonlyArray<string>): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "10000" },
      kills: { type: "string", default: "200" },
      store: { type: "string" },
      part: { type: "string" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
      "self-test": { type: "boolean", default: false }
    }
  })
  const { part, store } = values
  const wanted = parts.filter((one) => part === undefined || one === part)
  if (wanted.length === 0) throw new Error(`--part is one of ${parts.join(", ")}`)
  return {
    rounds: count("rounds", values.rounds),
    kills: count("kills", values.kills),
    store,
    parts: wanted,
    seed: count("seed", values.seed),
    selfTest: values["self-test"]
  }
}

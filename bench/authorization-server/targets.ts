// What the server has to reach, beside what it reached.
import { table } from "../table.ts"

/** Something to reach; where it was measured in two ways both have to. */
export interface Target {
  readonly what: string
  readonly bound: { readonly least: number } | { readonly most: number } | { readonly below: number }
  readonly measured: ReadonlyArray<{ readonly value: number; readonly by?: string }>
  /** A value with its unit. */
  readonly show: (value: number) => string
}

/** A number as times, with three digits that count. */
export const times = (value: number): string => `${Number(value.toPrecision(3))}×`

/** Two loads compared: by how much is done in a second, and by how much one costs. */
export const compared = (
  { cpu, perSecond }: { readonly cpu: number; readonly perSecond: number },
  other: { readonly cpu: number; readonly perSecond: number }
): Target["measured"] => [
  { value: perSecond / other.perSecond, by: "by rate" },
  { value: other.cpu / cpu, by: "by processor time" }
]

const asked = ({ bound, show }: Target): string => {
  if ("least" in bound) return `at least ${show(bound.least)}`
  return "most" in bound ? `at most ${show(bound.most)}` : `under ${show(bound.below)}`
}

const isMet = (bound: Target["bound"], value: number): boolean => {
  if ("least" in bound) return value >= bound.least
  return "most" in bound ? value <= bound.most : value < bound.below
}

/** The targets as a table, which says of each whether it is met. */
export const targetTable = (targets: ReadonlyArray<Target>): string =>
  table(
    ["target", "asked for", "measured", "met"],
    targets.map((target) => {
      const { bound, measured, show, what } = target
      const values = measured.map(({ by, value }) => (by === undefined ? show(value) : `${show(value)} ${by}`))
      const met = measured.every(({ value }) => isMet(bound, value))
      return [what, asked(target), values.join(", "), met ? "yes" : "**no**"]
    })
  )

import { performance } from "node:perf_hooks"

/** The middle of what was measured. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The value that so large a part of what was measured does not exceed. */
export const quantile = (values: ReadonlyArray<number>, part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN

/** Something to be measured, in microseconds per call. */
export type Work = () => unknown

const batch = async (work: Work, calls: number): Promise<number> => {
  const start = performance.now()
  for (let call = 0; call < calls; call++) {
    const value = work()
    if (value instanceof Promise) await value
  }
  return ((performance.now() - start) * 1000) / calls
}

/**
 * The median microseconds per call of several things, warm. They take turns, batch by batch, so that a slow moment of
 * the machine meets all of them. A call that takes longer than a batch is a batch.
 */
export const medians = async <Name extends string>(
  works: Readonly<Record<Name, Work>>,
  options: { readonly batches: number; readonly batchMillis: number }
): Promise<Readonly<Record<Name, number>>> => {
  const runs = []
  for (const [name, work] of Object.entries<Work>(works)) {
    // One call says how many fit a batch; half a batch warms up.
    const first = await batch(work, 1)
    const slow = first > 200_000
    const warm = slow ? first : await batch(work, callsFor(first, options.batchMillis / 2))
    const batches = slow ? Math.min(3, options.batches) : options.batches
    runs.push({ name, work, batches, calls: callsFor(warm, options.batchMillis), times: new Array<number>() })
  }
  for (let round = 0; round < options.batches; round++) {
    for (const { batches, calls, times, work } of runs) {
      if (round < batches) times.push(await batch(work, calls))
    }
  }
  return Object.fromEntries(runs.map(({ name, times }) => [name, median(times)])) as Record<Name, number>
}

const callsFor = (microseconds: number, millis: number): number =>
  Math.max(1, Math.min(20_000, Math.round((millis * 1000) / microseconds)))

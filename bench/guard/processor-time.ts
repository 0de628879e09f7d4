// Work measured by the processor's time, which another process on the machine cannot take.

/** Microseconds of processor time and of the clock, per call. */
export interface Cost {
  readonly cpu: number
  readonly wall: number
}

/** Runs a burst and says what one of its calls cost. */
export const burst = async (calls: number, work: () => Promise<void> | void): Promise<Cost> => {
  const wall = performance.now()
  const cpu = process.cpuUsage()
  await work()
  const { system, user } = process.cpuUsage(cpu)
  return { cpu: (user + system) / calls, wall: ((performance.now() - wall) * 1000) / calls }
}

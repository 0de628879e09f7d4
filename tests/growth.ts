const cpuMicros = async (work: () => unknown): Promise<number> => {
  const before = process.cpuUsage()
  await work()
  const { system, user } = process.cpuUsage(before)
  return user + system
}

/**
 * How much more one large input costs than small ones of the same total size: about 1 where the cost is linear in the
 * size, about `factor` (64) where it is quadratic. It counts CPU time and not the clock's, and the least of several tries, so
 * that a busy machine changes little. A test expects less than 12.
 */
export const growth = async <Input>(
  size: number,
  make: (size: number) => Input,
  run: (input: Input) => unknown,
  factor = 64
): Promise<number> => {
  const small = make(size)
  const large = make(size * factor)
  const tries: Array<number> = []
  for (let attempt = 0; attempt < 5; attempt++) {
    const many = await cpuMicros(async () => {
      for (let round = 0; round < factor; round++) await run(small)
    })
    const one = await cpuMicros(() => run(large))
    tries.push(one / Math.max(many, 2000))
  }
  return Math.min(...tries)
}

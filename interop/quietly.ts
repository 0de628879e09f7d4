/** Does some work of others while nothing that they print is shown. */
export const quietly = async <A>(work: () => Promise<A>): Promise<A> => {
  const { error, log, warn } = console
  Object.assign(console, { log: () => undefined, warn: () => undefined, error: () => undefined })
  try {
    return await work()
  } finally {
    Object.assign(console, { log, warn, error })
  }
}

/** Runs something after so many milliseconds; what comes back stops it. */
export type Schedule = (millis: number, run: () => void) => () => void

// A platform's timer takes 31 bits, and fires at once when it is given more.
const LONGEST_MILLIS = 2_147_483_647

/** The platform's timer, for any length; where there is `unref`, it keeps no process alive. */
export const scheduleTimer: Schedule = (millis, run) => {
  let cancel = () => {}
  const wait = (left: number): void => {
    const step = Math.min(left, LONGEST_MILLIS)
    const timer = setTimeout(() => (left > step ? wait(left - step) : run()), step)
    cancel = () => clearTimeout(timer)
    const held: unknown = timer
    if (typeof held === "object" && held !== null && "unref" in held && typeof held.unref === "function") held.unref()
  }
  wait(millis)
  return () => cancel()
}

/**
 * A stream that ends cleanly after so many milliseconds, if it did not before; what feeds it is cancelled then. The timer
 * stops when the stream ends, fails or is left by its reader.
 */
export const endStream = (
  source: ReadableStream<Uint8Array<ArrayBuffer>>,
  afterMillis: number,
  schedule: Schedule
): ReadableStream<Uint8Array<ArrayBuffer>> => {
  const reader = source.getReader()
  let ended = false
  let stop = () => {}
  const finish = () => {
    ended = true
    stop()
  }
  const end = (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
    finish()
    controller.close()
    // Whether the handler's stream could be cancelled changes nothing for the one who reads ours.
    void reader.cancel().catch(() => undefined)
  }
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start: (controller) => {
        if (afterMillis <= 0) end(controller)
        else stop = schedule(afterMillis, () => end(controller))
      },
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read()
          if (ended) return
          if (!done) return controller.enqueue(value)
          finish()
          controller.close()
        } catch (error) {
          if (ended) return
          finish()
          controller.error(error)
        }
      },
      cancel: (reason) => {
        finish()
        return reader.cancel(reason)
      }
    },
    // Nothing is read ahead of the client.
    { highWaterMark: 0 }
  )
}

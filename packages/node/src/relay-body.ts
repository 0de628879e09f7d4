/** What is done on the way of a body. */
export interface Relay {
  /** Told once, before the first piece is asked for. */
  readonly onBegin?: () => void
  /** What the reader learns of an error, in its place. */
  readonly onError?: (error: unknown) => unknown
}

/** Passes a body on, and reads nothing of it ahead of who reads it. */
export const relayBody = <Chunk>(
  body: ReadableStream<Chunk>,
  { onBegin, onError = (error) => error }: Relay
): ReadableStream<Chunk> => {
  let hasBegun = false
  const reader = body.getReader()
  return new ReadableStream<Chunk>(
    {
      pull: async (controller) => {
        if (!hasBegun) onBegin?.()
        hasBegun = true
        try {
          const { done, value } = await reader.read()
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          controller.error(onError(error))
        }
      },
      cancel: (reason) => reader.cancel(reason)
    },
    { highWaterMark: 0 }
  )
}

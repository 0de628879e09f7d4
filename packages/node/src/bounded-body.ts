/** A request body that ends with an error where it grows beyond its bound. */
export interface BoundedBody {
  readonly stream: ReadableStream<Uint8Array>
  /** Whether the bound was passed. */
  readonly exceeded: () => boolean
}

/** Counts what passes and stops at `maximumBytes`. */
export const boundBody = (body: ReadableStream<Uint8Array>, maximumBytes: number): BoundedBody => {
  let bytes = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytes += chunk.byteLength
      if (bytes > maximumBytes) controller.error(new Error("the request body is too large"))
      else controller.enqueue(chunk)
    }
  })
  return { stream: body.pipeThrough(counter), exceeded: () => bytes > maximumBytes }
}

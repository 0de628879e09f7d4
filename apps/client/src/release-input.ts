import type { Readable } from "node:stream"

/** Reads no more of an input, which would keep the program alive. */
export const releaseInput = (input: Readable): void => {
  input.pause()
  if ("unref" in input && typeof input.unref === "function") input.unref()
}

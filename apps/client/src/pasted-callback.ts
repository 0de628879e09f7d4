import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { releaseInput } from "./release-input.ts"

/**
 * The callback URL that somebody pastes: the first line that begins with the redirect URI. Other lines are told to `refused`.
 * Where the input ends without one, nothing ever comes. It is checked by the flow like any other.
 */
export const pastedCallback = (
  redirectUri: string,
  input: Readable,
  refused: () => void
): { readonly callback: Promise<string>; readonly close: () => void } => {
  const lines = createInterface({ input })
  const callback = new Promise<string>((resolve) => {
    lines.on("line", (line) => {
      const text = line.trim()
      if (text.startsWith(`${redirectUri}?`)) resolve(text)
      else if (text !== "") refused()
    })
  })
  return {
    callback,
    close: () => {
      lines.close()
      releaseInput(input)
    }
  }
}

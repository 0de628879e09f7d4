import { Failure } from "@postern/rejection"
import * as Effect from "effect/Effect"
import { type FetchKeys, maximumKeySetLength } from "./key-source.ts"

class FetchFailed extends Failure("FetchFailed") {}

const readBounded = async (response: Response): Promise<string> => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  let text = ""
  // After decompression, chunk by chunk: a small body that inflates is stopped where it passes the limit.
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > maximumKeySetLength) break
  }
  return text
}

/** Key sets through a `fetch` of the platform: redirects are not followed and no more is read than a key set may have. */
export const fromWebFetch =
  (fetch: typeof globalThis.fetch): FetchKeys =>
  (url) =>
    Effect.tryPromise({
      try: async (signal) => {
        const response = await fetch(url, { redirect: "manual", signal, headers: { accept: "application/json" } })
        return { status: response.status, text: await readBounded(response) }
      },
      catch: (cause) => new FetchFailed({ cause })
    })

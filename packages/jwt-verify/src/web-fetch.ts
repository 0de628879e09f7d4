import { Failure } from "@postern/rejection"
import * as Effect from "effect/Effect"
import { type FetchDocument, maximumDocumentLength } from "./fetch-document.ts"

class FetchFailed extends Failure("FetchFailed") {}

const readBounded = async (response: Response): Promise<string> => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  let text = ""
  // After decompression, chunk by chunk: a small body that inflates is stopped where it passes the limit.
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > maximumDocumentLength) break
  }
  return text
}

/** Documents through a `fetch` of the platform: redirects are not followed and no more is read than a document may have. */
export const fromWebFetch =
  (fetch: typeof globalThis.fetch): FetchDocument =>
  ({ url }) =>
    Effect.tryPromise({
      try: async (signal) => {
        const response = await fetch(url, { redirect: "manual", signal, headers: { accept: "application/json" } })
        return { status: response.status, headers: response.headers, text: await readBounded(response) }
      },
      catch: (cause) => new FetchFailed({ cause })
    })

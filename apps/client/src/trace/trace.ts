import type { Transport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import { entryOf, type Received, type Sent } from "./entry.ts"
import type { Entry, Har } from "./har.ts"
import { makeMask, MASKED } from "./mask.ts"
import { writeTraceFile } from "./trace-file.ts"

/** Writes down every request of a run, without secrets. */
export interface Trace {
  /** Traces what goes through a transport: documents, registration, tokens. */
  readonly transport: (transport: Transport) => Transport
  /** Traces what goes to the MCP server; a stream is passed on and not read. */
  readonly fetch: typeof globalThis.fetch
  /** What the browser did, as far as it can be seen from here. */
  readonly browser: (url: string, comment: string) => void
  /** Puts all of it into a file that its owner alone may read. */
  readonly write: (path: string) => Promise<void>
}

// An answer whose end does not come must not keep the program.
const PATIENCE_MILLIS = 1000

/** Whether a value that was taken out is one that no honest text has by chance: a server may put it into an error's description. */
const isSecretLike = (value: string): boolean => /^(?=.*[A-Z0-9])[\w.~+/=-]{16,}$/.test(value)

/** Makes an empty trace. */
export const makeTrace = (creator: Har["log"]["creator"], fetch = globalThis.fetch, now = Date.now): Trace => {
  const entries: Array<Entry> = []
  const open: Array<Promise<void>> = []
  const secrets = new Set<string>()
  const mask = makeMask((value) =>
    value
      .split(" ")
      .filter(isSecretLike)
      .forEach((secret) => secrets.add(secret))
  )
  const add = (sent: Sent, received?: Received, comment?: string) =>
    void entries.push(entryOf(mask, sent, received, comment))

  const traceTransport = (transport: Transport): Transport => ({
    fetch: (request) =>
      Effect.suspend(() => {
        const { body, headers, method = "GET", url } = request
        const sent = { method, url, headers: new Headers(headers), body, at: now() }
        return transport.fetch(request).pipe(
          Effect.tap(({ headers, status, text }) =>
            Effect.sync(() => add(sent, { status, headers, body: text, at: now() }))
          ),
          Effect.tapError(({ message }) => Effect.sync(() => add(sent, undefined, message)))
        )
      })
  })

  const traceFetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { headers, method, url } = request
    const body = request.body === null ? undefined : await request.clone().text()
    const sent = { method, url, headers, body, at: now() }
    const response = await fetch(request).catch((error: unknown) => {
      add(sent, undefined, "no answer came")
      throw error
    })
    const { headers: answered, status } = response
    const finish = (text: string | undefined, comment?: string) =>
      add(sent, { status, headers: answered, body: text, at: now() }, comment)
    if (/\bjson\b/.test(answered.get("content-type") ?? "")) {
      open.push(
        response
          .clone()
          .text()
          .then(finish, () => finish(undefined, "the answer broke off"))
      )
    } else finish(response.body === null ? "" : undefined)
    return response
  }

  return {
    transport: traceTransport,
    fetch: traceFetch,
    browser: (url, comment) =>
      add({ method: "GET", url, headers: new Headers(), body: undefined, at: now() }, undefined, comment),
    write: async (path) => {
      const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLIS).unref())
      await Promise.race([Promise.all(open), patience])
      const ordered = entries.toSorted((left, right) => left.startedDateTime.localeCompare(right.startedDateTime))
      const har: Har = { log: { version: "1.2", creator, entries: ordered } }
      const text = [...secrets].reduce(
        (text, secret) => text.replaceAll(secret, MASKED),
        JSON.stringify(har, undefined, 2)
      )
      await writeTraceFile(path, `${text}\n`)
    }
  }
}

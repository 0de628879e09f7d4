// What the three servers share: their keys, their answer, and the processor time that they report when they are asked.
import type { JSONWebKeySet } from "jose"
import { reportProcessorTime } from "../server-process.ts"

/** The key set of the run; answers each message of the parent with the processor time used so far, in microseconds. */
export const begin = (): { readonly jwks: JSONWebKeySet } => {
  reportProcessorTime()
  return { jwks: JSON.parse(process.env["BENCH_JWKS"] ?? "") }
}

/** The answer to a tool call. */
export const answerOf = (id: number, subject: string): string =>
  `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"no notes of ${subject}"}]}}`

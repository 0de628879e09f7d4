import { Rejection } from "@postern/rejection"

/** What is wrong with a scope: a token outside the grammar (or an empty one), or a bound that it goes over. */
export type ScopeProblem = "token" | "too-long" | "too-many-tokens"

const SENTENCES: Readonly<Record<ScopeProblem, string>> = {
  token: "the scope has a token that is empty or has a character outside printable ASCII, or a quote or backslash",
  "too-long": "the scope is longer than is accepted",
  "too-many-tokens": "the scope has more tokens than are accepted"
}

/**
 * A scope that is not one: `reason` says how, `position` is the index of the offending token (counted from 0) where one
 * token is to blame. The text itself is not repeated: it may hold anything.
 */
export class ScopeMalformed extends Rejection("ScopeMalformed", "RFC 6749 section 3.3")<{
  readonly reason: ScopeProblem
  readonly position?: number | undefined
}> {
  override get message() {
    return this.position === undefined
      ? SENTENCES[this.reason]
      : `${SENTENCES[this.reason]} (token ${this.position + 1})`
  }
}

import * as Result from "effect/Result"
import { ScopeMalformed } from "./scope-malformed.ts"
import type { ScopeSet } from "./set.ts"
import { isScopeToken } from "./token.ts"

/** How much of a scope is read; what goes over is refused, never cut. */
export interface ScopeBounds {
  /** At most so many tokens, repetitions counted; 64 unless told. */
  readonly maximumTokens?: number | undefined
  /** At most so many characters in all, the spaces between tokens included; 4096 unless told. */
  readonly maximumLength?: number | undefined
}

/**
 * Reads a `scope` value: `scope = scope-token *( SP scope-token )` (RFC 6749 section 3.3). Absent and empty are the empty
 * set, a repeated token counts once, and two spaces, a space at an end, a tab or any other character outside the grammar
 * is {@link ScopeMalformed}.
 */
export const parseScope = (
  text: string | undefined,
  bounds: ScopeBounds = {}
): Result.Result<ScopeSet, ScopeMalformed> => {
  if (text === undefined || text === "") return Result.succeed(new Set())
  // Before the split: a hostile megabyte is not cut into pieces first.
  if (text.length > (bounds.maximumLength ?? 4096)) return Result.fail(new ScopeMalformed({ reason: "too-long" }))
  return scopeSet(text.split(" "), bounds)
}

/**
 * Makes a set of single tokens, such as the members of `scopes_supported`; the same grammar and the same bounds as
 * {@link parseScope}, and an iterable without end is not read beyond them.
 */
export const scopeSet = (
  tokens: Iterable<string>,
  { maximumTokens = 64, maximumLength = 4096 }: ScopeBounds = {}
): Result.Result<ScopeSet, ScopeMalformed> => {
  const set = new Set<string>()
  let position = 0
  let length = -1
  for (const token of tokens) {
    if (position >= maximumTokens) return Result.fail(new ScopeMalformed({ reason: "too-many-tokens" }))
    length += token.length + 1
    if (length > maximumLength) return Result.fail(new ScopeMalformed({ reason: "too-long" }))
    if (!isScopeToken(token)) return Result.fail(new ScopeMalformed({ reason: "token", position }))
    set.add(token)
    position++
  }
  return Result.succeed(set)
}

/** The `scope` value of a set: its tokens, one space between them (RFC 6749 section 3.3); empty for an empty set. */
export const formatScope = (set: Iterable<string>): string => [...set].join(" ")

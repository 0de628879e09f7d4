/** Scope tokens, each once, in the order in which they were first seen; never changed after it is made. */
export interface ScopeSet extends ReadonlySet<string> {}

/** The tokens of `a`, then those of `b` that `a` lacks. */
export const union = (a: ScopeSet, b: ScopeSet): ScopeSet => new Set([...a, ...b])

/** The tokens of `a` that are also in `b`, in the order of `a`. */
export const intersection = (a: ScopeSet, b: ScopeSet): ScopeSet => new Set([...a].filter((token) => b.has(token)))

/** The tokens of `a` that are not in `b`, in the order of `a`. */
export const difference = (a: ScopeSet, b: ScopeSet): ScopeSet => new Set([...a].filter((token) => !b.has(token)))

/** Whether every token of `a` is in `b`: compared exactly, so that `files:*` is a token like any other. */
export const isSubset = (a: ScopeSet, b: ScopeSet): boolean => {
  for (const token of a) if (!b.has(token)) return false
  return true
}

import { Rejection } from "@postern/rejection"
import * as Result from "effect/Result"
import { ScopeMalformed } from "./scope-malformed.ts"
import { difference, type ScopeSet } from "./set.ts"
import { isScopeToken } from "./token.ts"

/**
 * A hierarchy in which a scope implies itself, directly or through others. `cycle` names the scopes in order and ends with
 * the one it began with: `["a", "b", "a"]`.
 */
export class HierarchyCyclic extends Rejection(
  "HierarchyCyclic",
  "MCP Authorization section Step-Up Authorization Flow"
)<{ readonly cycle: ReadonlyArray<string> }> {
  override get message() {
    const shown = this.cycle.length > 12 ? [...this.cycle.slice(0, 6), "…", ...this.cycle.slice(-5)] : this.cycle
    return `the scope hierarchy has a cycle: ${shown.join(" implies ")}`
  }
}

/** Which scopes a scope implies, through any number of steps. What is not listed implies nothing: there are no wildcards. */
export interface ScopeHierarchy {
  /** What was granted, then everything that it implies. */
  readonly expand: (granted: ScopeSet) => ScopeSet
  /** Whether what was granted is, or implies, all that is needed. */
  readonly covers: (granted: ScopeSet, needed: ScopeSet) => boolean
  /** What of `needed` is neither granted nor implied, in the order of `needed`. */
  readonly missing: (granted: ScopeSet, needed: ScopeSet) => ScopeSet
}

/**
 * Builds a hierarchy from each scope's direct implications, for example `{ admin: ["write"], write: ["read"] }`. A token
 * outside the grammar of RFC 6749 section 3.3 and a cycle, self-implication included, are refused. Takes time linear in
 * the number of implications, and so does every query; neither uses the call stack for depth.
 */
export const makeHierarchy = (
  implies: Readonly<Record<string, ReadonlyArray<string>>>
): Result.Result<ScopeHierarchy, HierarchyCyclic | ScopeMalformed> => {
  // Own members into a Map: `__proto__` and `constructor` are scopes like any other.
  const edges: Edges = new Map(Object.entries(implies).map(([scope, implied]) => [scope, [...implied]]))
  for (const [scope, implied] of edges) {
    if (![scope, ...implied].every(isScopeToken)) return Result.fail(new ScopeMalformed({ reason: "token" }))
  }
  const cycle = findCycle(edges)
  return cycle ? Result.fail(new HierarchyCyclic({ cycle })) : Result.succeed(hierarchyOf(edges))
}

type Edges = ReadonlyMap<string, ReadonlyArray<string>>

const hierarchyOf = (edges: Edges): ScopeHierarchy => {
  const expand = (granted: ScopeSet): ScopeSet => {
    const all = new Set(granted)
    // A Set's iteration reaches what is added during it, so this is the closure.
    for (const scope of all) for (const implied of edges.get(scope) ?? []) all.add(implied)
    return all
  }
  const missing = (granted: ScopeSet, needed: ScopeSet): ScopeSet => difference(needed, expand(granted))
  return { expand, missing, covers: (granted, needed) => missing(granted, needed).size === 0 }
}

/** The hierarchy in which a scope implies nothing but itself. */
export const emptyHierarchy: ScopeHierarchy = /*#__PURE__*/ hierarchyOf(new Map())

/** Depth first with a path of our own, so that depth costs no call stack; the first cycle found, or `undefined`. */
const findCycle = (edges: Edges): ReadonlyArray<string> | undefined => {
  const finished = new Set<string>()
  for (const start of edges.keys()) {
    const path: Array<{ readonly scope: string; readonly rest: Iterator<string> }> = []
    const onPath = new Set<string>()
    const enter = (scope: string): void => {
      path.push({ scope, rest: (edges.get(scope) ?? []).values() })
      onPath.add(scope)
    }
    if (!finished.has(start)) enter(start)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.rest.next()
      if (next.done) {
        path.pop()
        onPath.delete(top.scope)
        finished.add(top.scope)
      } else if (onPath.has(next.value)) {
        const scopes = path.map(({ scope }) => scope)
        return [...scopes.slice(scopes.indexOf(next.value)), next.value]
      } else if (!finished.has(next.value)) {
        enter(next.value)
      }
    }
  }
  return undefined
}

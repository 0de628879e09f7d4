import * as Result from "effect/Result"
import type { ScopeHierarchy } from "./hierarchy.ts"
import type { Operation } from "./operation.ts"
import type { PolicyInvalid } from "./policy-invalid.ts"
import { type CheckedOptions, checkOptions, type PolicyOptions } from "./policy-options.ts"
import { ruleFinder, type RuleTables } from "./rules.ts"
import type { ScopeSet } from "./set.ts"

/** Whether scopes open operations, and if not, why. */
export type PolicyDecision =
  | { readonly _tag: "Allowed" }
  /** No rule names the operation, so no scope opens it. */
  | { readonly _tag: "Unnamed"; readonly operation: Operation }
  /** `needed`: all of them, the base scopes first; `missing`: those not held or implied; `closed`: of those, what no client may step up to. */
  | {
      readonly _tag: "Insufficient"
      readonly needed: ReadonlyArray<string>
      readonly missing: ReadonlyArray<string>
      readonly closed: ReadonlyArray<string>
    }

/** Which scopes operations need, and whether given ones are enough. */
export interface OperationPolicy {
  readonly hasPublic: boolean
  /** Whether every one of them is public (an empty list is not). */
  readonly isPublic: (operations: ReadonlyArray<Operation>) => boolean
  /** The union that all need together, the base scopes first; `undefined` when no rule names one of them. */
  readonly needed: (operations: ReadonlyArray<Operation>) => ScopeSet | undefined
  /** Whether the granted scopes open all of them. A set is never changed after it was given here: what it implies is kept. */
  readonly decide: (granted: ScopeSet, operations: ReadonlyArray<Operation>) => PolicyDecision
  /** The scopes of `default`. */
  readonly base: ScopeSet
  /** Every scope that any rule names. */
  readonly scopes: ScopeSet
  readonly hierarchy: ScopeHierarchy
}

/**
 * Makes the policy that operations are decided by (MCP authorization, section Runtime Insufficient Scope Errors). What no
 * rule names is refused; options that are wrong, or not known, are {@link PolicyInvalid}.
 */
export const makePolicy = (options: PolicyOptions): Result.Result<OperationPolicy, PolicyInvalid> =>
  Result.map(checkOptions(options), policyOf)

const ALLOWED: PolicyDecision = /*#__PURE__*/ Object.freeze({ _tag: "Allowed" })

const policyOf = ({ base, closed, hierarchy, impliesAny, tables }: CheckedOptions): OperationPolicy => {
  const find = ruleFinder(tables)
  const everyRule = rulesOf(tables)

  const isPublic = (operations: ReadonlyArray<Operation>): boolean =>
    operations.length > 0 && operations.every((operation) => find(operation)?.isPublic === true)

  const needed = (operations: ReadonlyArray<Operation>): ScopeSet | undefined => {
    const all = new Set<string>()
    for (const operation of operations) {
      const rule = find(operation)
      if (rule === undefined) return undefined
      for (const scope of rule.needed) all.add(scope)
    }
    return all
  }

  // Of a token that is remembered the set is the same object each time.
  const expansions = new WeakMap<ScopeSet, ScopeSet>()
  const held = (granted: ScopeSet): ScopeSet => {
    if (!impliesAny) return granted
    const known = expansions.get(granted)
    if (known) return known
    const expansion = hierarchy.expand(granted)
    expansions.set(granted, expansion)
    return expansion
  }

  const insufficient = (scopes: ScopeSet, operations: ReadonlyArray<Operation>): PolicyDecision => {
    const all = [...(needed(operations) ?? [])]
    const missing = all.filter((scope) => !scopes.has(scope))
    return { _tag: "Insufficient", needed: all, missing, closed: missing.filter((scope) => closed.has(scope)) }
  }

  const decide = (granted: ScopeSet, operations: ReadonlyArray<Operation>): PolicyDecision => {
    const scopes = held(granted)
    let enough = true
    for (const operation of operations) {
      const rule = find(operation)
      // Before the scopes: no scope that could be asked for would open it.
      if (rule === undefined) return { _tag: "Unnamed", operation }
      for (const scope of rule.needed) if (!scopes.has(scope)) enough = false
    }
    return enough ? ALLOWED : insufficient(scopes, operations)
  }

  return {
    hasPublic: everyRule.some((rule) => rule.isPublic),
    isPublic,
    needed,
    decide,
    base,
    scopes: new Set([...base, ...everyRule.flatMap((rule) => rule.needed)]),
    hierarchy
  }
}

const rulesOf = ({ methods, prompts, resources, tools }: RuleTables) =>
  [methods, tools, prompts, resources].flatMap((table) => [...table.values()])

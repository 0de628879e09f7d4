import { type ScopeSet, union } from "@postern/scope"

/** What a request wants to do. */
export type Operation =
  | { readonly kind: "tool"; readonly name: string }
  | { readonly kind: "method"; readonly name: string }
  /** A stream opened by GET, a session ended by DELETE. */
  | { readonly kind: "session" }
  /** The client's answer to a request of the server. */
  | { readonly kind: "response" }

/** Which scopes an operation needs. */
export interface Policy {
  /** What every operation needs; `undefined` when only what a rule names is allowed. */
  readonly base: ScopeSet | undefined
  readonly methods: ReadonlyMap<string, ScopeSet>
  readonly tools: ReadonlyMap<string, ScopeSet>
}

const findRule = ({ methods, tools }: Policy, operation: Operation): ScopeSet | undefined => {
  if (operation.kind === "tool") return tools.get(operation.name) ?? methods.get("tools/call")
  return operation.kind === "method" ? methods.get(operation.name) : undefined
}

const neededByOne = (policy: Policy, operation: Operation): ScopeSet | undefined => {
  const rule = findRule(policy, operation)
  return rule && policy.base ? union(policy.base, rule) : (rule ?? policy.base)
}

/**
 * The scopes that all of these operations need together: the base scopes and those of each one's rule. `undefined` when
 * no rule names one of them and there are no base scopes.
 */
export const neededScopes = (policy: Policy, operations: ReadonlyArray<Operation>): ScopeSet | undefined =>
  operations
    .map((operation) => neededByOne(policy, operation))
    .reduce((all, needed) => all && needed && union(all, needed), new Set<string>())

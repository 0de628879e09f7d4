import { difference, type ScopeSet } from "@postern/scope"
import type { ResourceSettings } from "./settings.ts"
import type { Allowance } from "./store.ts"

/** A scope that is asked for, as one of its resources describes it. */
export interface DescribedScope {
  readonly scope: string
  readonly description: string
  readonly administratorsOnly: boolean
}

/** What of a scope a person may grant now, and what is kept from them. */
export interface Grantable {
  readonly granted: ScopeSet
  readonly withheld: ScopeSet
}

/** Each scope with its description; kept for administrators where any of the resources keeps it so. */
export const describeScopes = (
  scopes: Iterable<string>,
  resources: ReadonlyArray<ResourceSettings>
): ReadonlyArray<DescribedScope> =>
  [...scopes].flatMap((scope) => {
    const described = resources.flatMap((resource) => resource.scopes.get(scope) ?? [])
    const [first] = described
    return first === undefined
      ? []
      : [{ scope, description: first.description, administratorsOnly: described.some((one) => one.administratorsOnly) }]
  })

/** By what right a scope that is kept for administrators may be given all the same. */
export interface Authority {
  /** The person's roles of this moment; none where a client acts for itself. */
  readonly roles: ReadonlyArray<string>
  /** What an administrator allowed this person or this client beforehand. */
  readonly allowances: ReadonlyArray<Pick<Allowance, "resource" | "scope">>
}

/** Whether any of the scopes is kept for administrators: only then do roles and allowances matter. */
export const keepsAny = (scopes: Iterable<string>, resources: ReadonlyArray<ResourceSettings>): boolean =>
  describeScopes(scopes, resources).some((one) => one.administratorsOnly)

/**
 * Splits a scope by who may grant it now: an administrator all, others what is not kept for administrators, or what was allowed
 * beforehand at each resource that keeps it.
 */
export const splitByAuthority = (
  scopes: Iterable<string>,
  resources: ReadonlyArray<ResourceSettings>,
  { allowances, roles }: Authority
): Grantable => {
  const isAllowed = (scope: string) =>
    resources
      .filter((one) => one.scopes.get(scope)?.administratorsOnly)
      .every(({ resource }) => allowances.some((one) => one.resource === resource && one.scope === scope))
  const all = describeScopes(scopes, resources)
  const granted = new Set(
    all.flatMap(({ scope }) => (roles.includes("administrator") || isAllowed(scope) ? [scope] : []))
  )
  return { granted, withheld: difference(new Set(all.map((one) => one.scope)), granted) }
}

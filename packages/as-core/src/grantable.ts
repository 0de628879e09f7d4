import type { ScopeSet } from "@postern/scope"
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
export const keepsAny = (scopes: ReadonlyArray<string>, resources: ReadonlyArray<ResourceSettings>): boolean =>
  scopes.some((scope) => resources.some((one) => isKept(scope, one)))

const isKept = (scope: string, { scopes }: ResourceSettings): boolean => scopes.get(scope)?.administratorsOnly === true

/**
 * Splits a scope by who may grant it now: an administrator all, others what is not kept for administrators, or what was allowed
 * beforehand at each resource that keeps it. What none of the resources knows is in neither part.
 */
export const splitByAuthority = (
  scopes: Iterable<string>,
  resources: ReadonlyArray<ResourceSettings>,
  { allowances, roles }: Authority
): Grantable => {
  const isAdministrator = roles.includes("administrator")
  const isAllowed = (scope: string) =>
    resources.every(
      (one) =>
        !isKept(scope, one) ||
        allowances.some(({ resource, scope: allowed }) => resource === one.resource && allowed === scope)
    )
  const granted = new Set<string>()
  const withheld = new Set<string>()
  for (const scope of scopes) {
    if (!resources.some((one) => one.scopes.has(scope))) continue
    if (isAdministrator || isAllowed(scope)) granted.add(scope)
    else withheld.add(scope)
  }
  return { granted, withheld }
}

import { difference, type ScopeSet } from "@postern/scope"
import type { Person } from "./people.ts"
import type { ResourceSettings } from "./settings.ts"

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

/** Splits a scope by the person's roles of this moment: `administrator` may grant all, others what is not kept for administrators. */
export const splitByRole = (
  scopes: Iterable<string>,
  resources: ReadonlyArray<ResourceSettings>,
  person: Person
): Grantable => {
  const all = describeScopes(scopes, resources)
  const granted = new Set(
    all.filter((one) => !one.administratorsOnly || person.roles.includes("administrator")).map((one) => one.scope)
  )
  return { granted, withheld: difference(new Set(all.map((one) => one.scope)), granted) }
}

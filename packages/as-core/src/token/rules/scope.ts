import { intersection, isSubset, type ScopeSet } from "@postern/scope"
import * as Result from "effect/Result"
import { splitByRole } from "../../grantable.ts"
import type { Person } from "../../people.ts"
import { GrantInvalid, ScopeRefused } from "../../rejections.ts"
import type { ResourceSettings } from "../../settings.ts"

/**
 * The scope of this access token: what was granted, as far as the token's resources know it and the person may still grant it,
 * narrowed to what the request names. More than was granted is refused (OAuth 2.1 section 4.3.1).
 */
export const decideTokenScope = (facts: {
  readonly asked: ScopeSet | undefined
  readonly granted: ReadonlyArray<string>
  readonly resources: ReadonlyArray<ResourceSettings>
  readonly person: Person
}): Result.Result<ScopeSet, ScopeRefused | GrantInvalid> => {
  const { asked, granted, resources, person } = facts
  if (asked !== undefined && !isSubset(asked, new Set(granted))) {
    return Result.fail(new ScopeRefused({ reason: "not-granted" }))
  }
  const possible = splitByRole(granted, resources, person).granted
  if (possible.size === 0) return Result.fail(new GrantInvalid({ reason: "scope" }))
  const scope = asked === undefined ? possible : intersection(possible, asked)
  return scope.size > 0 ? Result.succeed(scope) : Result.fail(new ScopeRefused({ reason: "not-granted" }))
}

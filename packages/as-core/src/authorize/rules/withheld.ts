import * as Result from "effect/Result"
import { splitByRole } from "../../grantable.ts"
import type { Person } from "../../people.ts"
import { ScopeWithheld } from "../../rejections.ts"
import type { ResourceSettings } from "../../settings.ts"

/** Of what is asked for, the person can grant something: a page on which nothing can be ticked is not shown. */
export const checkGrantable = (facts: {
  readonly scope: Iterable<string>
  readonly resources: ReadonlyArray<ResourceSettings>
  readonly person: Person | undefined
}): Result.Result<void, ScopeWithheld> =>
  facts.person === undefined || splitByRole(facts.scope, facts.resources, facts.person).granted.size > 0
    ? Result.void
    : Result.fail(new ScopeWithheld())

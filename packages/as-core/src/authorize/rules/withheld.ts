import * as Result from "effect/Result"
import { type Authority, splitByAuthority } from "../../grantable.ts"
import { ScopeWithheld } from "../../rejections.ts"
import type { ResourceSettings } from "../../settings.ts"

/** Of what is asked for, the person can grant something: a page on which nothing can be ticked is not shown. */
export const checkGrantable = (facts: {
  readonly scope: Iterable<string>
  readonly resources: ReadonlyArray<ResourceSettings>
  readonly authority: Authority
}): Result.Result<void, ScopeWithheld> =>
  splitByAuthority(facts.scope, facts.resources, facts.authority).granted.size > 0
    ? Result.void
    : Result.fail(new ScopeWithheld())

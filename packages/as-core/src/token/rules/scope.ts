import { intersection, isSubset, type ScopeSet } from "@postern/scope"
import * as Result from "effect/Result"
import { decideScope } from "../../authorize/rules/scope.ts"
import { type Authority, splitByAuthority } from "../../grantable.ts"
import { GrantInvalid, ScopeRefused } from "../../rejections.ts"
import type { ResourceSettings } from "../../settings.ts"
import type { Client } from "../../store.ts"

interface Facts {
  readonly asked: ScopeSet | undefined
  readonly resources: ReadonlyArray<ResourceSettings>
  readonly client: Pick<Client, "scope">
  readonly authority: Authority
}

/**
 * The scope of this access token: what was granted, as far as the token's resources know it, the client still may have it and the
 * person may still grant it, narrowed to what the request names. More than was granted is refused (OAuth 2.1 section 4.3.1).
 */
export const decideTokenScope = (
  facts: Facts & { readonly granted: ReadonlyArray<string> }
): Result.Result<ScopeSet, ScopeRefused | GrantInvalid> => {
  const { asked, authority, client, granted, resources } = facts
  if (asked !== undefined && !isSubset(asked, new Set(granted))) {
    return Result.fail(new ScopeRefused({ reason: "not-granted" }))
  }
  const grantable = splitByAuthority(granted, resources, authority).granted
  const possible = client.scope === undefined ? grantable : intersection(grantable, new Set(client.scope))
  if (possible.size === 0) return Result.fail(new GrantInvalid({ reason: "scope" }))
  const scope = asked === undefined ? possible : intersection(possible, asked)
  return scope.size > 0 ? Result.succeed(scope) : Result.fail(new ScopeRefused({ reason: "not-granted" }))
}

/**
 * The scope of a token for a client itself: what it asks for, else what it is registered with, else the default of the resources;
 * of that what it may have. What is kept for administrators needs one who allowed it to this client.
 */
export const decideClientScope = ({
  asked,
  authority,
  client,
  resources
}: Facts): Result.Result<ScopeSet, ScopeRefused> =>
  Result.flatMap(decideScope({ asked: asked ?? new Set(client.scope), resources, client }), (scope) => {
    const { granted } = splitByAuthority(scope, resources, authority)
    return granted.size > 0 ? Result.succeed(granted) : Result.fail(new ScopeRefused({ reason: "unknown" }))
  })

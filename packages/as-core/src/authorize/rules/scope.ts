import { type ScopeSet, intersection } from "@postern/scope"
import * as Result from "effect/Result"
import { describeScopes } from "../../grantable.ts"
import { ScopeRefused } from "../../rejections.ts"
import type { ResourceSettings } from "../../settings.ts"
import type { Client } from "../../store.ts"

/**
 * The "pre-defined default value" of RFC 6749 section 3.3, of each resource its own: what is configured, else every scope
 * that none of the resources keeps for administrators. The user sees each of them and may leave any out; more than that has
 * to be asked for by name.
 */
const defaultOf = (resources: ReadonlyArray<ResourceSettings>): ScopeSet => {
  const open = (resource: ResourceSettings) =>
    describeScopes(resource.scopes.keys(), resources).flatMap(({ administratorsOnly, scope }) =>
      administratorsOnly ? [] : [scope]
    )
  return new Set(resources.flatMap((resource) => resource.defaultScope ?? open(resource)))
}

/**
 * What may be asked the user for: the request's scopes (or the default ones) without those that the resources do not know or the client is
 * not registered for. A server may leave scopes out (RFC 6749 section 3.3); it says so in the token response.
 */
export const decideScope = (facts: {
  readonly asked: ScopeSet
  readonly resources: ReadonlyArray<ResourceSettings>
  readonly client: Pick<Client, "scope">
}): Result.Result<ScopeSet, ScopeRefused> => {
  const { asked, resources, client } = facts
  const wanted = asked.size > 0 ? asked : defaultOf(resources)
  if (wanted.size === 0) return Result.fail(new ScopeRefused({ reason: "missing" }))
  const known = new Set([...wanted].filter((scope) => resources.some(({ scopes }) => scopes.has(scope))))
  const allowed = client.scope === undefined ? known : intersection(known, new Set(client.scope))
  return allowed.size > 0 ? Result.succeed(allowed) : Result.fail(new ScopeRefused({ reason: "unknown" }))
}

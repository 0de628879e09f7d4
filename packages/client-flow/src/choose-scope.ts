import { difference, parseScope, type ScopeMalformed, type ScopeSet, scopeSet, union } from "@postern/scope"
import * as Result from "effect/Result"

/** What is asked for. */
export interface ScopeChoice {
  /** Empty: the parameter is left out. */
  readonly scope: ScopeSet
  /** What was asked for nowhere before and goes beyond the first authorization. */
  readonly added: ScopeSet
}

/**
 * Chooses the scope of an authorization request (MCP Authorization, Scope Selection Strategy): the scope of the challenge,
 * else all of the resource's `scopes_supported`, else none; together with everything that was asked for before at this
 * server for this resource, so that a step-up loses nothing. `offline_access` is added only where the authorization server lists it
 * (SEP-2207), and only to a request that names scopes at all: alone it would ask for less than the server's default.
 */
export const chooseScope = (facts: {
  /** `undefined`: the challenge names none. */
  readonly challenged: ScopeSet | undefined
  readonly resourceScopes: ReadonlyArray<string> | undefined
  readonly serverScopes: ReadonlyArray<string> | undefined
  /** `undefined`: nothing was asked for here before. */
  readonly earlier: ReadonlyArray<string> | undefined
  readonly extra: ReadonlyArray<string>
  readonly offlineAccess: boolean
}): Result.Result<ScopeChoice, ScopeMalformed> => {
  const { challenged, earlier, extra, offlineAccess, resourceScopes, serverScopes } = facts
  const base = challenged ?? new Set(resourceScopes ?? [])
  const wanted = new Set([...(earlier ?? []), ...base, ...extra])
  const offline = offlineAccess && wanted.size > 0 && serverScopes?.includes(OFFLINE_ACCESS) === true
  const all = scopeSet(offline ? union(wanted, new Set([OFFLINE_ACCESS])) : wanted)
  return Result.map(all, (scope) => ({
    scope,
    added:
      earlier === undefined
        ? new Set<string>()
        : difference(difference(scope, new Set(earlier)), new Set([OFFLINE_ACCESS]))
  }))
}

const OFFLINE_ACCESS = "offline_access"

/**
 * The scope that a challenge names; `undefined` where it names none, or one that breaks the grammar or is too long, which
 * is as good as none (RFC 6750 section 3).
 */
export const challengedScope = (text: string | undefined): ScopeSet | undefined => {
  const scope = parseScope(text)
  return Result.isSuccess(scope) && scope.success.size > 0 ? scope.success : undefined
}

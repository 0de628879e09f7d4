import type { Faults } from "./faults.ts"
import type { Asked } from "./requests.ts"
import { GROUP, type Rights, SCOPES } from "./state.ts"

/** What an access token of a grant is for, of what is asked; or the error code. */
export const decideRights = (granted: Rights, asked: Asked, faults: Faults): Rights | string => {
  const wanted = asked.resources ?? []
  if (!wanted.every((one) => granted.resources.includes(one))) return "invalid_target"
  const all = wanted.length === 0 || faults.has("a token is for all resources")
  const resources = all ? granted.resources : granted.resources.filter((one) => wanted.includes(one))
  if (!isOneAudience(resources) && !faults.has("a token is for all resources")) return "invalid_target"
  if (!(asked.scope ?? []).every((one) => granted.scope.includes(one))) return "invalid_scope"
  const known = resources.flatMap((one) => SCOPES[one])
  if (faults.has("a token has all scopes of its resources")) return { resources, scope: known }
  const possible = granted.scope.filter((one) => known.includes(one))
  if (possible.length === 0) return "invalid_grant"
  const scope = asked.scope === undefined ? possible : possible.filter((one) => asked.scope?.includes(one))
  return scope.length === 0 ? "invalid_scope" : { resources, scope }
}

/** One resource, or several of the one group. */
export const isOneAudience = (resources: Rights["resources"]): boolean =>
  resources.length === 1 || (resources.length > 1 && resources.every((one) => GROUP.includes(one)))

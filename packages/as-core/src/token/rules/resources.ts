import * as Result from "effect/Result"
import { ResourceRefused } from "../../rejections.ts"
import { resourcesOf, type ResourceSettings, type Settings } from "../../settings.ts"

type Facts = Pick<Settings, "audienceGroups" | "resources">

/**
 * The resources of this token: those that the request names, all of them granted and still configured, or all that were
 * granted (RFC 8707 section 2.2).
 */
export const decideTokenResources = (
  asked: ReadonlyArray<string>,
  granted: ReadonlyArray<string>,
  settings: Facts
): Result.Result<ReadonlyArray<ResourceSettings>, ResourceRefused> => {
  const possible = resourcesOf(settings, { resources: granted })
  const chosen = asked.length === 0 ? possible : possible.filter(({ resource }) => asked.includes(resource))
  const isComplete = asked.every((resource) => chosen.some((one) => one.resource === resource))
  return isComplete ? checkTogether(chosen, settings) : Result.fail(new ResourceRefused({ reason: "not-granted" }))
}

/** The resources of a token for a client itself: it names them, since nobody granted any. */
export const decideClientResources = (
  asked: ReadonlyArray<string>,
  settings: Facts
): Result.Result<ReadonlyArray<ResourceSettings>, ResourceRefused> => {
  if (asked.length === 0) return Result.fail(new ResourceRefused({ reason: "missing" }))
  const resources = [...new Set(asked)]
  const known = resourcesOf(settings, { resources })
  return known.length === resources.length
    ? checkTogether(known, settings)
    : Result.fail(new ResourceRefused({ reason: "unknown" }))
}

/**
 * Each resource server can use a token that it gets at every other one in `aud`, so that one token is for several only where the
 * configuration says that they trust each other.
 */
const checkTogether = (
  resources: ReadonlyArray<ResourceSettings>,
  { audienceGroups }: Facts
): Result.Result<ReadonlyArray<ResourceSettings>, ResourceRefused> =>
  resources.length < 2 ||
  audienceGroups.some((group) => resources.every(({ resource }) => group.resources.includes(resource)))
    ? Result.succeed(resources)
    : Result.fail(new ResourceRefused({ reason: "several" }))

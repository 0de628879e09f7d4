import * as Result from "effect/Result"
import { ResourceRefused } from "../../rejections.ts"
import type { ResourceSettings, Settings } from "../../settings.ts"

/**
 * The resources that the tokens are for, compared byte for byte. A request that names none means the one resource that is
 * configured, if it is the only one: a token is never for everything.
 */
export const decideResources = (
  asked: ReadonlyArray<string>,
  { resources }: Pick<Settings, "resources">
): Result.Result<ReadonlyArray<ResourceSettings>, ResourceRefused> => {
  if (asked.length === 0) {
    return resources.size === 1
      ? Result.succeed([...resources.values()])
      : Result.fail(new ResourceRefused({ reason: "missing" }))
  }
  const known = [...new Set(asked)].map((resource) => resources.get(resource))
  const found = known.filter((resource) => resource !== undefined)
  return found.length === known.length ? Result.succeed(found) : Result.fail(new ResourceRefused({ reason: "unknown" }))
}

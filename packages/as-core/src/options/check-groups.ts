import * as Result from "effect/Result"
import { ConfigurationInvalid } from "../configuration-invalid.ts"
import type { AuthorizationServerOptions } from "../options.ts"
import type { Settings } from "../settings.ts"

const invalid = (key: string, reason: string): Result.Result<never, ConfigurationInvalid> =>
  Result.fail(new ConfigurationInvalid({ key, reason, spec: "RFC 8707 section 2.2" }))

/** The groups of resources that one token may be for: each of two at least, by a name of its own, of resources that there are. */
export const checkGroups = (
  groups: NonNullable<AuthorizationServerOptions["audienceGroups"]>,
  { resources }: Pick<Settings, "resources">
): Result.Result<Settings["audienceGroups"], ConfigurationInvalid> =>
  Result.gen(function* () {
    const names = new Set<string>()
    for (const [index, group] of groups.entries()) {
      const key = `audienceGroups[${index}]`
      if (group.name === "" || names.has(group.name)) {
        return yield* invalid(`${key}.name`, "must be there, and another one for each group")
      }
      names.add(group.name)
      const unknown = group.resources.findIndex((resource) => !resources.has(resource))
      if (unknown >= 0) return yield* invalid(`${key}.resources[${unknown}]`, "is not among resources")
      if (new Set(group.resources).size < 2 || new Set(group.resources).size < group.resources.length) {
        return yield* invalid(`${key}.resources`, "must be two at least, none of them twice")
      }
    }
    return groups
  })

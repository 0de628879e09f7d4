import { canonicalResource, parseIssuer } from "@postern/uri"
import * as Result from "effect/Result"
import { checkNames, invalid, named } from "./check-options.ts"
import type { SharedResources } from "./options.ts"
import type { ConfigurationInvalid } from "./rejections/index.ts"

const OPTIONS: Readonly<Record<keyof SharedResources, true>> = { issuer: true, resources: true }

/** Checks groups of resources; each in an order of our own, so that the same group in another order is the same. */
export const checkSharedResources = (
  groups: ReadonlyArray<SharedResources>
): Result.Result<ReadonlyArray<SharedResources>, ConfigurationInvalid> =>
  Result.gen(function* () {
    const seen = new Set<string>()
    const checked: Array<SharedResources> = []
    for (const [index, group] of groups.entries()) {
      const key = `sharedResources[${index}]`
      yield* checkNames(`${key}.`, group, OPTIONS)
      yield* named(`${key}.issuer`, parseIssuer(group.issuer))
      if (group.resources.length < 2) return yield* invalid(`${key}.resources`, "must be two at least")
      const resources: Array<string> = []
      for (const typed of group.resources) {
        const resource = yield* named(`${key}.resources`, canonicalResource(typed))
        if (seen.has(resource)) return yield* invalid(`${key}.resources`, `has ${resource}, which is there already`)
        seen.add(resource)
        resources.push(resource)
      }
      checked.push({ issuer: group.issuer, resources: resources.toSorted() })
    }
    return checked
  })

import * as Result from "effect/Result"
import { formatScope, makeHierarchy, parseScope } from "@postern/scope"

const scopes = Result.gen(function* () {
  const hierarchy = yield* makeHierarchy({ "notes:admin": ["notes:write"], "notes:write": ["notes:read"] })
  const granted = yield* parseScope("notes:write profile")
  const needed = yield* parseScope("notes:read notes:admin")
  return { covered: hierarchy.covers(granted, needed), missing: formatScope(hierarchy.missing(granted, needed)) }
})
console.log(Result.getOrThrow(scopes))

const refused = parseScope('notes:read "quoted"')
if (Result.isFailure(refused)) console.log(`${refused.failure.message}: ${refused.failure.spec}`)

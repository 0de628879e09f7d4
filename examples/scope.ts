import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { formatScope, makeHierarchy, parseScope } from "@postern/scope"

// Everyone: what comes back is a Result, never an exception.
const scopes = Result.gen(function* () {
  const hierarchy = yield* makeHierarchy({ "notes:admin": ["notes:write"], "notes:write": ["notes:read"] })
  const granted = yield* parseScope("notes:write profile")
  const needed = yield* parseScope("notes:read notes:admin")
  return { covered: hierarchy.covers(granted, needed), missing: formatScope(hierarchy.missing(granted, needed)) }
})
console.log(Result.getOrThrow(scopes))

// With Effect: lift the Result once, where the deciding ends.
const refused = Effect.fromResult(parseScope('notes:read "quoted"')).pipe(
  Effect.catchTag("ScopeMalformed", ({ message, spec }) => Effect.succeed(`${message}: ${spec}`))
)
console.log(Effect.runSync(refused))

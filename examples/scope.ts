import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { formatScope, makeHierarchy, makePolicy, parseScope } from "@postern/scope"

// Everyone: what comes back is a Result, never an exception.
const hierarchy = { "notes:admin": ["notes:write"], "notes:write": ["notes:read"] }
const scopes = Result.gen(function* () {
  const { covers, missing } = yield* makeHierarchy(hierarchy)
  const granted = yield* parseScope("notes:write profile")
  const needed = yield* parseScope("notes:read notes:admin")
  return { covered: covers(granted, needed), missing: formatScope(missing(granted, needed)) }
})
console.log(Result.getOrThrow(scopes))

// Which operation of an MCP server needs which scopes; what no rule names is refused.
const decision = Result.gen(function* () {
  const policy = yield* makePolicy({
    operations: {
      default: ["notes:read"],
      tools: { search_notes: [], delete_note: ["notes:admin"], "*": ["notes:write"] },
      resources: { "notes://*": [], "notes://private/*": ["notes:admin"] }
    },
    publicOperations: { methods: ["initialize", "tools/list"] },
    hierarchy,
    closedToStepUp: ["notes:admin"]
  })
  const granted = yield* parseScope("notes:write")
  return policy.decide(granted, [{ kind: "tool", name: "delete_note" }])
})
console.log(Result.getOrThrow(decision))

// With Effect: lift the Result once, where the deciding ends.
const refused = Effect.fromResult(parseScope('notes:read "quoted"')).pipe(
  Effect.catchTag("ScopeMalformed", ({ message, spec }) => Effect.succeed(`${message}: ${spec}`))
)
console.log(Effect.runSync(refused))

import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  makePolicy,
  type Operation,
  type OperationPolicy,
  type PolicyDecision,
  PolicyInvalid,
  type PolicyOptions,
  type ScopeSet
} from "@postern/scope"

const build = (options: PolicyOptions): OperationPolicy => Result.getOrThrow(makePolicy(options))

const set = (...tokens: ReadonlyArray<string>): ScopeSet => new Set(tokens)

const tool = (name: string): Operation => ({ kind: "tool", name })
const prompt = (name: string): Operation => ({ kind: "prompt", name })
const method = (name: string): Operation => ({ kind: "method", name })

const needed = (policy: OperationPolicy, ...operations: ReadonlyArray<Operation>) => {
  const scopes = policy.needed(operations)
  return scopes && [...scopes]
}

const notes: PolicyOptions = {
  operations: {
    default: ["notes:read"],
    methods: { "logging/setLevel": ["notes:admin"], "vendor/own": [] },
    tools: { read: [], write: ["notes:write"], purge: ["notes:write", "notes:admin"] },
    prompts: { greet: [], "*": ["notes:write"] },
    resources: { "notes://*": [] }
  },
  hierarchy: { "notes:admin": ["notes:write"], "notes:write": ["notes:read"] }
}

describe("a policy", () => {
  it("names all that an operation needs when a scope is missing, the base scopes first", () => {
    expect(build(notes).decide(set("notes:read"), [tool("write")])).toEqual({
      _tag: "Insufficient",
      needed: ["notes:read", "notes:write"],
      missing: ["notes:write"],
      closed: []
    })
    const files = build({ operations: { tools: { write: ["files:write"] } } })
    expect(files.decide(set("files:read"), [tool("write")])).toMatchObject({ needed: ["files:write"] })
    expect(files.decide(set("files:write"), [tool("write")])).toEqual({ _tag: "Allowed" })
    expect(files.decide(set(), [tool("write")])).toMatchObject({ missing: ["files:write"] })
  })

  it("lets a scope stand for those that it implies, and not the reverse", () => {
    const files = build({
      operations: { tools: { read: ["files:read"], purge: ["admin"] } },
      hierarchy: { admin: ["files:write"], "files:write": ["files:read"] }
    })
    expect(files.decide(set("admin"), [tool("read")])).toEqual({ _tag: "Allowed" })
    expect(files.decide(set("files:read"), [tool("purge")])).toMatchObject({ _tag: "Insufficient", needed: ["admin"] })
    expect(files.decide(set("files:write"), [tool("purge")])).toMatchObject({ _tag: "Insufficient" })
  })

  it("[SCP-05] refuses a cycle and decides by a chain of 10,000 and by __proto__", () => {
    const operations = { tools: { x: ["s9999"] } }
    for (const hierarchy of [{ a: ["b"], b: ["a"] }, { a: ["a"] }]) {
      expect(invalid({ operations, hierarchy })).toEqual(["hierarchy", expect.stringContaining("a cycle")])
    }
    const chain = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`s${index}`, [`s${index + 1}`]]))
    const long = build({ operations, hierarchy: chain })
    expect(long.decide(set("s0"), [tool("x")])).toEqual({ _tag: "Allowed" })
    expect(long.decide(set("s10000"), [tool("x")])).toMatchObject({ _tag: "Insufficient" })
    const options: PolicyOptions = JSON.parse(
      '{"operations":{"tools":{"__proto__":["__proto__"],"constructor":["x"]}},"hierarchy":{"__proto__":["x"]}}'
    )
    const strange = build(options)
    expect(strange.decide(set("__proto__"), [tool("__proto__"), tool("constructor")])).toEqual({ _tag: "Allowed" })
    expect(strange.decide(set("x"), [tool("__proto__")])).toMatchObject({ missing: ["__proto__"] })
    expect(strange.decide(set("x"), [tool("toString")])).toMatchObject({ _tag: "Unnamed" })
    expect(needed(build(notes), tool("__proto__"))).toBeUndefined()
    expect(needed(build(notes), method("__proto__"))).toBeUndefined()
    expect({}).not.toHaveProperty("x")
  })

  it("takes no scope for a pattern", () => {
    const files = build({ operations: { tools: { read: ["files:read"] } } })
    for (const scope of ["files:*", "*", "files", "FILES:READ", "files:read2", "files:rea"]) {
      expect(files.decide(set(scope), [tool("read")]), scope).toMatchObject({ _tag: "Insufficient" })
    }
  })

  it("names every scope at once, those that only an administrator grants among them", () => {
    const three = build({ operations: { tools: { three: ["a", "b", "admin"] } }, closedToStepUp: ["admin"] })
    expect(three.decide(set("a"), [tool("three")])).toEqual({
      _tag: "Insufficient",
      needed: ["a", "b", "admin"],
      missing: ["b", "admin"],
      closed: ["admin"]
    })
  })

  it("does not know offline_access", () => {
    const wrong: ReadonlyArray<[string, PolicyOptions]> = [
      ["operations.default", { operations: { default: ["offline_access"] } }],
      ["operations.tools.x", { operations: { tools: { x: ["a", "offline_access"] } } }],
      ["closedToStepUp", { operations: {}, closedToStepUp: ["offline_access"] }],
      ["hierarchy", { operations: {}, hierarchy: { offline_access: ["a"] } }],
      ["hierarchy.a", { operations: {}, hierarchy: { a: ["offline_access"] } }]
    ]
    for (const [key, options] of wrong) {
      expect(invalid(options)).toEqual([key, "offline_access is not a scope of a resource"])
    }
  })

  it("refuses what no rule names, and a default opens no tool, prompt, resource or unknown method", () => {
    const policy = build({ operations: { default: [], tools: { read: [] } } })
    const unnamed = [
      tool("write"),
      tool("READ"),
      tool("read "),
      tool(""),
      tool("*"),
      prompt("read"),
      method("read"),
      method("tools/call"),
      method("resources/read"),
      method("sampling/createMessage"),
      method("tools/List"),
      method("notifications/message"),
      method("toString"),
      { kind: "resource", name: "read" }
    ] satisfies ReadonlyArray<Operation>
    for (const operation of unnamed) {
      expect(policy.decide(set("read"), [operation])).toEqual({ _tag: "Unnamed", operation })
      expect(policy.needed([tool("read"), operation])).toBeUndefined()
      expect(policy.decide(set("read"), [tool("read"), operation])).toEqual({ _tag: "Unnamed", operation })
    }
  })

  it("opens by a default what belongs to the protocol and names nothing", () => {
    const policy = build({ operations: { default: ["base"] } })
    const methods = [
      "initialize",
      "ping",
      "completion/complete",
      "logging/setLevel",
      "prompts/list",
      "resources/list",
      "resources/templates/list",
      "tools/list",
      "notifications/cancelled",
      "notifications/initialized",
      "notifications/progress",
      "notifications/roots/list_changed",
      "tasks/cancel",
      "tasks/get",
      "tasks/list",
      "tasks/result",
      "tasks/update",
      "notifications/tasks/status",
      "server/discover",
      "subscriptions/listen"
    ]
    const operations: ReadonlyArray<Operation> = [...methods.map(method), { kind: "session" }, { kind: "response" }]
    for (const operation of operations) {
      expect(policy.decide(set("base"), [operation])).toEqual({ _tag: "Allowed" })
      expect(policy.decide(set("other"), [operation])).toMatchObject({ needed: ["base"] })
      expect(build({ operations: { tools: { x: [] } } }).decide(set(), [operation])).toMatchObject({ _tag: "Unnamed" })
    }
    expect(build({ operations: { methods: { ping: ["p"] } } }).decide(set("p"), [method("ping")])._tag).toBe("Allowed")
  })

  it("adds the base scopes to those of a rule", () => {
    const policy = build(notes)
    expect(needed(policy, tool("read"))).toEqual(["notes:read"])
    expect(needed(policy, method("logging/setLevel"))).toEqual(["notes:read", "notes:admin"])
    expect(needed(policy, method("vendor/own"))).toEqual(["notes:read"])
    expect(needed(policy, prompt("greet"))).toEqual(["notes:read"])
    expect(needed(policy, prompt("other"))).toEqual(["notes:read", "notes:write"])
    expect([...policy.base]).toEqual(["notes:read"])
    expect([...policy.scopes]).toEqual(["notes:read", "notes:admin", "notes:write"])
    expect([...policy.hierarchy.expand(set("notes:write"))]).toEqual(["notes:write", "notes:read"])
  })

  it("needs the union for a batch, and names the whole of it", () => {
    const policy = build(notes)
    const batch = [method("ping"), tool("write"), tool("purge"), tool("read")]
    expect(needed(policy, ...batch)).toEqual(["notes:read", "notes:write", "notes:admin"])
    expect(policy.decide(set("notes:write"), batch)).toMatchObject({ missing: ["notes:admin"] })
    expect(policy.decide(set("notes:admin"), batch)).toEqual({ _tag: "Allowed" })
    expect(needed(policy)).toEqual([])
  })

  it("says which missing scopes are closed to step-up, and only those that are missing", () => {
    const policy = build({ ...notes, closedToStepUp: ["notes:admin", "notes:write"] })
    expect(policy.decide(set("notes:read"), [tool("purge")])).toMatchObject({ closed: ["notes:write", "notes:admin"] })
    expect(policy.decide(set("notes:write"), [tool("purge")])).toMatchObject({ closed: ["notes:admin"] })
    expect(policy.decide(set("notes:admin"), [tool("purge")])).toEqual({ _tag: "Allowed" })
    expect(policy.decide(set(), [tool("read")])).toMatchObject({ missing: ["notes:read"], closed: [] })
  })

  it("keeps what a set of scopes implies for that very set alone", () => {
    const policy = build(notes)
    const admin = set("notes:admin")
    expect(policy.decide(admin, [tool("write")])._tag).toBe("Allowed")
    expect(policy.decide(admin, [tool("write")])._tag).toBe("Allowed")
    expect(policy.decide(set("notes:other"), [tool("write")])._tag).toBe("Insufficient")
    expect(policy.decide(set(), [tool("write")])._tag).toBe("Insufficient")
  })

  it("does not follow later changes of what it was made from", () => {
    const write = ["notes:write"]
    const tools: Record<string, ReadonlyArray<string>> = { write }
    const policy = build({ operations: { tools } })
    write.pop()
    tools["purge"] = []
    expect(policy.decide(set(), [tool("write")])._tag).toBe("Insufficient")
    expect(policy.decide(set(), [tool("purge")])._tag).toBe("Unnamed")
  })
})

describe("public operations", () => {
  const policy = build({
    operations: { default: ["base"], tools: { write: ["w"], "*": ["x"] }, resources: { "notes://me/*": ["me"] } },
    publicOperations: { methods: ["initialize"], tools: ["search"], resources: ["notes://*"], prompts: ["*"] }
  })

  it("need nothing, not even the base scopes", () => {
    expect(policy.hasPublic).toBe(true)
    const open: ReadonlyArray<Operation> = [
      tool("search"),
      method("initialize"),
      prompt("any"),
      { kind: "resource", name: "notes://a" }
    ]
    for (const operation of open) {
      expect(policy.isPublic([operation])).toBe(true)
      expect(policy.decide(set(), [operation])).toEqual({ _tag: "Allowed" })
      expect(needed(policy, operation)).toEqual([])
    }
    expect(policy.isPublic(open)).toBe(true)
  })

  it("are those that are named and no others: not a batch with another, and not an empty one", () => {
    const closed: ReadonlyArray<Operation> = [
      tool("write"),
      tool("Search"),
      tool("constructor"),
      method("tools/list"),
      method("search"),
      { kind: "session" },
      { kind: "response" },
      { kind: "resource", name: "notes://me/diary" },
      { kind: "resource", name: "other://a" }
    ]
    for (const operation of closed) {
      expect(policy.isPublic([operation])).toBe(false)
      expect(policy.isPublic([tool("search"), operation])).toBe(false)
    }
    expect(policy.isPublic([])).toBe(false)
    expect(needed(policy, tool("search"), tool("write"))).toEqual(["base", "w"])
    expect(build(notes).hasPublic).toBe(false)
  })

  it("are decided by the more exact of two keys", () => {
    const exact = build({ operations: { tools: { write: ["w"] } }, publicOperations: { tools: ["*"] } })
    expect(exact.isPublic([tool("read")])).toBe(true)
    expect(exact.isPublic([tool("write")])).toBe(false)
    expect(exact.decide(set(), [tool("write")])._tag).toBe("Insufficient")
  })
})

const invalid = (options: PolicyOptions) => {
  const made = makePolicy(options)
  if (Result.isSuccess(made)) throw new Error("expected to be refused")
  expect(made.failure).toBeInstanceOf(PolicyInvalid)
  return [made.failure.key, made.failure.reason]
}

describe("options", () => {
  const fromJson = (text: string): PolicyOptions => JSON.parse(text)

  it.each([
    ['{"operations":{},"extra":1}', "extra", "there is no such option"],
    ['{"operations":{"tool":{}}}', "operations.tool", "there is no such option"],
    ['{"operations":{},"publicOperations":{"default":[]}}', "publicOperations.default", "there is no such option"],
    ["{}", "operations", "it has to be an object"],
    ['{"operations":[]}', "operations", "it has to be an object"],
    ['{"operations":null}', "operations", "it has to be an object"],
    ['{"operations":{"tools":[]}}', "operations.tools", "it has to be an object"],
    ['{"operations":{"tools":{"x":"a b"}}}', "operations.tools.x", "it has to be a list of texts"],
    ['{"operations":{"tools":{"x":[1]}}}', "operations.tools.x", "it has to be a list of texts"],
    ['{"operations":{"tools":{"x":null}}}', "operations.tools.x", "it has to be a list of texts"],
    ['{"operations":{"default":"a"}}', "operations.default", "it has to be a list of texts"],
    ['{"operations":{},"publicOperations":{"tools":"x"}}', "publicOperations.tools", "it has to be a list of texts"],
    ['{"operations":{},"hierarchy":{"a":"b"}}', "hierarchy.a", "it has to be a list of texts"],
    ['{"operations":{},"hierarchy":[]}', "hierarchy", "it has to be an object"],
    ['{"operations":{},"closedToStepUp":{}}', "closedToStepUp", "it has to be a list of texts"],
    ['{"operations":{"default":null}}', "operations.default", "it has to be a list of texts"],
    ['{"operations":{"tools":null}}', "operations.tools", "it has to be an object"],
    ['{"operations":{},"publicOperations":null}', "publicOperations", "it has to be an object"],
    ['{"operations":{},"publicOperations":{"tools":null}}', "publicOperations.tools", "it has to be a list of texts"],
    ['{"operations":{},"hierarchy":null}', "hierarchy", "it has to be an object"],
    ['{"operations":{},"closedToStepUp":null}', "closedToStepUp", "it has to be a list of texts"],
    [
      '{"operations":{"tools":{"x":["a"]}},"closedToStepUp":["a","admin"]}',
      "closedToStepUp",
      'it has to list scopes that a rule or the hierarchy names, and none names "admin"'
    ],
    [
      '{"operations":{"methods":{"tools/call":[]}}}',
      "operations.methods.tools/call",
      "what it names has its rules in tools"
    ],
    [
      '{"operations":{},"publicOperations":{"methods":["resources/read"]}}',
      "publicOperations.methods.resources/read",
      "what it names has its rules in resources"
    ],
    ['{"operations":{"methods":{"*":[]}}}', "operations.methods.*", "a method has to be named exactly"],
    ['{"operations":{"methods":{"tools/*":[]}}}', "operations.methods.tools/*", "a method has to be named exactly"],
    ['{"operations":{"tools":{"read_*":[]}}}', "operations.tools.read_*", 'a name has to be exact, or "*"'],
    ['{"operations":{"prompts":{"*x":[]}}}', "operations.prompts.*x", 'a name has to be exact, or "*"'],
    ['{"operations":{"resources":{"a://*/b":[]}}}', "operations.resources.a://*/b", "* has to stand at the end alone"],
    ['{"operations":{"resources":{"a://**":[]}}}', "operations.resources.a://**", "* has to stand at the end alone"],
    [
      '{"operations":{"resources":{"A://x/*":[]}}}',
      "operations.resources.A://x/*",
      "no resource is matched by such a beginning"
    ],
    [
      '{"operations":{"resources":{"a://x/../*":[]}}}',
      "operations.resources.a://x/../*",
      "no resource is matched by such a beginning"
    ],
    [
      '{"operations":{"tools":{"x":["a"]}},"publicOperations":{"tools":["x"]}}',
      "publicOperations.tools.x",
      "it needs scopes too"
    ],
    [
      '{"operations":{},"publicOperations":{"tools":["a*"]}}',
      "publicOperations.tools.a*",
      'a name has to be exact, or "*"'
    ]
  ])("that are wrong are refused: %s", (json, key, reason) => {
    expect(invalid(fromJson(json))).toEqual([key, reason])
  })

  it("close scopes that a rule, the default or the hierarchy names", () => {
    const closedToStepUp = ["a", "b", "c", "d"]
    const operations = { default: ["a"], resources: { "note:///*": ["b"] } }
    expect(Result.isSuccess(makePolicy({ operations, hierarchy: { c: ["d"] }, closedToStepUp }))).toBe(true)
  })

  it("whose scopes are none are refused", () => {
    for (const scope of ['a"b', "a\nb", "", "a b", "é"]) {
      const [key, reason] = invalid({ operations: { tools: { x: ["ok", scope] } } })
      expect(key).toBe("operations.tools.x")
      expect(reason).toContain("(token 2)")
    }
    expect(invalid({ operations: {}, hierarchy: { a: ["b c"] } })[0]).toBe("hierarchy")
    expect(invalid({ operations: {}, closedToStepUp: ["b c"] })[0]).toBe("closedToStepUp")
    const made = makePolicy({ operations: { tools: { x: [""] } } })
    expect(Result.isFailure(made) && made.failure.message).toContain(
      "the policy's option operations.tools.x is wrong: "
    )
  })
})

describe("any policy", () => {
  const scopes = fc.constantFrom("a", "b", "c", "d")
  const names = fc.constantFrom("x", "y", "z", "*")
  const table = fc.dictionary(names, fc.array(scopes, { maxLength: 3 }))
  const options = fc.record(
    {
      operations: fc.record(
        {
          default: fc.array(scopes, { maxLength: 2 }),
          tools: table,
          prompts: table,
          // Names every scope, so that each may be closed.
          resources: fc.constant({ "note:///all": ["a", "b", "c", "d"] })
        },
        { requiredKeys: ["tools", "prompts", "resources"] }
      ),
      hierarchy: fc.constantFrom({}, { a: ["b"] }, { a: ["b", "c"], c: ["d"] }),
      closedToStepUp: fc.array(scopes, { maxLength: 2 })
    },
    { noNullPrototype: true }
  )
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    fc.record({ kind: fc.constantFrom("tool", "prompt"), name: fc.constantFrom("x", "y", "z", "w") }),
    fc.record({ kind: fc.constant("method"), name: fc.constantFrom("ping", "other") }),
    fc.constant({ kind: "session" })
  )
  const batch = fc.array(operation, { maxLength: 5 })
  const granted = fc.uniqueArray(scopes).map((tokens) => new Set(tokens))

  it("needs of a batch the union of what its operations need", () => {
    fc.assert(
      fc.property(options, batch, (made, operations) => {
        const policy = build(made)
        const singles = operations.map((one) => policy.needed([one]))
        const whole = policy.needed(operations)
        if (singles.some((one) => one === undefined)) expect(whole).toBeUndefined()
        else expect(new Set(whole)).toEqual(new Set(singles.flatMap((one) => [...(one ?? [])])))
      })
    )
  })

  it("never allows what lacks a needed scope, and never refuses what lacks none", () => {
    fc.assert(
      fc.property(options, granted, batch, (made, scope, operations) => {
        const policy = build(made)
        const decision = policy.decide(scope, operations)
        const all = policy.needed(operations)
        if (all === undefined) {
          expect(decision._tag).toBe("Unnamed")
          return
        }
        const missing = [...policy.hierarchy.missing(scope, all)]
        if (missing.length === 0) expect(decision).toEqual({ _tag: "Allowed" })
        else expect(decision).toMatchObject({ _tag: "Insufficient", needed: [...all], missing })
        for (const one of operations) {
          if (decision._tag === "Allowed") expect(policy.decide(scope, [one])._tag).toBe("Allowed")
        }
      })
    )
  })
})

it("makePolicy has its type written out", () => {
  expectTypeOf(makePolicy).returns.toEqualTypeOf<Result.Result<OperationPolicy, PolicyInvalid>>()
  expectTypeOf<OperationPolicy["decide"]>().returns.toEqualTypeOf<PolicyDecision>()
})

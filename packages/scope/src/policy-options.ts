import * as Result from "effect/Result"
import { makeHierarchy, type ScopeHierarchy } from "./hierarchy.ts"
import type { OperationRules, PublicOperations } from "./operation.ts"
import { scopeSet } from "./parse.ts"
import { PolicyInvalid } from "./policy-invalid.ts"
import { ruledBy } from "./protocol-methods.ts"
import { isUnambiguous } from "./resource-name.ts"
import { ALL } from "./resource-rules.ts"
import type { Rule, RuleTable, RuleTables } from "./rules.ts"
import type { ScopeSet } from "./set.ts"

/** What a policy is made of. */
export interface PolicyOptions {
  readonly operations: OperationRules
  /** What needs no token. A key that also stands in `operations` is refused; the more exact key of the two wins. */
  readonly publicOperations?: PublicOperations
  /** What each scope implies directly, for example `{ admin: ["write"] }`. */
  readonly hierarchy?: Readonly<Record<string, ReadonlyArray<string>>>
  /** Scopes that no client may step up to. */
  readonly closedToStepUp?: ReadonlyArray<string>
}

/** Options that were checked. */
export interface CheckedOptions {
  readonly tables: RuleTables
  readonly base: ScopeSet
  readonly hierarchy: ScopeHierarchy
  readonly impliesAny: boolean
  readonly closed: ScopeSet
}

type Checked<A> = Result.Result<A, PolicyInvalid>

type Kind = "methods" | "tools" | "prompts" | "resources"

const OPTIONS: Readonly<Record<keyof PolicyOptions, true>> = {
  operations: true,
  publicOperations: true,
  hierarchy: true,
  closedToStepUp: true
}

const PUBLIC: Readonly<Record<keyof PublicOperations, true>> = {
  methods: true,
  tools: true,
  prompts: true,
  resources: true
}

const OPERATIONS: Readonly<Record<keyof OperationRules, true>> = { default: true, ...PUBLIC }

const refuse = (key: string, reason: string) => Result.fail(new PolicyInvalid({ key, reason }))

// The types say it already, but options also come from JSON and from JavaScript.
const checkObject = (key: string, value: unknown, known?: object): Checked<void> => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse(key, "it has to be an object")
  const unknown = known && Object.keys(value).find((name) => !Object.hasOwn(known, name))
  return unknown === undefined ? Result.succeed(undefined) : refuse(`${key}.${unknown}`, "there is no such option")
}

const checkTexts = (key: string, value: unknown): Checked<void> =>
  Array.isArray(value) && value.every((text) => typeof text === "string")
    ? Result.succeed(undefined)
    : refuse(key, "it has to be a list of texts")

const checkScopes = (key: string, tokens: ReadonlyArray<string>): Checked<ScopeSet> =>
  Result.gen(function* () {
    yield* checkTexts(key, tokens)
    // MCP authorization, section Refresh Tokens: asking for a refresh token is the client's business alone.
    if (tokens.includes("offline_access")) return yield* refuse(key, "offline_access is not a scope of a resource")
    return yield* Result.mapError(scopeSet(tokens), ({ message: reason }) => new PolicyInvalid({ key, reason }))
  })

// A scope that is spelt otherwise than where it is needed would be open, and nobody would see it.
const checkClosed = (
  closed: ReadonlyArray<string>,
  { base, methods, prompts, resources, tools }: RuleTables,
  implies: Readonly<Record<string, ReadonlyArray<string>>>
): Checked<ScopeSet> =>
  Result.gen(function* () {
    const scopes = yield* checkScopes("closedToStepUp", closed)
    const rules = [methods, tools, prompts, resources].flatMap((table) => [...table.values()])
    const named = new Set([...(base?.needed ?? []), ...rules.flatMap(({ needed }) => needed)])
    for (const [scope, implied] of Object.entries(implies)) for (const name of [scope, ...implied]) named.add(name)
    const stray = closed.find((scope) => !named.has(scope))
    return stray === undefined
      ? scopes
      : yield* refuse(
          "closedToStepUp",
          `it has to list scopes that a rule or the hierarchy names, and none names ${JSON.stringify(stray)}`
        )
  })

const checkKey = (kind: Kind, name: string): string | undefined => {
  if (kind === "methods") {
    const place = ruledBy(name)
    if (place !== undefined) return `what it names has its rules in ${place}`
    return name.includes("*") ? "a method has to be named exactly" : undefined
  }
  if (name === ALL || !name.includes("*")) return undefined
  if (kind !== "resources") return 'a name has to be exact, or "*"'
  const beginning = name.slice(0, -1)
  if (!name.endsWith("*") || beginning.includes("*")) return "* has to stand at the end alone"
  // With a letter after it: the beginning may end anywhere, also before a host or a path.
  return isUnambiguous(`${beginning}x`, true) ? undefined : "no resource is matched by such a beginning"
}

const checkTable = (kind: Kind, { operations, publicOperations = {} }: PolicyOptions, base: ScopeSet) =>
  Result.gen(function* () {
    const table = new Map<string, Rule>()
    const place = `operations.${kind}`
    const { [kind]: rules = {} } = operations
    yield* checkObject(place, rules)
    for (const [name, tokens] of Object.entries(rules)) {
      const key = `${place}.${name}`
      const wrong = checkKey(kind, name)
      if (wrong !== undefined) return yield* refuse(key, wrong)
      table.set(name, { isPublic: false, needed: [...new Set([...base, ...(yield* checkScopes(key, tokens))])] })
    }
    const { [kind]: names = [] } = publicOperations
    yield* checkTexts(`publicOperations.${kind}`, names)
    for (const name of names) {
      const wrong = Object.hasOwn(rules, name) ? "it needs scopes too" : checkKey(kind, name)
      if (wrong !== undefined) return yield* refuse(`publicOperations.${kind}.${name}`, wrong)
      table.set(name, { isPublic: true, needed: [] })
    }
    return table satisfies RuleTable
  })

/** Checks the options of a policy; an option that is not known is an error. */
export const checkOptions = (options: PolicyOptions): Checked<CheckedOptions> =>
  Result.gen(function* () {
    yield* checkKnown(options)
    const { closedToStepUp = [], hierarchy: implies = {}, operations } = options
    const { default: needed } = operations
    const base = yield* checkScopes("operations.default", needed === undefined ? [] : needed)
    const tables: RuleTables = {
      methods: yield* checkTable("methods", options, base),
      tools: yield* checkTable("tools", options, base),
      prompts: yield* checkTable("prompts", options, base),
      resources: yield* checkTable("resources", options, base),
      base: needed && { isPublic: false, needed: [...base] }
    }
    const hierarchy = yield* checkHierarchy(implies)
    return {
      tables,
      base,
      hierarchy,
      impliesAny: Object.values(implies).some((implied) => implied.length > 0),
      closed: yield* checkClosed(closedToStepUp, tables, implies)
    }
  })

const checkKnown = (options: PolicyOptions): Checked<void> =>
  Result.gen(function* () {
    const { publicOperations = {} } = options
    const unknown = Object.keys(options).find((key) => !Object.hasOwn(OPTIONS, key))
    if (unknown !== undefined) return yield* refuse(unknown, "there is no such option")
    yield* checkObject("operations", options.operations, OPERATIONS)
    yield* checkObject("publicOperations", publicOperations, PUBLIC)
  })

const checkHierarchy = (implies: Readonly<Record<string, ReadonlyArray<string>>>): Checked<ScopeHierarchy> =>
  Result.gen(function* () {
    yield* checkObject("hierarchy", implies)
    for (const [scope, implied] of Object.entries(implies)) {
      yield* checkTexts(`hierarchy.${scope}`, implied)
      yield* checkScopes("hierarchy", [scope])
      if (implied.includes("offline_access")) yield* checkScopes(`hierarchy.${scope}`, ["offline_access"])
    }
    return yield* Result.mapError(
      makeHierarchy(implies),
      ({ message: reason }) => new PolicyInvalid({ key: "hierarchy", reason })
    )
  })

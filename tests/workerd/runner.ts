// What the tests import as "vitest" when they run in workerd: the suite functions, and the assertions that vitest itself uses.
import { chai, ChaiStyleAssertions, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from "@vitest/expect"

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(ChaiStyleAssertions)
chai.use(JestAsymmetricMatchers)

type Body = (...values: ReadonlyArray<unknown>) => unknown

interface Test {
  readonly name: string
  readonly run: () => Promise<void>
}

interface Suite {
  readonly name: string
  readonly before: Array<Body>
  readonly after: Array<Body>
  readonly last: Array<Body>
}

/** A test that failed, or a file that could not be read. */
export interface Failed {
  readonly name: string
  readonly reason: string
}

const TIMEOUT_MILLIS = 60_000

const tests: Array<Test> = []
const suites: Array<Suite> = []
const finals: Array<Body> = []

const withinTime = (work: Promise<unknown>): Promise<unknown> =>
  Promise.race([
    work,
    new Promise((_, reject) => {
      setTimeout(() => reject(new Error(`it took longer than ${TIMEOUT_MILLIS} ms`)), TIMEOUT_MILLIS)
    })
  ])

const addTest = (name: string, body: Body): void => {
  const path = [...suites]
  const run = async (): Promise<void> => {
    for (const { before } of path) for (const hook of before) await hook()
    try {
      await withinTime(Promise.resolve(body()))
    } finally {
      for (const { after } of path.toReversed()) for (const hook of after) await hook()
    }
  }
  tests.push({ name: [...path.map((suite) => suite.name), name].filter((part) => part !== "").join(" > "), run })
}

const addSuite = (name: string, body: Body): void => {
  suites.push({ name, before: [], after: [], last: [] })
  try {
    body()
  } finally {
    finals.push(...(suites.pop()?.last ?? []))
  }
}

const valuesOf = (row: unknown): ReadonlyArray<unknown> => (Array.isArray(row) ? row : [row])

// `%s` and its kin take the values in turn; nobody compares these names.
const nameOf = (template: string, values: ReadonlyArray<unknown>): string => {
  let at = 0
  return template.replaceAll(/%[sdifjoO#]/g, () => String(values[at++]).slice(0, 80))
}

const eachOf =
  (add: (name: string, body: Body) => void) =>
  (rows: ReadonlyArray<unknown>) =>
  (name: string, body: Body): void => {
    // Rows are lists of values where all of them are lists.
    const spread = rows.every(Array.isArray)
    for (const row of rows) {
      const values = spread ? valuesOf(row) : [row]
      add(nameOf(name, values), () => body(...values))
    }
  }

const forOf =
  (rows: Iterable<unknown>) =>
  (name: string, body: Body): void => {
    for (const row of rows) addTest(nameOf(name, valuesOf(row)), () => body(row))
  }

/** A test; `it.each` and `it.for` as vitest has them. */
export const it = Object.assign(addTest, { each: eachOf(addTest), for: forOf })
export const test = it
/** A group of tests. */
export const describe = Object.assign(addSuite, { each: eachOf(addSuite) })

const hookOf = (kind: "before" | "after" | "last") => (hook: Body) => {
  const suite = suites.at(-1)
  if (suite === undefined) throw new Error("a hook stands outside of every group")
  suite[kind].push(hook)
}
export const beforeEach = hookOf("before")
export const afterEach = hookOf("after")
export const afterAll = hookOf("last")
export const beforeAll = (hook: Body): void => {
  let done: Promise<unknown> | undefined
  hookOf("before")(() => (done ??= Promise.resolve(hook())))
}

// A matcher that is asked again until it holds.
const polled = (read: () => unknown, negated: boolean): unknown =>
  new Proxy(
    {},
    {
      get: (_, matcher) => {
        if (matcher === "not") return polled(read, !negated)
        return async (...expected: ReadonlyArray<unknown>) => {
          for (let attempt = 0; ; attempt++) {
            try {
              const assertion = chai.expect(await read())
              const from: unknown = negated ? assertion.not : assertion
              return Reflect.apply(Reflect.get(Object(from), matcher), from, expected)
            } catch (error) {
              if (attempt > 100) throw error
              await new Promise((resolve) => setTimeout(resolve, 20))
            }
          }
        }
      }
    }
  )

/** Assertions, those of vitest. */
export const expect = Object.assign((value: unknown, message?: string) => chai.expect(value, message), chai.expect, {
  poll: (read: () => unknown) => polled(read, false)
})

/** Types are checked by the compiler; here every question has the answer that nothing happens. */
export const expectTypeOf = (): unknown => {
  const nothing: unknown = new Proxy(() => undefined, { get: () => nothing, apply: () => nothing })
  return nothing
}

/** What came of a run. */
export interface Outcome {
  readonly passed: number
  readonly failed: ReadonlyArray<Failed>
  /** Tests that use a global of Node.js themselves. */
  readonly needNode: ReadonlyArray<string>
}

const usesNode = (error: unknown): boolean =>
  error instanceof Error && (/^(?:Buffer|process|global) is not defined$/.test(error.message) || usesNode(error.cause))

/** Runs all tests that the given files hold, one after the other. */
export const runAll = async (files: Readonly<Record<string, () => Promise<unknown>>>): Promise<Outcome> => {
  const failed: Array<Failed> = []
  const needNode: Array<string> = []
  let passed = 0
  for (const [file, load] of Object.entries(files)) {
    tests.length = 0
    suites.length = 0
    suites.push({ name: "", before: [], after: [], last: [] })
    try {
      await load()
    } catch (error) {
      failed.push({ name: file, reason: String(error) })
      continue
    }
    finals.push(...(suites[0]?.last ?? []))
    for (const { name, run } of tests) {
      try {
        await run()
        passed++
      } catch (error) {
        if (usesNode(error)) needNode.push(`${file}: ${name}`)
        else failed.push({ name: `${file}: ${name}`, reason: error instanceof Error ? error.message : String(error) })
      }
    }
    for (const hook of finals.splice(0)) await hook()
  }
  return { passed, failed, needNode }
}

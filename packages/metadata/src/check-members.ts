import { type JsonObject, member } from "./json-object.ts"
import type { MetadataIssue } from "./metadata-malformed.ts"

/** Whether a value is an `A`. What is wrong with it goes to `issues`, under the path of the value. */
export type Check<A> = (value: unknown, path: string, issues: Array<MetadataIssue>) => value is A

/** What the members of a document have to be, by their names. */
export type MemberChecks = Readonly<Record<string, Check<unknown>>>

/** The members of a document that passed. */
export type Checked<M extends MemberChecks> = { readonly [K in keyof M]: M[K] extends Check<infer A> ? A : never }

/** Whether every named member of an object is what it has to be; members without a check are let be. */
export const checkMembers = <M extends MemberChecks>(
  document: JsonObject,
  checks: M,
  issues: Array<MetadataIssue>
): document is JsonObject & Checked<M> => {
  const before = issues.length
  for (const [name, check] of Object.entries(checks)) check(member(document, name), name, issues)
  return issues.length === before
}

/** A value that a rule, given as "what is wrong with it, if anything", accepts. */
const checkThat =
  <A>(is: (value: unknown) => value is A, expected: string, problem?: (value: A) => string | undefined): Check<A> =>
  (value, path, issues): value is A => {
    const message = !is(value) ? (value === undefined ? "is required" : `must be ${expected}`) : problem?.(value)
    if (message !== undefined) issues.push({ path, message })
    return message === undefined
  }

const isText = (value: unknown): value is string => typeof value === "string"

/** A string, of which the rule says what is wrong with it, if anything. */
export const textThat = (problem?: (text: string) => string | undefined): Check<string> =>
  checkThat(isText, "a string", problem)

/** A number, likewise. */
export const numberThat = (problem: (value: number) => string | undefined): Check<number> =>
  checkThat((value): value is number => typeof value === "number", "a number", problem)

export const flag: Check<boolean> = checkThat((value): value is boolean => typeof value === "boolean", "a boolean")

/** One of these strings. */
export const oneOf = <A extends string>(...values: ReadonlyArray<A>): Check<A> =>
  checkThat((value): value is A => values.some((known) => known === value), `one of ${values.join(", ")}`)

const isArray: (value: unknown) => value is ReadonlyArray<unknown> = Array.isArray

/** An array, each element of which passes; at least `minimum` of them. */
export const list = <A>(element: Check<A>, minimum = 0): Check<ReadonlyArray<A>> => {
  const isList = checkThat(isArray, "an array", (values) => (values.length < minimum ? "must not be empty" : undefined))
  return (value, path, issues): value is ReadonlyArray<A> => {
    if (!isList(value, path, issues)) return false
    const before = issues.length
    for (const [index, each] of value.entries()) element(each, `${path}[${index}]`, issues)
    return issues.length === before
  }
}

/** A member that may be absent. */
export const optional =
  <A>(check: Check<A>): Check<A | undefined> =>
  (value, path, issues): value is A | undefined =>
    value === undefined || check(value, path, issues)

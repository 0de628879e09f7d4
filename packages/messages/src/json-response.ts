import * as Result from "effect/Result"
import type { ResponseIssue } from "./rejections.ts"

/** Whether a member is an `A`; says what is wrong with it otherwise. */
export type Check<A> = (value: unknown, refuse: (message: string) => void) => value is A

type Checks = Readonly<Record<string, Check<unknown>>>

type Checked<C extends Checks> = { readonly [K in keyof C]: C[K] extends Check<infer A> ? A : never }

/** Checks the members of a JSON response; the failure has everything that is wrong with them. */
export const decodeResponse = <C extends Checks>(
  checks: C,
  json: unknown
): Result.Result<Checked<C>, ReadonlyArray<ResponseIssue>> => {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return Result.fail([{ path: "", message: "it must be an object" }])
  }
  const issues: Array<ResponseIssue> = []
  const members = Object.fromEntries(
    Object.keys(checks).map((path) => [path, Object.hasOwn(json, path) ? Reflect.get(json, path) : undefined])
  )
  return hasMembers(members, checks, issues) ? Result.succeed(members) : Result.fail(issues)
}

const hasMembers = <C extends Checks>(
  members: Readonly<Record<string, unknown>>,
  checks: C,
  issues: Array<ResponseIssue>
): members is Checked<C> => {
  for (const [path, check] of Object.entries(checks)) check(members[path], (message) => issues.push({ path, message }))
  return issues.length === 0
}

/** A string that a rule accepts; `message` says what is wrong otherwise. */
export const textThat =
  (accepts: (text: string) => boolean, message: string): Check<string> =>
  (value, refuse): value is string => {
    const accepted = typeof value === "string" && accepts(value)
    if (!accepted)
      refuse(value === undefined ? "is required" : typeof value === "string" ? message : "has the wrong type")
    return accepted
  }

/** A member that may be absent, or null. */
export const nullish =
  <A>(check: Check<A>): Check<A | undefined | null> =>
  (value, refuse): value is A | undefined | null =>
    value === undefined || value === null || check(value, refuse)

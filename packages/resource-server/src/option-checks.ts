import { type ScopeSet, scopeSet } from "@postern/scope"
import * as Result from "effect/Result"
import { ConfigurationInvalid } from "./rejections.ts"

/** What was checked, or which option is wrong. */
export type Checked<A> = Result.Result<A, ConfigurationInvalid>

/** An option breaks a rule. */
export const refuseOption = (key: string, reason: string) => Result.fail(new ConfigurationInvalid({ key, reason }))

/** What another package says of a value, as what is wrong with the option `key`. */
const named =
  (key: string) =>
  <A, E extends { readonly message: string }>(result: Result.Result<A, E>): Checked<A> =>
    Result.mapError(result, ({ message: reason }) => new ConfigurationInvalid({ key, reason }))

/** What another package says of its own options, which stand in ours under `prefix`. */
export const under =
  (prefix: string) =>
  <A, E extends { readonly key: string; readonly reason: string }>(result: Result.Result<A, E>): Checked<A> =>
    Result.mapError(result, ({ key, reason }) => new ConfigurationInvalid({ key: prefix + key, reason }))

/** An object that is no list. */
export const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** An option that is an object, or absent: the types say it already, but options also come from JavaScript. */
export const checkObject = (key: string, value: unknown): Checked<void> =>
  value === undefined || isObject(value) ? Result.succeed(undefined) : refuseOption(key, "it has to be an object")

/** Refuses members that are not known. */
export const checkKnown = (object: object, known: object, prefix = ""): Checked<void> => {
  if (!isObject(object)) return refuseOption("options", "it has to be an object")
  const unknown = Object.keys(object).find((key) => !Object.hasOwn(known, key))
  return unknown === undefined ? Result.succeed(undefined) : refuseOption(prefix + unknown, "there is no such option")
}

/** An option that is a text, and not an empty one. */
export const checkText = (key: string, value: unknown): Checked<string> => {
  if (typeof value === "string" && value !== "") return Result.succeed(value)
  return refuseOption(key, value === undefined ? "it has to be given" : "it has to be a text, and not an empty one")
}

/** An option that is a URL of the kind that `parse` reads. */
export const checkUrl = <A, E extends { readonly message: string }>(
  key: string,
  value: unknown,
  parse: (text: string) => Result.Result<A, E>
): Checked<A> => Result.flatMap(checkText(key, value), (text) => named(key)(parse(text)))

/** Options that are true, false or absent. */
export const checkFlags = (flags: Readonly<Record<string, unknown>>): Checked<void> => {
  const wrong = Object.keys(flags).find((key) => !["boolean", "undefined"].includes(typeof flags[key]))
  return wrong === undefined ? Result.succeed(undefined) : refuseOption(wrong, "it has to be true or false")
}

/** An option that is a function, or absent. */
export const checkFunction = (key: string, value: unknown): Checked<void> =>
  value === undefined || typeof value === "function"
    ? Result.succeed(undefined)
    : refuseOption(key, "it has to be a function")

/** An option that has these functions, or is absent. */
export const checkFunctions = (key: string, value: unknown, names: ReadonlyArray<string>): Checked<void> => {
  const has = (name: string): boolean =>
    typeof value === "object" && value !== null && typeof Reflect.get(value, name) === "function"
  return value === undefined || names.every(has)
    ? Result.succeed(undefined)
    : refuseOption(key, `it has to have ${names.length === 1 ? "the function" : "the functions"} ${names.join(", ")}`)
}

/** A list of scopes of a resource. */
export const checkScopes = (key: string, tokens: unknown): Checked<ScopeSet> => {
  const isText = (token: unknown): token is string => typeof token === "string"
  if (!Array.isArray(tokens) || !tokens.every(isText)) return refuseOption(key, "it has to be a list of texts")
  // MCP authorization, section Refresh Tokens: asking for a refresh token is the client's business alone.
  if (tokens.includes("offline_access")) return refuseOption(key, "offline_access is not a scope of a resource")
  return named(key)(scopeSet(tokens))
}

import { isJsonObject } from "@postern/metadata"
import * as Result from "effect/Result"
import { type Algorithm, isAlgorithm } from "./algorithm.ts"
import type { ClientRule } from "./claims.ts"
import { type Dialect, profile } from "./dialect.ts"
import { ConfigurationInvalid } from "./rejections.ts"

/** An option that was checked, or which one is wrong and why. */
export type Checked<A> = Result.Result<A, ConfigurationInvalid>

/** An option is wrong. */
export const refuse = (key: string, reason: string): Result.Result<never, ConfigurationInvalid> =>
  Result.fail(new ConfigurationInvalid({ key, reason }))

/** An option that has been told is one that there is. */
export const checkKnown = (object: unknown, known: object, key: string): Checked<void> => {
  if (!isJsonObject(object)) return refuse(key === "" ? "options" : key, "it has to be an object")
  const unknown = Object.keys(object).find((name) => !Object.hasOwn(known, name))
  if (unknown === undefined) return Result.succeed(undefined)
  return refuse(key === "" ? unknown : `${key}.${unknown}`, "there is no such option")
}

/** A number within bounds. */
export const checkNumber = (
  key: string,
  value: number,
  { least, most, unit }: { readonly least: number; readonly most: number; readonly unit: "seconds" | "entries" }
): Checked<number> =>
  Number.isFinite(value) && value >= least && value <= most && (unit === "seconds" || Number.isInteger(value))
    ? Result.succeed(value)
    : refuse(key, `it has to be a number of ${unit} from ${least} to ${most}`)

const isTexts = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((entry) => typeof entry === "string" && entry !== "")

/** Texts, none of them empty. */
export const checkTexts = (key: string, value: unknown): Checked<ReadonlyArray<string>> =>
  isTexts(value) ? Result.succeed([...value]) : refuse(key, "it has to be a list of texts, none of them empty")

/** Names by which tokens are meant for us: one or several. */
export const checkAudience = (key: string, value: unknown): Checked<ReadonlyArray<string>> => {
  const names: unknown = Array.isArray(value) ? value : [value]
  return isTexts(names) && names.length > 0
    ? Result.succeed([...names])
    : refuse(key, "it has to be one text or a list of several, none of them empty")
}

/** Asymmetric algorithms, at least one (RFC 8725 section 3.1). */
export const checkAlgorithms = (key: string, value: unknown): Checked<ReadonlyArray<Algorithm>> =>
  Array.isArray(value) && value.length > 0 && value.every(isAlgorithm)
    ? Result.succeed([...value])
    : refuse(key, "it has to be a list of asymmetric signature algorithms, at least one")

/** Client ids or a predicate. An empty list would let nobody in and is a mistake. */
export const checkClients = (key: string, value: ClientRule | undefined): Checked<ClientRule | undefined> => {
  if (value === undefined || typeof value === "function") return Result.succeed(value)
  return isTexts(value) && value.length > 0
    ? Result.succeed([...value])
    : refuse(key, "it has to be a list of client ids, at least one, or a function")
}

const DIALECT_LISTS = ["types", "clientId", "scope", "subject", "id", "mayLack", "absent", "unprotected"] as const

/** A dialect that has every member, and no other. */
export const checkDialect = (key: string, value: Dialect | undefined): Checked<Dialect> => {
  if (value === undefined) return Result.succeed(profile)
  const known = checkKnown(value, { ...profile, scopePrefix: true }, key)
  if (Result.isFailure(known)) return Result.fail(known.failure)
  for (const name of DIALECT_LISTS) {
    if (!Array.isArray(value[name])) return refuse(`${key}.${name}`, "it has to be a list")
  }
  if (!isJsonObject(value.audience)) return refuse(`${key}.audience`, "it has to say where the audience stands")
  if (!isJsonObject(value.fixed) || !Object.values(value.fixed).every(isTexts)) {
    return refuse(`${key}.fixed`, "it has to list values by claim")
  }
  if (typeof value.name !== "string") return refuse(`${key}.name`, "it has to be a text")
  return typeof value.typeMayBeAbsent === "boolean"
    ? Result.succeed(value)
    : refuse(`${key}.typeMayBeAbsent`, "it has to be true or false")
}

/** A function, or none. */
export const checkFunction = (key: string, value: unknown): Checked<void> =>
  value === undefined || typeof value === "function"
    ? Result.succeed(undefined)
    : refuse(key, "it has to be a function")

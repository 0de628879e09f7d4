import { isJsonObject } from "@postern/metadata"
import { parseIssuer } from "@postern/uri"
import * as Result from "effect/Result"
import type { ClientRule } from "../claims.ts"
import type { TrustedIssuer } from "../configuration.ts"
import { type Dialect, profile } from "../dialect.ts"
import { ConfigurationInvalid } from "../rejections.ts"

/** What every preset can be told besides its own options. */
export interface PresetRules {
  /** The clients that are let in; all unless told. */
  readonly clients?: ClientRule
  /** Other audiences that may stand beside ours, besides those of the provider itself. */
  readonly foreignAudiences?: ReadonlyArray<string>
}

/**
 * A preset by its name, which it puts into every error: several presets stand in one list of issuers, and each has an
 * `audience`. Options of a caller without types may be none.
 */
export const preset =
  <Options extends object>(name: string, make: (options: Options) => TrustedIssuer) =>
  (options: Options): TrustedIssuer => {
    try {
      if (!isJsonObject(options)) return invalid("options", "it has to be an object")
      return make(options)
    } catch (error) {
      if (!(error instanceof ConfigurationInvalid)) throw error
      throw new ConfigurationInvalid({ key: error.key, reason: error.reason, preset: name })
    }
  }

/** Throws: options come from the program, not from a peer. */
export const invalid = (key: string, reason: string): never => {
  throw new ConfigurationInvalid({ key, reason })
}

/** Refuses options that the preset does not have, so that a misspelt one is never a rule left out. */
export const checkNames = (options: object, names: ReadonlyArray<string>): void => {
  const known = [...names, "clients", "foreignAudiences"]
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) invalid(unknown, "there is no such option")
}

/** A text of the form that the provider gives it. */
export const requireText = (key: string, value: unknown, form: RegExp, reason: string): string =>
  typeof value === "string" && form.test(value) ? value : invalid(key, reason)

// Lower case, as the provider spells it in `iss`, which is compared exactly.
const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/

/** A host name as it stands in the provider's console. */
export const requireHost = (key: string, value: unknown): string =>
  requireText(key, value, HOST, "it has to be a host name in lower case, without https:// and without a path")

/** The URL of a server of one's own, without a slash at the end. */
export const requireServer = (key: string, value: unknown): string => {
  const form = requireText(key, value, /[^/]$/, "it has to be a URL without a slash at the end")
  const url = parseIssuer(form)
  return Result.isSuccess(url) ? url.success : invalid(key, url.failure.message)
}

/** One name or several, none of them empty. */
export const requireNames = (key: string, value: unknown): ReadonlyArray<string> => {
  const names: unknown = Array.isArray(value) ? value : [value]
  return Array.isArray(names) &&
    names.length > 0 &&
    names.every((name): name is string => typeof name === "string" && name !== "")
    ? [...names]
    : invalid(key, "it has to be one text or a list of several, none of them empty")
}

/** What a provider's ID tokens have, and its access tokens never (OpenID Connect Core section 2 and 3.3.2.11). */
export const idTokenMarks: ReadonlyArray<string> = ["nonce", "at_hash", "c_hash"]

/** A dialect by what it has different from RFC 9068. */
export const dialectOf = (name: string, differences: Omit<Partial<Dialect>, "name">): Dialect => ({
  ...profile,
  absent: idTokenMarks,
  ...differences,
  name
})

/** The trusted issuer that a preset stands for, with the rules that were told. */
export const trust = (
  issuer: Omit<TrustedIssuer, keyof PresetRules>,
  { clients, foreignAudiences = [] }: PresetRules,
  ownAudiences: ReadonlyArray<string> = []
): TrustedIssuer => ({
  ...issuer,
  ...(clients === undefined ? {} : { clients }),
  foreignAudiences: Array.isArray(foreignAudiences)
    ? [...ownAudiences, ...foreignAudiences]
    : invalid("foreignAudiences", "it has to be a list of texts")
})

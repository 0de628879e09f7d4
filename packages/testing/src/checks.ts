import { ConfigurationInvalid } from "./configuration-invalid.ts"

/** Looks at the value of one option; throws {@link ConfigurationInvalid} with the key where it is wrong. */
export type Check = (key: string, value: unknown) => void

/** A check for each option of a type. */
export type Checks<O> = Readonly<Record<keyof O, Check>>

const invalid = (key: string, reason: string): never => {
  throw new ConfigurationInvalid({ key, reason })
}

const fact =
  (holds: (value: unknown) => boolean, reason: string): Check =>
  (key, value) => {
    if (!holds(value)) invalid(key, reason)
  }

/** For an option that has to be there. */
export const required =
  (check: Check): Check =>
  (key, value) =>
    value === undefined ? invalid(key, "has to be given") : check(key, value)

/** For an option that may be left out. */
export const optional =
  (check: Check): Check =>
  (key, value) => {
    if (value !== undefined) check(key, value)
  }

export const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

export const text: Check = fact(isText, "has to be a text that is not empty")
export const flag: Check = fact((value) => typeof value === "boolean", "has to be true or false")
export const callable: Check = fact((value) => typeof value === "function", "has to be a function")

const parsed = (value: unknown): URL | null => (isText(value) ? URL.parse(value) : null)

export const uri: Check = fact((value) => parsed(value) !== null, "has to be an absolute URI")

export const url: Check = fact(
  (value) => /^https?:$/.test(parsed(value)?.protocol ?? ""),
  "has to be an http or https URL"
)

export const origin: Check = fact((value) => {
  const found = parsed(value)
  return found !== null && /^https?:$/.test(found.protocol) && found.origin === value
}, "has to be an origin, such as https://as.example.com, without a slash or a path behind it")

/** For what a path is put behind. */
export const base: Check = fact((value) => {
  const found = parsed(value)
  return (
    found !== null &&
    /^https?:$/.test(found.protocol) &&
    found.href.replace(/\/$/, "") === value &&
    found.search + found.hash === ""
  )
}, "has to be an http or https URL without a slash at its end")

export const host: Check = fact(
  (value) => isText(value) && URL.parse(`https://${value}/`)?.host === value,
  "has to be the name of a host, such as example.okta.com, without https:// and in lower case"
)

/** For one segment of a path. */
export const segment: Check = fact(
  (value) => isText(value) && /^[\w.~-]+$/.test(value),
  "has to be one segment of a path: letters, digits and - . _ ~"
)

export const matching = (pattern: RegExp, reason: string): Check =>
  fact((value) => isText(value) && pattern.test(value), reason)

/** Every member of a list, each under its own key. */
export const list =
  (check: Check, { least = 0 }: { readonly least?: number } = {}): Check =>
  (key, value) => {
    if (!Array.isArray(value)) return invalid(key, "has to be a list")
    if (value.length < least) return invalid(key, `has to have at least ${least} member`)
    for (const [index, member] of value.entries()) check(`${key}[${index}]`, member)
  }

/** Every member of an object; one that has no check is refused. `key` is `""` for the options themselves. */
export const members =
  (checks: Readonly<Record<string, Check>>): Check =>
  (key, value) => {
    if (typeof value !== "object" || value === null) return invalid(key === "" ? "options" : key, "has to be an object")
    const path = (name: string) => (key === "" ? name : `${key}.${name}`)
    const unknown = Object.keys(value).find((name) => !Object.hasOwn(checks, name))
    if (unknown !== undefined) {
      invalid(path(unknown), `is not one of the options: ${Object.keys(checks).join(", ")}`)
    }
    const given = new Map<string, unknown>(Object.entries(value))
    for (const [name, check] of Object.entries(checks)) check(path(name), given.get(name))
  }

import { ConfigurationInvalid } from "./errors.ts"

/** An option is wrong: that is a bug of the program, so it throws. */
export const refuse = (key: string, reason: string): never => {
  throw new ConfigurationInvalid({ key, reason })
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Options that are an object and have no member that is not known, so that a misspelt one is never a bound left out. */
export const checkKnown = (key: string, options: unknown, known: object): void => {
  if (!isObject(options)) return refuse(key === "" ? "options" : key, "it has to be an object")
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name))
  if (unknown !== undefined) refuse(key === "" ? unknown : `${key}.${unknown}`, "there is no such option")
}

/** A function, or absent. */
export const checkFunction = (key: string, value: unknown): void => {
  if (value !== undefined && typeof value !== "function") refuse(key, "it has to be a function")
}

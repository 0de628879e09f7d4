import { UsageInvalid } from "./usage-invalid.ts"

/** The arguments of a tool: a JSON object, then each `NAME=TEXT` or `NAME:=JSON` in its place. */
export const toolParameters = (
  json: string | undefined,
  args: ReadonlyArray<string>
): Readonly<Record<string, unknown>> => {
  const parameters = new Map(Object.entries(json === undefined ? {} : objectOf(json)))
  for (const arg of args) {
    const [, name = "", sign, value = ""] = /^([^=:]+)(:?=)(.*)$/s.exec(arg) ?? []
    if (name === "") throw new UsageInvalid(`--arg ${arg}: NAME=TEXT, or NAME:=JSON`)
    parameters.set(name, sign === "=" ? value : valueOf(`--arg ${name}`, value))
  }
  return Object.fromEntries(parameters)
}

const valueOf = (subject: string, json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    throw new UsageInvalid(`${subject}: not JSON`)
  }
}

const objectOf = (json: string): object => {
  const value = valueOf("the arguments of the tool", json)
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value
  throw new UsageInvalid("the arguments of the tool: not a JSON object")
}

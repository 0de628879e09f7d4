/** A row or a JSON object whose fields are checked when they are read. */
export type Fields = Readonly<Record<string, unknown>>

// Text that we wrote and cannot read back is damage to the database: thrown here, answered as StoreFailed.
const damaged = (name: string): Error => new Error(`the stored field "${name}" has the wrong type`)

export const text = (fields: Fields, name: string): string => {
  const value = fields[name]
  if (typeof value !== "string") throw damaged(name)
  return value
}

export const optionalText = (fields: Fields, name: string): string | undefined =>
  fields[name] === undefined || fields[name] === null ? undefined : text(fields, name)

export const integer = (fields: Fields, name: string): number => {
  const value = fields[name]
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw damaged(name)
  return value
}

export const optionalInteger = (fields: Fields, name: string): number | undefined =>
  fields[name] === undefined || fields[name] === null ? undefined : integer(fields, name)

export const optionalBoolean = (fields: Fields, name: string): boolean | undefined => {
  const value = fields[name]
  if (value === undefined || typeof value === "boolean") return value
  throw damaged(name)
}

export const texts = (fields: Fields, name: string): ReadonlyArray<string> => {
  const value = fields[name]
  if (!Array.isArray(value)) throw damaged(name)
  return value.map((item: unknown) => {
    if (typeof item !== "string") throw damaged(name)
    return item
  })
}

export const oneOf = <const A extends string>(fields: Fields, name: string, allowed: ReadonlyArray<A>): A => {
  const value = allowed.find((candidate) => candidate === fields[name])
  if (value === undefined) throw damaged(name)
  return value
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const object = (fields: Fields, name: string): Fields => {
  const value = fields[name]
  if (!isFields(value)) throw damaged(name)
  return value
}

export const objects = (fields: Fields, name: string): ReadonlyArray<Fields> => {
  const value = fields[name]
  if (!Array.isArray(value)) throw damaged(name)
  return value.map((item: unknown) => object({ [name]: item }, name))
}

/** The JSON text in a column, parsed. */
export const json = (fields: Fields, name: string): { readonly [column: string]: unknown } => ({
  [name]: JSON.parse(text(fields, name))
})

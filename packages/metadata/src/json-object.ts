/** A JSON object. Of one that a peer wrote, members are read with {@link member} alone. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is a JSON object: not null and not an array. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A member that the object itself has: a name such as `constructor` or `__proto__` finds nothing inherited. */
export const member = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined

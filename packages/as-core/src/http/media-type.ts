import { MAXIMUM_MEDIA_TYPE_LENGTH } from "../limits.ts"

const NAME = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/

/**
 * The type of a Content-Type header in lower case, without its parameters; `undefined` when there is none, when there are
 * several in one header, or when it names another charset than UTF-8 (RFC 9110 section 8.3).
 */
export const mediaType = (header: string | null): string | undefined => {
  if (header === null || header.length > MAXIMUM_MEDIA_TYPE_LENGTH) return undefined
  // Most headers are a name and nothing else.
  if (NAME.test(header)) return header
  const [type = "", ...parameters] = header.toLowerCase().split(";")
  const name = type.trim()
  if (!NAME.test(name)) return undefined
  const fine = parameters.every((parameter) => {
    const [key = "", value = ""] = parameter.split("=").map((part) => part.trim())
    return !parameter.includes(",") && (key !== "charset" || value === "utf-8" || value === '"utf-8"')
  })
  return fine ? name : undefined
}

import { MAXIMUM_NAME_CHARACTERS } from "../limits.ts"

/**
 * What a client calls itself, fit for a page: control, formatting (right-to-left marks, zero-width) and unassigned characters
 * removed, white space folded, at most 100 characters. It remains unverified.
 */
export const displayName = (name: string): string =>
  Array.from(
    name
      .slice(0, 4 * MAXIMUM_NAME_CHARACTERS)
      .replace(/\s+/gu, " ")
      .replace(/\p{C}/gu, "")
      .trim()
  )
    .slice(0, MAXIMUM_NAME_CHARACTERS)
    .join("")

const MAXIMUM_CHARACTERS = 100

/**
 * What a client calls itself, fit for a page: control, formatting (right-to-left marks, zero-width) and unassigned characters
 * removed, white space folded, at most 100 characters. It remains unverified.
 */
export const displayName = (name: string): string =>
  Array.from(
    name
      .slice(0, 4 * MAXIMUM_CHARACTERS)
      .replace(/\s+/gu, " ")
      .replace(/\p{C}/gu, "")
      .trim()
  )
    .slice(0, MAXIMUM_CHARACTERS)
    .join("")

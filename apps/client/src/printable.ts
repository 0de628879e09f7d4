// What is no visible text but line ends and tabs: controls, what changes the direction of a text, what stands for no character.
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu

/** A server's words for a terminal: no control character but line ends and tabs, none that changes the direction of the text. */
export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, "\uFFFD")

/** JSON for a terminal: what {@link printable} takes out is escaped, so that the value stays the same. */
export const printableJson = (json: string): string =>
  json.replaceAll(UNPRINTABLE, (character) =>
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join("")
  )

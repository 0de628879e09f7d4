import type { ServerEvent } from "@postern/as-core"

/**
 * An event as one line of JSON in ASCII: a client identifier may hold what moves a terminal's cursor or turns its text
 * around, and JSON escapes only some of that.
 */
export const eventLine = (event: ServerEvent, time: Date): string =>
  JSON.stringify({ time: time.toISOString(), ...event }).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/** An OAuth error, as it comes in a redirect or in JSON. */
export interface DescribedError {
  /** `1*NQSCHAR`: compare it, do not show it as if it were ours. */
  readonly error: string
  /** A stranger's text: control characters removed, at most 2,000 characters. Escape it before it is shown. */
  readonly errorDescription?: string | undefined
  /** An http or https URL of at most 2,000 characters; any other is left out. Never opened by itself. */
  readonly errorUri?: string | undefined
}

const MAXIMUM = 2000

/** What is kept of a stranger's description: no control or bidirectional formatting characters, bounded. */
export const cleanDescription = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined
  // Cut first, so that the replacement works on a bounded text; a surrogate pair may be cut in two.
  const clean = text
    .slice(0, MAXIMUM)
    .replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, "")
    .toWellFormed()
  return clean === "" ? undefined : clean
}

/** The URI of a page about the error, if it is one that a browser shows: `javascript:` and the like are dropped. */
export const cleanErrorUri = (text: string | undefined): string | undefined =>
  text !== undefined &&
  text.length <= MAXIMUM &&
  /^https?:\/\/[\x21\x23-\x5B\x5D-\x7E]+$/.test(text) &&
  URL.canParse(text)
    ? text
    : undefined

/** What may be sent as a description: `1*NQSCHAR`; anything else in our own sentence is left out. */
export const sendableDescription = (text: string | undefined): string | undefined =>
  text?.replace(/[^\x20\x21\x23-\x5B\x5D-\x7E]/g, "") || undefined

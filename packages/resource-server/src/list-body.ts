import { makeEventRewriter } from "./event-stream.ts"

/** The JSON-RPC message in, what may be shown of it out. */
export type MessageFilter = (message: unknown) => unknown

/** Takes the text of a body in pieces of any size; gives back, piece by piece and at the end, what may be shown. */
export interface BodyFilter {
  /** The next piece of the body in, what may be shown so far out. */
  readonly next: (piece: string) => string
  /** What is left to be shown when the body has ended. */
  readonly end: () => string
}

/** The text that stands where a message could not be filtered: nothing of the message goes out. */
export const unfilterable =
  '{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"The answer could not be filtered"}}'

const parse = (text: string): { readonly message: unknown } | undefined => {
  try {
    return { message: JSON.parse(text) }
  } catch {
    return undefined
  }
}

// What goes out is what was judged: a message is written anew, so that no reader finds in the old text what ours did not (a
// member that stands twice, `NaN`).
const rewriteWith =
  (filter: MessageFilter) =>
  (text: string): string => {
    const parsed = parse(text)
    return parsed === undefined ? unfilterable : (JSON.stringify(filter(parsed.message)) ?? unfilterable)
  }

/**
 * What filters a body of this `Content-Type` and `Content-Encoding`: one JSON message, or an event stream of them.
 * `undefined` for what is not read here: a compressed body, or another media type.
 */
export const makeBodyFilter = (
  contentType: string | null,
  contentEncoding: string | null,
  filter: MessageFilter
): BodyFilter | undefined => {
  if (!["", "identity"].includes(contentEncoding?.trim().toLowerCase() ?? "")) return undefined
  const rewrite = rewriteWith(filter)
  switch (mediaType(contentType)) {
    case "text/event-stream":
      return { next: makeEventRewriter(rewrite), end: () => "" }
    case "application/json": {
      const pieces: Array<string> = []
      const end = () => {
        const text = pieces.join("")
        return text === "" ? "" : rewrite(text)
      }
      return { next: (piece) => (pieces.push(piece), ""), end }
    }
    default:
      return undefined
  }
}

/** The media type that a `Content-Type` names, in lower case and without parameters. */
export const mediaType = (contentType: string | null): string =>
  contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? ""

import type { Access, Answer, Begun, Head, PublicAccess, ReadBody } from "./incoming.ts"
import type { Refusal } from "./rejections.ts"

/** A request that may pass, and what was found out about it. */
export interface Admitted<A = Access> {
  readonly _tag: "Admitted"
  readonly access: A
  /** The request, its body the very bytes that were judged and still to be read. */
  readonly request: Request
}

/** A request that goes no further: the finished answer, and why. */
export interface RefusedRequest {
  readonly _tag: "Refused"
  readonly response: Response
  /** `undefined` when the answer is none of a refusal: the metadata document, a preflight, a page that is not there, a bug. */
  readonly rejection: Refusal | undefined
}

/** Path and query of a URL that the platform has written. */
const targetOf = (url: string): string => {
  const path = url.indexOf("/", url.indexOf("://") + 3)
  const fragment = url.indexOf("#")
  return fragment < 0 ? url.slice(path) : url.slice(path, fragment)
}

/** What comes before the body of a request. */
export const headOf = ({ headers, method, url }: Request): Head => ({
  method,
  target: targetOf(url),
  header: (name) => headers.get(name)
})

/** An answer as the web has it. */
export const toResponse = ({ body, headers, status }: Answer): Response => new Response(body, { status, headers })

// The handler reads the bytes that were judged, and none that came after them.
const again = ({ headers, method, signal, url }: Request, body: Uint8Array<ArrayBuffer>): Request =>
  new Request(url, { method, headers, signal, body })

/** What became of a request whose body, if it was wanted, is read. */
export const settle = (
  begun: Begun,
  request: Request,
  body: Exclude<ReadBody, Uint8Array> | Uint8Array<ArrayBuffer>
): Admitted<Access | PublicAccess> | RefusedRequest => {
  if (begun._tag === "Finished") {
    return { _tag: "Refused", response: toResponse(begun.answer), rejection: begun.rejection }
  }
  const outcome = begun.finish(body)
  if (outcome._tag === "Refused") {
    return { _tag: "Refused", response: toResponse(outcome.answer), rejection: outcome.rejection }
  }
  return { _tag: "Admitted", access: outcome, request: body instanceof Uint8Array ? again(request, body) : request }
}

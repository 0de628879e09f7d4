import * as Effect from "effect/Effect"
import { BodyTooLarge, CredentialsRepeated, MediaTypeUnsupported, MessageMalformed } from "./rejections.ts"

const mediaType = (headers: Headers): string | undefined =>
  headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase()

const concatenate = (chunks: ReadonlyArray<Uint8Array>, size: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

// `undefined` as soon as more than `maximumBytes` have come; the rest is not read.
const readBounded = async (body: ReadableStream<Uint8Array>, maximumBytes: number) => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maximumBytes) return undefined
    chunks.push(chunk)
  }
  return concatenate(chunks, size)
}

const readBytes = (
  request: Request,
  maximumBytes: number
): Effect.Effect<Uint8Array<ArrayBuffer>, BodyTooLarge | MessageMalformed> =>
  Effect.gen(function* () {
    const announced = Number(request.headers.get("content-length") ?? 0)
    const { body } = request
    if (body === null) return new Uint8Array()
    if (request.bodyUsed) throw new Error("the guard comes before whatever reads the body")
    const bytes =
      announced > maximumBytes
        ? undefined
        : yield* Effect.tryPromise({
            try: () => readBounded(body, maximumBytes),
            catch: () => new MessageMalformed({ reason: "unreadable" })
          })
    return bytes ?? (yield* new BodyTooLarge({ maximumBytes }))
  })

/** The bytes of a JSON body, at most `maximumBytes`. A form that brings a token beside the header's is refused as such. */
export const readJsonBody = (
  request: Request,
  { maximumBytes }: { readonly maximumBytes: number }
): Effect.Effect<
  Uint8Array<ArrayBuffer>,
  BodyTooLarge | MessageMalformed | MediaTypeUnsupported | CredentialsRepeated
> =>
  Effect.gen(function* () {
    const type = mediaType(request.headers)
    if (type === "application/json") return yield* readBytes(request, maximumBytes)
    if (type !== "application/x-www-form-urlencoded") return yield* new MediaTypeUnsupported()
    const form = new TextDecoder().decode(yield* readBytes(request, maximumBytes))
    // RFC 6750 section 2: "Clients MUST NOT use more than one method to transmit the token in each request."
    if (new URLSearchParams(form).has("access_token")) return yield* new CredentialsRepeated()
    return yield* new MediaTypeUnsupported()
  })

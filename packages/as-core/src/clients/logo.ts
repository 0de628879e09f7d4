import type { Transport } from "@postern/safe-fetch"
import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { mediaType } from "../http/media-type.ts"
import {
  LOGO_MISSING_SECONDS,
  LOGO_PATIENCE_MILLIS,
  LOGO_SECONDS,
  MAXIMUM_LOGO_BYTES,
  MAXIMUM_LOGOS
} from "../limits.ts"
import { nowSeconds } from "../now.ts"
import type { Client } from "../store.ts"
import type { FetchBudget } from "./fetch-budget.ts"
import { imageTypeOf, imageTypes } from "./image.ts"

/** A client's logo as a `data:` URI, if it has one that can be had in time; never an error. */
export type LogoFinder = (client: Pick<Client, "clientId" | "logoUri" | "origin">) => Effect.Effect<string | undefined>

/**
 * Logos through `transport`: PNG, JPEG or WebP of at most 64 kB. Only of clients that somebody vouches for, the operator or the
 * host of their document: who registers unasked may call itself anything, and gets no picture for it.
 */
export const makeLogoFinder = (options: {
  readonly transport: Transport | undefined
  readonly budget: FetchBudget
}): Effect.Effect<LogoFinder> => {
  const { transport, budget } = options
  if (transport === undefined) return Effect.succeed(() => Effect.succeed(undefined))
  return Effect.map(
    Cache.makeWith((place: string) => fetchLogo(place, { transport, budget }), {
      capacity: MAXIMUM_LOGOS,
      timeToLive: (exit) =>
        Duration.seconds(exit._tag === "Success" && exit.value !== undefined ? LOGO_SECONDS : LOGO_MISSING_SECONDS)
    }),
    (logos): LogoFinder =>
      Effect.fnUntraced(function* ({ clientId, logoUri, origin }) {
        if (logoUri === undefined || origin === "registered") return undefined
        // Who named it decides where it may lead, so it is a part of the key.
        const place = origin === "document" ? `${logoUri} ${clientId}` : logoUri
        // A fiber of its own: the page goes on, and so does the fetch.
        const fiber = yield* Effect.forkDetach(Cache.get(logos, place))
        return yield* Fiber.join(fiber).pipe(
          Effect.timeoutOrElse({ duration: LOGO_PATIENCE_MILLIS, orElse: () => Effect.succeed(undefined) })
        )
      })
  )
}

/** `place`: where the logo is and, after a space, the document that says so, or the operator where there is none. */
const fetchLogo = Effect.fnUntraced(function* (
  place: string,
  { transport, budget }: { readonly transport: Transport; readonly budget: FetchBudget }
) {
  const [url = "", namedBy] = place.split(" ")
  if (budget.take(url, yield* nowSeconds) > 0) return undefined
  const answered = yield* Effect.result(
    transport.fetch({
      url,
      headers: { accept: imageTypes.join(", ") },
      types: imageTypes,
      ...(namedBy !== undefined && { namedBy })
    })
  )
  if (Result.isFailure(answered)) return undefined
  const { status, headers, bytes } = answered.success
  if (status !== 200 || bytes === undefined || bytes.length > MAXIMUM_LOGO_BYTES) return undefined
  const type = imageTypeOf(bytes)
  // Declared as one thing and being another is how an image becomes something else.
  return type !== undefined && mediaType(headers.get("content-type")) === type
    ? `data:${type};base64,${encodeBase64(bytes)}`
    : undefined
})

const encodeBase64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))

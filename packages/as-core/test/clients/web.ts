import { FetchRejected, type SafeRequest, TransportFailed, type Transport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"

export const ID = "https://app.example.com/client.json"
export const HOME = "https://app.example.com/cb"

export const document = (members: object = {}): string =>
  JSON.stringify({ client_id: ID, client_name: "App", redirect_uris: [HOME], ...members })

export interface Answer {
  readonly status?: number
  readonly type?: string | null
  readonly text?: string
  readonly bytes?: Uint8Array
  readonly cacheControl?: string
  readonly headers?: Readonly<Record<string, string>>
}

type Next = Answer | FetchRejected | TransportFailed

/** A web that answers every URL with `next`, or with what stands for it in `at`, and remembers what was asked. */
export class Web implements Transport {
  next: Next = {}
  readonly at = new Map<string, Next>()
  readonly asked: Array<SafeRequest> = []
  /** Set, an answer takes that many milliseconds of real time. */
  delayMillis: number | undefined
  readonly fetch: Transport["fetch"] = (request) =>
    Effect.suspend(() => {
      this.asked.push(request)
      const next = this.at.get(request.url) ?? this.next
      const { delayMillis } = this
      const wait =
        delayMillis === undefined
          ? Effect.void
          : Effect.promise(() => new Promise<void>((resolve) => void setTimeout(resolve, delayMillis)))
      return Effect.andThen(wait, this.#answer(request, next))
    })
  /** The URLs that were asked for. */
  get urls(): ReadonlyArray<string> {
    return this.asked.map(({ url }) => url)
  }
  #answer(request: SafeRequest, next: Next): ReturnType<Transport["fetch"]> {
    if (next instanceof FetchRejected || next instanceof TransportFailed) return Effect.fail(next)
    const headers = new Headers(next.headers)
    if (next.type !== null) headers.set("content-type", next.type ?? "application/json")
    if (next.cacheControl !== undefined) headers.set("cache-control", next.cacheControl)
    const { url } = request
    const text = next.text ?? document({ client_id: url })
    return Effect.succeed({
      status: next.status ?? 200,
      headers,
      text: next.bytes === undefined ? text : "",
      ...(next.bytes !== undefined && { bytes: next.bytes }),
      url
    })
  }
}

import { type KeySource, makeRemoteKeys } from "@postern/jwt-verify"
import type { Transport } from "@postern/safe-fetch"
import * as Result from "effect/Result"
import { KEY_SET_COOL_DOWN_SECONDS, KEY_SET_SECONDS, KEY_SET_STALE_SECONDS, MAXIMUM_KEY_SETS } from "../limits.ts"
import { clientKeyRules } from "./key-set.ts"

/** A client's key set behind a URL, and who named that URL, as `Transport` wants to know it. */
export interface KeySetUrl {
  readonly clientId: string
  readonly url: string
  readonly namedBy?: string
}

/** The keys behind a URL, fetched when they are asked for; `undefined` for a URL that nothing may be fetched from. */
export type RemoteKeys = (at: KeySetUrl) => KeySource | undefined

const TIMES = {
  cache: {
    maxAgeSeconds: KEY_SET_SECONDS,
    minimumAgeSeconds: KEY_SET_COOL_DOWN_SECONDS,
    cooldownSeconds: KEY_SET_COOL_DOWN_SECONDS,
    maxStaleSeconds: KEY_SET_STALE_SECONDS
  },
  askAgainAfterSeconds: KEY_SET_COOL_DOWN_SECONDS
}

/**
 * Key sets of clients through `transport`: kept for five minutes, or for less where their server says so. Strangers name the
 * URLs, so what is held is bounded: the one that was not used for longest leaves first.
 */
export const makeRemoteClientKeys = ({ transport }: { readonly transport: Transport }): RemoteKeys => {
  const sources = new Map<string, KeySource>()
  const fetch: Transport["fetch"] = (request) =>
    transport.fetch({ ...request, headers: { accept: "application/json" } })

  const makeSource = ({ clientId: issuer, ...at }: KeySetUrl): KeySource | undefined =>
    Result.getOrUndefined(makeRemoteKeys({ ...clientKeyRules, ...TIMES, ...at, issuer, fetch }))

  return (at) => {
    // What a stranger may name and what the operator did are not the same place.
    const name = JSON.stringify([at.url, at.namedBy === undefined ? null : URL.parse(at.namedBy)?.origin])
    const source = sources.get(name) ?? makeSource(at)
    if (source === undefined) return undefined
    sources.delete(name)
    sources.set(name, source)
    const [oldest] = sources.keys()
    if (sources.size > MAXIMUM_KEY_SETS && oldest !== undefined) sources.delete(oldest)
    return source
  }
}

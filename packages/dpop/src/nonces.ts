import { constantTimeEqual, encodeBase64Url } from "@postern/bytes"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ConfigurationInvalid } from "./rejections.ts"

/** The nonces that a server gives out and takes back (RFC 9449 sections 8 and 9). */
export interface Nonces {
  /** The one to use now. */
  readonly current: Effect.Effect<string>
  /** Whether it is one of ours and not too old. */
  readonly accepts: (nonce: string) => Effect.Effect<boolean>
}

/** What nonces are made from. */
export interface NoncesOptions {
  /** At least 32 random bytes; instances of one server share them. */
  readonly secret: Uint8Array
  /** How long one nonce is given out; it is accepted for as long again. 1 to 3600 seconds, 300 unless told. */
  readonly lifetimeSeconds?: number
}

const refuse = (key: string, reason: string) => Result.fail(new ConfigurationInvalid({ key, reason }))

/**
 * Nonces that need no memory: the HMAC-SHA-256 of a span of time. Nobody without the secret can tell one before its span
 * begins; the one given out now and the one before it are accepted.
 */
export const makeNonces = (options: NoncesOptions): Result.Result<Nonces, ConfigurationInvalid> => {
  const { lifetimeSeconds = 300, secret, ...others } = options
  for (const key of Object.keys(others)) return refuse(key, "there is no such option")
  if (!(secret instanceof Uint8Array) || secret.length < 32) return refuse("secret", "it has to be at least 32 bytes")
  if (!Number.isInteger(lifetimeSeconds) || lifetimeSeconds < 1 || lifetimeSeconds > 3600) {
    return refuse("lifetimeSeconds", "it has to be a whole number from 1 to 3600")
  }
  return Result.succeed(fromSecret(new Uint8Array(secret), lifetimeSeconds))
}

const utf8 = new TextEncoder()
const HMAC = { name: "HMAC", hash: "SHA-256" }

const fromSecret = (secret: Uint8Array<ArrayBuffer>, lifetimeSeconds: number): Nonces => {
  const compute = async (span: number): Promise<string> => {
    const key = await crypto.subtle.importKey("raw", secret, HMAC, false, ["sign"])
    // The purpose and the lifetime are part of it, so that a secret with two uses has no value in common.
    const input = utf8.encode(`postern dpop nonce ${lifetimeSeconds} ${span}`)
    return encodeBase64Url(new Uint8Array(await crypto.subtle.sign("HMAC", key, input)))
  }
  // The spans asked for: never more than two, since only now and before are.
  const computed = new Map<number, Promise<string>>()
  const nonceOf = (span: number): Promise<string> => {
    for (const other of computed.keys()) if (other < span - 1 || other > span + 1) computed.delete(other)
    const known = computed.get(span) ?? compute(span)
    computed.set(span, known)
    return known
  }
  const span = Effect.map(Clock.currentTimeMillis, (millis) => Math.floor(millis / 1000 / lifetimeSeconds))
  return {
    current: Effect.flatMap(span, (now) => Effect.promise(() => nonceOf(now))),
    accepts: (nonce) =>
      Effect.flatMap(span, (now) =>
        Effect.promise(async () => {
          const received = utf8.encode(nonce)
          const ours = await Promise.all([nonceOf(now), nonceOf(now - 1)])
          // All of them, so that the time does not tell which.
          return ours.map((text) => constantTimeEqual(received, utf8.encode(text))).includes(true)
        })
      )
  }
}

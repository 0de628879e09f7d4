import * as Effect from "effect/Effect"
import { encodeBase64Url } from "./base64url.ts"
import { SynchronousCrypto } from "./synchronous-crypto.ts"

/** The SHA-256 hash (FIPS 180-4), 32 bytes; a string is hashed as its UTF-8 bytes. */
export const sha256 = (input: string | Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.flatMap(SynchronousCrypto, (platform) =>
    platform === undefined ? waitForHash(input) : Effect.succeed(new Uint8Array(hashNow(platform, input)))
  )

/** The SHA-256 hash as base64url text (43 letters): the form in which secrets are stored and looked up. */
export const sha256Text = (input: string | Uint8Array): Effect.Effect<string> =>
  Effect.flatMap(SynchronousCrypto, (platform) => {
    if (platform === undefined) return Effect.map(waitForHash(input), encodeBase64Url)
    // As text at once where that is possible: it takes a third of the time.
    const text = platform.hash?.("sha256", input, "base64url") ?? encodeBase64Url(hashNow(platform, input))
    return Effect.succeed(text)
  })

const hashNow = (platform: SynchronousCrypto, input: string | Uint8Array): Uint8Array =>
  platform.hash?.("sha256", input, "buffer") ?? platform.createHash("sha256").update(input).digest()

const waitForHash = (input: string | Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.promise(async () => {
    // A copy: WebCrypto's type excludes bytes over shared memory.
    const bytes = typeof input === "string" ? new TextEncoder().encode(input) : new Uint8Array(input)
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
  })

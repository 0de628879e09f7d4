import * as Effect from "effect/Effect"
import { encodeBase64Url } from "./base64url.ts"
import { SynchronousCrypto } from "./synchronous-crypto.ts"

/** The SHA-256 hash (FIPS 180-4), 32 bytes; a string is hashed as its UTF-8 bytes. */
export const sha256 = (input: string | Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.flatMap(SynchronousCrypto, (platform) =>
    platform === undefined
      ? Effect.promise(async () => {
          // A copy: WebCrypto's type excludes bytes over shared memory.
          const bytes = typeof input === "string" ? new TextEncoder().encode(input) : new Uint8Array(input)
          return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
        })
      : Effect.succeed(new Uint8Array(platform.createHash("sha256").update(input).digest()))
  )

/** The SHA-256 hash as base64url text (43 letters): the form in which secrets are stored and looked up. */
export const sha256Text = (input: string | Uint8Array): Effect.Effect<string> =>
  Effect.map(sha256(input), encodeBase64Url)

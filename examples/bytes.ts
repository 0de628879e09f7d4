import * as Effect from "effect/Effect"
import { constantTimeEqual, decodeBase64Url, encodeBase64Url, randomText, sha256, sha256Text } from "@postern/bytes"

const secret = await Effect.runPromise(randomText()) // 256 bits as 43 letters
const stored = await Effect.runPromise(sha256Text(secret)) // what a store keeps instead
const presented = await Effect.runPromise(sha256(secret))
console.log(
  constantTimeEqual(presented, decodeBase64Url(stored) ?? new Uint8Array()),
  encodeBase64Url(presented) === stored
)

import { createDecipheriv, createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { openAnswer, sealAnswer } from "../../src/token/sealed-answer.ts"

const TOKEN = "n".repeat(22) + "s".repeat(43)
const ANSWER = '{"access_token":"é"}'

describe("a sealed answer", () => {
  it("opens under the token that it was the answer to, and under no other", async () => {
    const sealed = await Effect.runPromise(sealAnswer(TOKEN, ANSWER))
    expect(await Effect.runPromise(openAnswer(TOKEN, sealed))).toBe(ANSWER)
    expect(await Effect.runPromise(openAnswer(`${TOKEN.slice(0, -1)}t`, sealed))).toBeUndefined()
    expect(await Effect.runPromise(sealAnswer(TOKEN, ANSWER))).not.toBe(sealed)
  })

  it("does not open when a bit of it changed, or when nobody sealed it", async () => {
    const sealed = await Effect.runPromise(sealAnswer(TOKEN, ANSWER))
    const bytes = Buffer.from(sealed, "base64url")
    for (const at of [0, 12, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await Effect.runPromise(openAnswer(TOKEN, changed.toString("base64url")))).toBeUndefined()
    }
    for (const text of ["", "AAAA", "!", "A".repeat(16), "A".repeat(100)]) {
      expect(await Effect.runPromise(openAnswer(TOKEN, text))).toBeUndefined()
    }
  })

  it("is AES-256-GCM under a key that one hash of the token derives, as another implementation opens it", async () => {
    const bytes = Buffer.from(await Effect.runPromise(sealAnswer(TOKEN, ANSWER)), "base64url")
    const key = createHash("sha256").update("00000001", "hex").update(TOKEN).update("refresh answer").digest()
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12))
    decipher.setAAD(Buffer.from("refresh answer"))
    decipher.setAuthTag(bytes.subarray(-16))
    const opened = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()])
    expect(opened.toString()).toBe(ANSWER)
  })
})

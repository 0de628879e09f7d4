import { encodeBase64Url } from "@postern/bytes"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { claims, endpoint, header, I, make, NOW, token, utf8 } from "./fixture.ts"
import { growth } from "../../../tests/growth.ts"

const encode = (value: unknown) => encodeBase64Url(utf8(JSON.stringify(value)))
const good = await token()
const [head = "", body = "", signature = ""] = good.split(".")

const garbage: ReadonlyArray<string> = [
  "x",
  "a.b.c",
  "a.b.c.d.e",
  `${"A".repeat(8000)}.${"A".repeat(8000)}.`,
  `${head}.${body}.${signature}=`,
  `${head}.${encodeBase64Url(new Uint8Array(200).fill(255))}.${signature}`,
  `${encode({ alg: "none" })}.${body}.`,
  `${encode({ ...header, alg: "HS256" })}.${body}.${signature}`,
  `${encode({ ...header, typ: "JWT" })}.${body}.${signature}`,
  `${encode({ ...header, jku: I })}.${body}.${signature}`,
  `${head}.${encode({ ...claims, iss: "https://other.example.com" })}.${signature}`
]

describe("garbage", () => {
  it("[DOS-06] is refused without cryptography or a fetch, and costs less than a good token", async () => {
    const { calls, fetch } = endpoint("network")
    const verifier = make({ jwks: { uri: `${I}/jwks` }, fetch })
    for (const text of garbage) {
      expect(verifier.recall(text, NOW * 1000)).toBeUndefined()
      // Synchronously: nothing was waited for.
      expect(Effect.runSync(Effect.flip(verifier.verify(text))).kind).toBe("rejection")
    }
    expect(calls).toEqual([])
    const fixed = make({ tokenCache: false, clockToleranceSeconds: 60, maximumLifetimeSeconds: 10_000_000_000 })
    const fresh = await token({ iat: 0, exp: 9_000_000_000 })
    const run = async (texts: ReadonlyArray<string>) => {
      for (const text of texts) await Effect.runPromise(Effect.result(fixed.verify(text)))
    }
    expect(await Effect.runPromise(Effect.isSuccess(fixed.verify(fresh)))).toBe(true)
    // So many that a good one is told from the other by more than the clock of the processor is coarse.
    const times = 64
    const verifyOrRefuse = (size: number) =>
      size === 1 ? garbage : Array.from({ length: times * garbage.length }, () => fresh)
    expect(await growth(1, verifyOrRefuse, run, times)).toBeGreaterThan(1)
  })
})

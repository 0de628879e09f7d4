import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { chainNameOf, makeChainName, makeRefreshToken } from "../src/refresh-token.ts"

describe("refresh tokens", () => {
  it("[COD-15] are unique, and their letters are even, in 100,000 of them", () => {
    const letters = new Map<string, number>()
    const seen = new Set<string>()
    for (let count = 0; count < 100_000; count++) {
      const token = Effect.runSync(Effect.flatMap(makeChainName, makeRefreshToken))
      seen.add(token)
      // 21 of 22 letters of the name and 42 of 43 of the secret hold six bits each.
      for (const letter of token.slice(0, 21) + token.slice(22, 64)) letters.set(letter, (letters.get(letter) ?? 0) + 1)
    }
    expect(seen.size).toBe(100_000)
    expect(letters.size).toBe(64)
    const expected = (100_000 * 63) / 64
    const chiSquare = [...letters.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 63 degrees of freedom: once in more than a thousand million runs.
    expect(chiSquare).toBeLessThan(160)
  })

  it("are read by their form alone", () => {
    const name = "n".repeat(22)
    expect(chainNameOf(name + "s".repeat(43))).toBe(name)
    for (const text of [
      "",
      name,
      `${name}${"s".repeat(42)}`,
      `${name}${"s".repeat(44)}`,
      `${name}.${"s".repeat(42)}`
    ]) {
      expect(chainNameOf(text)).toBeUndefined()
    }
    expect(chainNameOf(`${name}${"s".repeat(43)}\n`)).toBeUndefined()
  })
})

import { makeDice } from "@postern/bytes"
import type { VerifiedToken } from "@postern/jwt-verify"
import { describe, expect, it } from "vitest"
import { makeIntrospectionCache } from "../src/introspection-cache.ts"

const facts: VerifiedToken = {
  issuer: "https://as.example.com",
  subject: "u1",
  audience: ["https://mcp.example.com/mcp"],
  clientId: "c1",
  scope: new Set(),
  expiresAt: 2_000_000_000,
  issuedAt: undefined,
  notBefore: undefined,
  id: undefined,
  actors: [],
  keyThumbprint: undefined,
  claims: {}
}
const NOW = 1_700_000_000_000

describe("the memory of answers", () => {
  it("keeps most of its worth when a tenth more tokens come in turn than it holds", () => {
    const cache = makeIntrospectionCache({ maximumCacheSeconds: 60, maximumCacheEntries: 100 })
    let hits = 0
    for (let round = 0; round < 50; round++) {
      for (let index = 0; index < 110; index++) {
        if (cache.find(`t${index}`, NOW) === undefined) cache.add(`t${index}`, facts, NOW)
        else hits++
      }
    }
    expect(hits / (50 * 110)).toBeGreaterThan(0.6)
  })

  it("finds what it holds and nothing else after many came and went", () => {
    const roll = makeDice()
    const cache = makeIntrospectionCache({ maximumCacheSeconds: 60, maximumCacheEntries: 8 })
    const held = new Set<string>()
    for (let step = 0; step < 5000; step++) {
      const token = `t${roll(8)}`
      if (roll(2) === 0) {
        cache.add(token, { ...facts, subject: token }, NOW)
        held.add(token)
      } else {
        cache.forget(token)
        held.delete(token)
      }
      for (let index = 0; index < 8; index++) {
        expect(cache.find(`t${index}`, NOW)?.subject).toBe(held.has(`t${index}`) ? `t${index}` : undefined)
      }
    }
  })

  it("does not hold a token that is longer than a token needs to be", () => {
    const cache = makeIntrospectionCache({ maximumCacheSeconds: 60, maximumCacheEntries: 100 })
    cache.add("x".repeat(8192), facts, NOW)
    cache.add("x".repeat(8193), facts, NOW)
    expect(cache.find("x".repeat(8192), NOW)).toBe(facts)
    expect(cache.find("x".repeat(8193), NOW)).toBeUndefined()
  })
})

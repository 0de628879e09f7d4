import { describe, expect, it } from "vitest"
import { makeKnownKeys } from "../src/known-keys.ts"
import type { PublicKey } from "../src/key.ts"
import { privateKey } from "./fixture.ts"

const proofOf = (x: number, algorithm: "ES256" | "EdDSA" = "ES256") => {
  const key: PublicKey = { kty: "EC", crv: "P-256", x: `x${x}`, y: "y" }
  return { algorithm, key }
}
const knownAs = (thumbprint: string) => ({ key: privateKey, thumbprint, token: undefined })

describe("known keys", () => {
  it("are found by the whole key and the algorithm", () => {
    const keys = makeKnownKeys()
    keys.keep(proofOf(1), knownAs("t1"))
    expect(keys.find(proofOf(1))?.thumbprint).toBe("t1")
    expect(keys.find(proofOf(1, "EdDSA"))).toBeUndefined()
    expect(keys.find(proofOf(11))).toBeUndefined()
  })

  it("are a thousand at most, and those that came last", () => {
    const keys = makeKnownKeys()
    for (let each = 0; each < 1000; each++) keys.keep(proofOf(each), knownAs(`t${each}`))
    keys.keep(proofOf(0), knownAs("again"))
    keys.keep(proofOf(1000), knownAs("t1000"))
    expect(keys.find(proofOf(0))?.thumbprint).toBe("again")
    expect(keys.find(proofOf(1))).toBeUndefined()
    const held = Array.from({ length: 2000 }, (_, each) => keys.find(proofOf(each))).filter(Boolean)
    expect(held).toHaveLength(1000)
  })
})

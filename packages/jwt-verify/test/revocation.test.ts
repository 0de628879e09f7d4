import { makeVerifier, type Revoked, type VerifiedToken, type Verifier } from "@postern/jwt-verify"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { atNow, I, jwks, make, NOW, R, token } from "./fixture.ts"

const text = await token({ gid: "g1" })

const verify = (verifier: Verifier) => atNow(Effect.result(verifier.verify(text)))
const tag = async (verifier: Verifier) => {
  const result = await verify(verifier)
  return Result.isSuccess(result) ? "accepted" : result.failure._tag
}
const recallTag = (verifier: Verifier) => {
  const recalled = verifier.recall(text, NOW * 1000)
  if (recalled === undefined) return "unknown"
  return Result.isSuccess(recalled) ? "accepted" : recalled.failure._tag
}

describe("the port that knows what was revoked", () => {
  it("is asked on every request, those of a remembered token too, and never of a token that is refused", async () => {
    const asked: Array<string | undefined> = []
    let revoked = false
    const verifier = make({
      revoked: ({ id }) => {
        asked.push(id)
        return revoked
      }
    })
    expect(await tag(verifier)).toBe("accepted")
    expect(await tag(verifier)).toBe("accepted")
    expect(recallTag(verifier)).toBe("accepted")
    expect(asked).toEqual(["j1", "j1", "j1"])
    revoked = true
    expect(recallTag(verifier)).toBe("TokenRevoked")
    expect(await verify(verifier)).toMatchObject({ failure: { _tag: "TokenRevoked", spec: "RFC 7009 section 2" } })
    revoked = false
    expect(recallTag(verifier)).toBe("accepted")
    asked.length = 0
    await atNow(Effect.flip(verifier.verify(await token({ aud: "https://other.example.com" }))))
    expect(asked).toEqual([])
  })

  it("may answer at once, by a promise or by an effect", async () => {
    const answers: ReadonlyArray<(answer: boolean) => ReturnType<Revoked>> = [
      (answer) => answer,
      (answer) => Promise.resolve(answer),
      (answer) => Effect.as(Effect.yieldNow, answer),
      // oxlint-disable-next-line unicorn/no-thenable
      (answer) => ({ then: (resolve) => Promise.resolve(answer).then(resolve) })
    ]
    for (const answer of answers) {
      expect(await tag(make({ revoked: () => answer(false) }))).toBe("accepted")
      expect(await tag(make({ revoked: () => answer(true) }))).toBe("TokenRevoked")
      const cached = make({ revoked: () => answer(true) })
      for (let turn = 0; turn < 3; turn++) expect(await tag(cached)).toBe("TokenRevoked")
    }
  })

  it("may decide by the grant, or by any claim", async () => {
    const grants = new Set(["g1"])
    const revoked = ({ claims }: VerifiedToken) => grants.has(String(claims["gid"]))
    expect(await tag(make({ revoked }))).toBe("TokenRevoked")
    grants.clear()
    expect(await tag(make({ revoked }))).toBe("accepted")
  })

  it("lets nothing through while it cannot be asked", async () => {
    const broken: ReadonlyArray<() => unknown> = [
      () => {
        throw new Error("down")
      },
      () => Promise.reject(new Error("down")),
      () => Effect.fail("down"),
      () => Effect.die(new Error("down")),
      () => undefined,
      () => null,
      () => "false",
      () => 0,
      () => Promise.resolve(undefined),
      () => Effect.succeed(0)
    ]
    for (const port of broken) {
      let works = true
      const revoked = () => (works ? false : port()) as boolean
      const verifier = make({ revoked })
      expect(await tag(verifier)).toBe("accepted")
      works = false
      expect(recallTag(verifier)).toBe("unknown")
      expect(await verify(verifier)).toMatchObject({
        failure: { _tag: "RevocationUnavailable", kind: "failure", issuer: "https://as.example.com" }
      })
    }
    // No rejection is left without a reader: that would end the process.
    await new Promise((resolve) => setTimeout(resolve, 0))
  })

  it("is asked once in a request when it takes time to answer", async () => {
    let asked = 0
    const verifier = make({
      revoked: async () => {
        asked++
        return false
      }
    })
    expect(await tag(verifier)).toBe("accepted")
    for (let request = 0; request < 5; request++) {
      expect(recallTag(verifier)).toBe("unknown")
      expect(await tag(verifier)).toBe("accepted")
    }
    expect(asked).toBe(6)
  })

  it("spares no signature when nothing is remembered, and is asked all the same", async () => {
    let asked = 0
    const verifier = make({ tokenCache: false, revoked: () => ++asked > 2 })
    expect([await tag(verifier), await tag(verifier), await tag(verifier)]).toEqual([
      "accepted",
      "accepted",
      "TokenRevoked"
    ])
  })

  it("is a function or absent", () => {
    const made = makeVerifier({ issuer: I, audience: R, jwks, revoked: true as unknown as Revoked })
    expect(Result.getOrThrow(Result.flip(made))).toMatchObject({ _tag: "ConfigurationInvalid", key: "revoked" })
  })
})

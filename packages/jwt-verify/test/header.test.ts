import { describe, expect, it } from "vitest"
import { accept, R, refuse, token } from "./fixture.ts"

describe("the type of a token", () => {
  it("[JWT-28] is that of an access token in its two spellings and no other", async () => {
    for (const typ of ["at+jwt", "at+JWT", "application/at+jwt", "Application/AT+JWT"]) {
      expect((await accept(await token({}, { typ }))).subject).toBe("u1")
    }
    const others = [
      "JWT",
      undefined,
      "refresh+jwt",
      "dpop+jwt",
      "oauth-id-jag+jwt",
      "client-authentication+jwt",
      "logout+jwt"
    ]
    const odd = [
      "",
      1,
      null,
      ["at+jwt"],
      {},
      " at+jwt",
      "at+jwt ",
      "text/at+jwt",
      "application/",
      "application/application/at+jwt"
    ]
    for (const typ of [...others, ...odd]) {
      expect(await refuse(await token({}, { typ }))).toMatchObject({
        _tag: "TypeMismatch",
        expected: ["at+jwt"],
        spec: "RFC 9068 section 4",
        message: "the token's type is not at+jwt"
      })
    }
  })

  it("[JWT-29] keeps an ID token out, also one that names this resource as an audience", async () => {
    for (const aud of ["c1", ["c1", R], R]) {
      for (const typ of ["JWT", undefined]) {
        const text = await token({ nonce: "n", at_hash: "h", azp: "c1", aud }, { typ })
        expect(await refuse(text)).toMatchObject({ _tag: "TypeMismatch" })
      }
    }
  })
})

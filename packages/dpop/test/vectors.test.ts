import { makeProofVerifier, type ProofRequest, thumbprint } from "@postern/dpop"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { atNow, setTime } from "./fixture.ts"

// RFC 9449 sections 5 and 7.1, without the line breaks.
const HEADER =
  "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
const AT_TOKEN_ENDPOINT = `${HEADER}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg`
const AT_RESOURCE = `${HEADER}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA`
const JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"

const verify = (request: ProofRequest, seconds: number) =>
  atNow(
    Effect.andThen(
      setTime(seconds),
      Effect.suspend(() => Effect.result(Result.getOrThrow(makeProofVerifier()).verify(request)))
    )
  )

describe("the examples of RFC 9449", () => {
  it("accepts the proof of the token request", async () => {
    const request = { proof: AT_TOKEN_ENDPOINT, method: "POST", url: "https://server.example.com/token" }
    expect(await verify(request, 1_562_262_620)).toEqual(
      Result.succeed({ thumbprint: JKT, id: "-BwC3ESc6acc2lTc", issuedAt: 1_562_262_616 })
    )
  })

  it("accepts the proof of the request to a protected resource, with its token and its binding", async () => {
    const request = {
      proof: AT_RESOURCE,
      method: "GET",
      url: "https://resource.example.org/protectedresource",
      accessToken: "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
      thumbprint: JKT
    }
    expect(await verify(request, 1_562_262_620)).toEqual(
      Result.succeed({ thumbprint: JKT, id: "e1j3V_bKic8-LAEB", issuedAt: 1_562_262_618 })
    )
    for (const other of [
      { ...request, method: "POST" },
      { ...request, url: "https://resource.example.org/other" },
      { ...request, accessToken: "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxV" },
      { ...request, thumbprint: "1ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" },
      { ...request, proof: AT_TOKEN_ENDPOINT }
    ]) {
      expect(Result.isFailure(await verify(other, 1_562_262_620))).toBe(true)
    }
  })
})

describe("thumbprint", () => {
  it("is that of RFC 7638 section 3.1, whatever stands beside the members that count", async () => {
    const jwk = {
      kty: "RSA",
      n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
      e: "AQAB",
      alg: "RS256",
      kid: "2011-04-29"
    }
    expect(await Effect.runPromise(thumbprint(jwk))).toBe("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
  })

  it("is that of RFC 8037 appendix A.3 for an Ed25519 key", async () => {
    const jwk = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }
    expect(await Effect.runPromise(thumbprint(jwk))).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
  })

  it("is a defect for what is no key", async () => {
    await expect(Effect.runPromise(thumbprint({ kty: "EC", crv: "P-256" }))).rejects.toThrow()
    await expect(Effect.runPromise(thumbprint({}))).rejects.toThrow()
  })
})

import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { gzipSync } from "node:zlib"
import type { KeysUnavailable, RevocationUnavailable, TokenRejection, VerifiedToken } from "@postern/jwt-verify"
import { createVerifier, verifySignature } from "@postern/jwt-verify/promise"
import * as Result from "effect/Result"
import { afterAll, describe, expect, expectTypeOf, it } from "vitest"
import { claims, header, I, jwks, k1Public, keySet, R, sign } from "./fixture.ts"

// The clock is the real one here.
const now = Math.floor(Date.now() / 1000)
const valid = () => sign(header, { ...claims, iat: now, exp: now + 300 })

const MEGABYTE = "a".repeat(1_000_000)
let sent = 0
const routes: Readonly<Record<string, (response: http.ServerResponse) => void>> = {
  "/jwks": (response) => response.end(keySet(k1Public).text),
  "/redirect": (response) => response.writeHead(302, { location: "/jwks" }).end(),
  "/302": (response) => response.writeHead(302, { location: "http://127.0.0.1/" }).end(),
  "/307": (response) => response.writeHead(307, { location: `http://localhost:${port()}/jwks` }).end(),
  "/308": (response) => response.writeHead(308, { location: `http://127.0.0.1:${port()}/jwks` }).end(),
  "/chain": (response) => response.writeHead(302, { location: "/chain" }).end(),
  "/big": (response) => {
    // 50 MB, as fast as the reader takes them.
    const write = () => {
      if (sent >= 50 || response.destroyed) return void response.end()
      sent++
      response.write(MEGABYTE, write)
    }
    write()
  },
  "/gzip": (response) => response.setHeader("content-encoding", "gzip").end(gzipSync("a".repeat(20_000_000))),
  "/many": (response) => response.end(JSON.stringify({ keys: Array.from({ length: 100_000 }, () => k1Public) })),
  "/drip": (response) => {
    response.write('{"keys":[')
    const timer = setInterval(() => response.write(" "), 1000)
    response.on("close", () => clearInterval(timer))
  }
}
const asked: Array<string | undefined> = []
const server = http.createServer((request, response) => {
  asked.push(request.url)
  routes[request.url ?? ""]?.(response)
})
const port = () => (server.address() as AddressInfo).port
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const over = (path: string, fetchTimeoutSeconds = 10) => {
  const uri = `http://127.0.0.1:${port()}${path}`
  return createVerifier({ issuer: I, audience: R, jwks: { uri }, keyCache: { fetchTimeoutSeconds } })
}

const failureOf = async (path: string, fetchTimeoutSeconds?: number) =>
  Result.getOrThrow(Result.flip(await over(path, fetchTimeoutSeconds).verify(await valid())))

describe("createVerifier", () => {
  it("resolves to a Result, over keys by value and over the platform's fetch", async () => {
    for (const verifier of [createVerifier({ issuer: I, audience: R, jwks }), over("/jwks")]) {
      const result = await verifier.verify(await valid())
      expectTypeOf(result).toEqualTypeOf<
        Result.Result<VerifiedToken, TokenRejection | KeysUnavailable | RevocationUnavailable>
      >()
      expect(Result.getOrThrow(result).subject).toBe("u1")
      expect(Result.getOrThrow(Result.flip(await verifier.verify("x")))).toMatchObject({ _tag: "TokenMalformed" })
    }
  })

  it("recalls what it has verified, and takes a bound token only when it is told to", async () => {
    const verifier = createVerifier({ issuer: I, audience: R, jwks })
    const text = await valid()
    expect(verifier.recall(text, Date.now())).toBeUndefined()
    const verified = await verifier.verify(text)
    expect(verifier.recall(text, Date.now())).toEqual(verified)
    const jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    const bound = await sign(header, { ...claims, iat: now, exp: now + 300, cnf: { jkt } })
    expect(Result.getOrThrow(Result.flip(await verifier.verify(bound)))).toMatchObject({ _tag: "TokenBound" })
    const accepted = await verifier.verify(bound, { acceptBound: true })
    expect(Result.getOrThrow(accepted).keyThumbprint).toBe("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
    expect(verifier.recall(bound, Date.now())).toBeUndefined()
  })

  it("asks what was revoked about a token that it sees and about one that it remembers", async () => {
    const asked: Array<string | undefined> = []
    let isRevoked = false
    const revoked = ({ id }: VerifiedToken) => {
      asked.push(id)
      return isRevoked
    }
    const verifier = createVerifier({ issuer: I, audience: R, jwks, revoked })
    const text = await valid()
    for (let time = 0; time < 2; time++) expect(Result.isSuccess(await verifier.verify(text))).toBe(true)
    isRevoked = true
    expect(Result.getOrThrow(Result.flip(await verifier.verify(text)))).toMatchObject({ _tag: "TokenRevoked" })
    expect(asked).toEqual(["j1", "j1", "j1"])
  })

  it("verifies all that it verifies without an Effect as it does with one", async () => {
    const verifier = createVerifier({ issuer: I, audience: R, jwks })
    const signal = new AbortController().signal
    const good = await valid()
    const other = await sign(header, { ...claims, iat: now, exp: now + 200 })
    const forged = good.slice(0, good.lastIndexOf(".")) + other.slice(other.lastIndexOf("."))
    const over = await sign(header, { ...claims, iat: now - 600, exp: now - 300 })
    const unknown = await sign({ ...header, kid: "k9" }, { ...claims, iat: now, exp: now + 300 })
    for (const text of [good, forged, over, unknown, "a.b.c"]) {
      const plain = await verifier.verify(text)
      expect(plain).toEqual(await verifier.verify(text, { signal }))
      expect(Result.isSuccess(plain)).toBe(text === good)
    }
  })

  it("rejects with what a rule about clients throws", async () => {
    const thrown = new Error("the rule is broken")
    const clients = () => {
      throw thrown
    }
    const verifier = createVerifier({ issuer: I, audience: R, jwks, clients })
    const text = await valid()
    for (let time = 0; time < 2; time++) await expect(verifier.verify(text)).rejects.toBe(thrown)
  })

  it("throws for options that are wrong", () => {
    expect(() => createVerifier({ issuer: I, audience: [], jwks })).toThrow(
      expect.objectContaining({ _tag: "ConfigurationInvalid", key: "audience" })
    )
  })

  it("rejects with the signal's reason", async () => {
    const reason = new Error("stopped")
    await expect(over("/drip").verify(await valid(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  // A failure and no rejection: no login changes that keys cannot be had, so the guard answers 503 where the case says 401.
  it("[JWK-12] does not follow a redirect, whatever its status and wherever it leads", async () => {
    for (const path of ["/redirect", "/302", "/307", "/308", "/chain"]) {
      asked.length = 0
      expect(await failureOf(path), path).toMatchObject({ _tag: "KeysUnavailable", reason: "status" })
      expect(asked).toEqual([path])
    }
  })

  it("[JWK-13] stops reading a key set at its limits of size, number and time", async () => {
    expect(await failureOf("/big")).toMatchObject({ _tag: "KeysUnavailable", reason: "too-large" })
    expect(sent).toBeLessThan(50)
    expect(await failureOf("/gzip")).toMatchObject({ _tag: "KeysUnavailable", reason: "too-large" })
    expect(await failureOf("/many")).toMatchObject({ _tag: "KeysUnavailable", reason: "too-large" })
    expect(await failureOf("/drip", 1)).toMatchObject({ _tag: "KeysUnavailable", reason: "timeout" })
  })

  it("fails when nobody answers", async () => {
    const verifier = createVerifier({ issuer: I, audience: R, jwks: { uri: "http://127.0.0.1:1/jwks" } })
    const failure = Result.getOrThrow(Result.flip(await verifier.verify(await valid())))
    expect(failure).toMatchObject({ _tag: "KeysUnavailable", reason: "network", kind: "failure" })
  })
})

describe("verifySignature", () => {
  it("resolves to a Result", async () => {
    const verified = Result.getOrThrow(await verifySignature({ token: await valid(), jwks }))
    expect(verified.header).toEqual({ alg: "ES256", typ: "at+jwt", kid: "k1" })
    const refused = await verifySignature({ token: await valid(), jwks: { keys: [] } })
    expect(Result.getOrThrow(Result.flip(refused))).toMatchObject({ _tag: "KeyUnknown", reason: "none" })
  })
})

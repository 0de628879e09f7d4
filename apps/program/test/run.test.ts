import * as Result from "effect/Result"
import { checkListen, readTextFile, StartFailed } from "@postern/app-program"
import { describe, expect, it } from "vitest"

describe("a file that a key names", () => {
  it("is named with its key and the reason when it cannot be read", async () => {
    const error: unknown = await readTextFile("listen.tls.cert", "/nowhere/cert.pem").catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(StartFailed)
    expect(error).toMatchObject({ _tag: "StartFailed", subject: "listen.tls.cert" })
    expect((error as StartFailed).message).toContain("/nowhere/cert.pem cannot be used: ENOENT")
  })
})

describe("listen", () => {
  it("may be plain on loopback and needs TLS or a proxy otherwise", () => {
    expect(Result.isSuccess(checkListen("http://127.0.0.1:1", { host: "127.0.0.1", port: 1 }))).toBe(true)
    expect(Result.isSuccess(checkListen("http://[::1]:1", { host: "::1", port: 1 }))).toBe(true)
    expect(Result.isFailure(checkListen("https://as.example.com", { host: "0.0.0.0", port: 1 }))).toBe(true)
    expect(Result.isFailure(checkListen("http://127.0.0.1:1", { host: "0.0.0.0", port: 1 }))).toBe(true)
    expect(Result.isFailure(checkListen("http://127.0.0.1:1", { host: "::", port: 1 }))).toBe(true)
  })
})

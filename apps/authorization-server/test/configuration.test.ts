import * as Result from "effect/Result"
import { type ConfigurationInput, configurationSchema, decodeConfiguration } from "@postern/app-authorization-server"
import { describe, expect, it } from "vitest"

const valid: ConfigurationInput = {
  issuer: "http://127.0.0.1:9000",
  listen: { port: 9000 },
  store: "memory:",
  keys: "./keys.json",
  resources: [{ resource: "http://127.0.0.1:9001/mcp", scopes: { "notes:read": { description: "Read" } } }]
}

const issuesOf = (input: unknown) => {
  const decoded = decodeConfiguration(input)
  return Result.isFailure(decoded) ? decoded.failure.issues : []
}

describe("the configuration", () => {
  it("fills in what may be left out", () => {
    const decoded = Result.getOrThrow(decodeConfiguration(valid))
    expect(decoded).toMatchObject({ listen: { host: "127.0.0.1" }, clients: [], accounts: [], registration: {} })
  })

  it("names every wrong key at once, with its reason", () => {
    const issues = issuesOf({ ...valid, listen: { port: "9000", tsl: {} }, store: "mysql://x", extra: 1 })
    expect(issues.map(({ key }) => key).toSorted()).toEqual(["extra", "listen.port", "listen.tsl", "store"])
    expect(issues.find(({ key }) => key === "extra")?.reason).toBe("is not a known key")
    expect(issues.find(({ key }) => key === "store")?.reason).toBe("`sqlite:PATH` or `memory:`")
  })

  it.each([null, [], "x", 1, undefined])("refuses %j", (input) => {
    expect(issuesOf(input)[0]?.key).toBe("(top level)")
  })

  it("refuses a password where its hash belongs, without repeating it", () => {
    const account = { username: "a", subject: "s", name: "A", password: "correct horse" }
    const [issue] = issuesOf({ ...valid, accounts: [account] })
    expect(issue?.key).toBe("accounts[0].password")
    expect(JSON.stringify(issue)).not.toContain("correct horse")
  })

  it("refuses two accounts with one name or one subject", () => {
    const password = `scrypt$15$8$3$${"A".repeat(22)}$${"A".repeat(43)}`
    const account = (username: string, subject: string) => ({ username, subject, name: "A", password })
    expect(
      issuesOf({ ...valid, accounts: [account("a", "1"), account("b", "2"), account("a", "3"), account("c", "2")] })
    ).toEqual([
      { key: "accounts[2].username", reason: "is configured twice" },
      { key: "accounts[3].subject", reason: "is configured twice" }
    ])
  })

  it("listens without TLS on loopback alone, unless a proxy is declared", () => {
    for (const host of ["0.0.0.0", "::", "192.168.1.2", "as.example.com", "127.0.0.1.example.com"]) {
      expect(issuesOf({ ...valid, listen: { host, port: 9000 } })[0]?.key).toBe("listen.host")
      expect(issuesOf({ ...valid, listen: { host, port: 9000, behindProxy: true } })).toEqual([])
    }
    for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) {
      expect(issuesOf({ ...valid, listen: { host, port: 9000 } })).toEqual([])
    }
  })

  it("wants somebody who ends TLS for an https issuer", () => {
    const secure = { ...valid, issuer: "https://as.example.com" }
    expect(issuesOf(secure)[0]?.key).toBe("listen")
    expect(issuesOf({ ...secure, listen: { port: 9000, behindProxy: true } })).toEqual([])
    expect(issuesOf({ ...secure, listen: { port: 443, tls: { cert: "c.pem", key: "k.pem" } } })).toEqual([])
  })

  it("has a JSON Schema that knows no other members", () => {
    expect(configurationSchema()).toMatchObject({ type: "object", additionalProperties: false })
  })
})

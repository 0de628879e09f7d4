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

  it("knows clients with a secret's hash, with keys or with a place of keys", () => {
    const client = { clientId: "c", name: "C", redirectUris: ["https://c.example/cb"] }
    const key = { kty: "EC", crv: "P-256", x: "x", y: "y" }
    const clients = [
      { ...client, tokenEndpointAuthMethod: "client_secret_basic", secretHash: "A".repeat(43) },
      { ...client, tokenEndpointAuthMethod: "private_key_jwt", jwks: { keys: [key] } },
      {
        ...client,
        tokenEndpointAuthMethod: "private_key_jwt",
        jwksUri: "https://c.example/jwks.json",
        tokenEndpointAuthSigningAlg: "ES256"
      }
    ]
    expect(issuesOf({ ...valid, clients })).toEqual([])
    const wrong = { ...client, tokenEndpointAuthMethod: "private_key_jwt", jwks: { keys: [] } }
    expect(issuesOf({ ...valid, clients: [wrong] })[0]?.key).toBe("clients[0].jwks.keys")
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

import * as Result from "effect/Result"
import { type ConfigurationInput, configurationSchema, decodeConfiguration } from "@postern/app-authorization-server"
import { describe, expect, it } from "vitest"

const valid: ConfigurationInput = {
  issuer: "http://127.0.0.1:9000",
  listen: { port: 9000 },
  store: "memory:",
  keys: { encryptionKey: "file:./encryption.key" },
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
    expect(issues.find(({ key }) => key === "store")?.reason).toBe(
      "`sqlite:PATH`, `postgres://…`, `postgres:file:PATH`, `postgres:env:NAME` or `memory:`"
    )
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

  it("knows stores, and a durability for SQLite alone", () => {
    for (const store of [
      "sqlite:./as.sqlite",
      "memory:",
      "postgres://db.example/notes",
      "postgresql:///notes?host=/run/postgresql",
      "postgres:env:DATABASE_URL",
      "postgres:file:./database.url"
    ]) {
      expect(issuesOf({ ...valid, store })).toEqual([])
    }
    for (const store of [
      "",
      "sqlite:",
      "./as.sqlite",
      "postgres:",
      "postgres:env:",
      "postgres:env:a b",
      "postgres:notes"
    ]) {
      expect(issuesOf({ ...valid, store })[0]?.key).toBe("store")
    }
    expect(issuesOf({ ...valid, store: "sqlite:x", durability: "process" })).toEqual([])
    expect(issuesOf({ ...valid, store: "postgres:env:URL", durability: "process" })).toEqual([
      { key: "durability", reason: "is for SQLite: a PostgreSQL server has its own" }
    ])
  })

  it("knows places of keys, and no keys themselves", () => {
    for (const encryptionKey of ["file:./encryption.key", "env:POSTERN_KEY"]) {
      expect(issuesOf({ ...valid, keys: { encryptionKey } })).toEqual([])
    }
    for (const encryptionKey of ["./encryption.key", "env:", "file:", "A".repeat(43)]) {
      const [issue] = issuesOf({ ...valid, keys: { encryptionKey } })
      expect(issue).toEqual({ key: "keys.encryptionKey", reason: "`file:PATH` or `env:NAME`" })
    }
    expect(issuesOf({ ...valid, keys: "./keys.json" })[0]?.key).toBe("keys")
    expect(issuesOf({ ...valid, dpop: { nonceKey: "x" } })[0]?.key).toBe("dpop.nonceKey")
  })

  it("knows everything that the server can be told", () => {
    const resource = "http://127.0.0.1:9001/mcp"
    const all: ConfigurationInput = {
      ...valid,
      durability: "process",
      keys: {
        encryptionKey: "env:KEY",
        previousEncryptionKeys: ["file:old.key"],
        algorithm: "EdDSA",
        rotateAfter: 86_400,
        publishAhead: 600
      },
      registration: {
        documents: { allowHosts: ["*.example.com"], staleSeconds: 0, operatorOrigins: [], ca: "ca.pem" },
        dynamic: { maximumClients: 5, initialAccessTokens: [{ hash: "A".repeat(43), expiresAt: 1 }], required: true },
        privateUseSchemes: ["cursor"]
      },
      tokenEndpointAuthMethods: ["none", "private_key_jwt"],
      introspection: [{ clientId: "rs", resources: [resource] }],
      audienceGroups: [{ name: "all", resources: [resource] }],
      dpop: { nonceKey: "env:NONCES" },
      relax: [{ client: "c", allow: "token-endpoint-as-audience", reason: "an old library" }],
      lifetimes: {
        code: 60,
        accessToken: 600,
        refreshToken: 1,
        grant: 1,
        consent: 1,
        refreshReplay: 0,
        interaction: 1
      },
      rates: { tokens: 1, authorizations: 1, revocations: 1 }
    }
    expect(issuesOf(all)).toEqual([])
    for (const [key, change] of [
      ["durability", { durability: "fast" }],
      ["keys.rotateAfter", { keys: { encryptionKey: "env:KEY", rotateAfter: 0 } }],
      ["rates.tokens", { rates: { tokens: 0 } }],
      ["lifetimes.refreshReplay", { lifetimes: { refreshReplay: -1 } }],
      ["relax[0].reason", { relax: [{ client: "c", allow: "token-endpoint-as-audience", reason: "" }] }],
      ["introspection[0].resource", { introspection: [{ clientId: "rs", resources: [resource], resource }] }]
    ] as const) {
      expect(issuesOf({ ...valid, ...change })[0]?.key).toBe(key)
    }
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

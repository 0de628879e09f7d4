import { memoryStore, type StoredCredentials } from "@postern/client-flow"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"

const key = { issuer: "https://as.example.com", resource: "https://mcp.example.com/mcp", clientId: "c" }
const credentials: StoredCredentials = {
  ...key,
  accessToken: "access",
  expiresAt: 100,
  refreshToken: "refresh",
  requestedScope: ["a"],
  grantedScope: ["a"]
}

it("keeps one set of credentials per issuer, resource and client, the one saved last first", async () => {
  const store = memoryStore()
  const other = { ...credentials, issuer: "https://other.example.com" }
  await Effect.runPromise(store.saveCredentials(credentials))
  await Effect.runPromise(store.saveCredentials(other))
  expect(await Effect.runPromise(store.findCredentials(key.resource))).toEqual([other, credentials])
  const newer = { ...credentials, accessToken: "newer" }
  await Effect.runPromise(store.saveCredentials(newer))
  expect(await Effect.runPromise(store.findCredentials(key.resource))).toEqual([newer, other])
  expect(await Effect.runPromise(store.findCredentials(`${key.resource}/`))).toEqual([])
})

it("forgets a token only while it is the held one", async () => {
  const store = memoryStore()
  await Effect.runPromise(store.saveCredentials(credentials))
  await Effect.runPromise(store.forgetTokens(key, { accessToken: "older", refreshToken: "older" }))
  expect(await Effect.runPromise(store.findCredentials(key.resource))).toEqual([credentials])
  await Effect.runPromise(store.forgetTokens(key, { refreshToken: "refresh" }))
  expect(await Effect.runPromise(store.findCredentials(key.resource))).toMatchObject([
    { accessToken: "access", expiresAt: 100 }
  ])
  await Effect.runPromise(store.forgetTokens(key, { accessToken: "access" }))
  const { accessToken: _access, expiresAt: _end, refreshToken: _refresh, ...rest } = credentials
  expect(await Effect.runPromise(store.findCredentials(key.resource))).toEqual([rest])
  await Effect.runPromise(store.forgetTokens({ ...key, clientId: "nobody" }, { accessToken: "access" }))
})

it("forgets a registration only while it is the held one", async () => {
  const store = memoryStore()
  const registration = { issuer: key.issuer, clientId: "c", tokenEndpointAuthMethod: "none", redirectUris: [] } as const
  await Effect.runPromise(store.saveRegistration(registration))
  await Effect.runPromise(store.forgetRegistration(key.issuer, "older"))
  expect(await Effect.runPromise(store.findRegistration(key.issuer))).toEqual(registration)
  await Effect.runPromise(store.forgetRegistration(key.issuer, "c"))
  expect(await Effect.runPromise(store.findRegistration(key.issuer))).toBeUndefined()
})

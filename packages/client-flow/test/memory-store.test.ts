import { memoryStore, type StoredCredentials } from "@postern/client-flow"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"

const key = {
  issuer: "https://as.example.com",
  resource: "https://mcp.example.com/mcp",
  account: "default",
  clientId: "c"
}
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
  expect(await Effect.runPromise(store.findCredentials(key.resource, "default"))).toEqual([other, credentials])
  const newer = { ...credentials, accessToken: "newer" }
  await Effect.runPromise(store.saveCredentials(newer))
  expect(await Effect.runPromise(store.findCredentials(key.resource, "default"))).toEqual([newer, other])
  expect(await Effect.runPromise(store.findCredentials(`${key.resource}/`, "default"))).toEqual([])
})

it("[STO-07] keeps the credentials of accounts apart, byte for byte, and lists those of all", async () => {
  const store = memoryStore()
  const accounts = ["default", "Default", "\u00e9", "e\u0301", '","', "a/../b", "\0", "x".repeat(10_240)]
  for (const account of accounts) {
    await Effect.runPromise(store.saveCredentials({ ...credentials, account, accessToken: `of ${account}` }))
  }
  for (const account of accounts) {
    expect(await Effect.runPromise(store.findCredentials(key.resource, account))).toMatchObject([
      { account, accessToken: `of ${account}` }
    ])
  }
  const listed = await Effect.runPromise(store.listCredentials)
  expect(listed.map(({ account }) => account)).toEqual(accounts.toReversed())
})

it("[STO-09] forgets a whole record, and no other", async () => {
  const store = memoryStore()
  const other = { ...credentials, account: "other" }
  await Effect.runPromise(store.saveCredentials(credentials))
  await Effect.runPromise(store.saveCredentials(other))
  await Effect.runPromise(store.forgetCredentials({ ...key, clientId: "nobody" }))
  await Effect.runPromise(store.forgetCredentials(key))
  expect(await Effect.runPromise(store.listCredentials)).toEqual([other])
})

it("forgets a token only while it is the held one", async () => {
  const store = memoryStore()
  await Effect.runPromise(store.saveCredentials(credentials))
  await Effect.runPromise(store.forgetTokens(key, { accessToken: "older", refreshToken: "older" }))
  expect(await Effect.runPromise(store.findCredentials(key.resource, "default"))).toEqual([credentials])
  await Effect.runPromise(store.forgetTokens(key, { refreshToken: "refresh" }))
  expect(await Effect.runPromise(store.findCredentials(key.resource, "default"))).toMatchObject([
    { accessToken: "access", expiresAt: 100 }
  ])
  await Effect.runPromise(store.forgetTokens(key, { accessToken: "access" }))
  const { accessToken: _access, expiresAt: _end, refreshToken: _refresh, ...rest } = credentials
  expect(await Effect.runPromise(store.findCredentials(key.resource, "default"))).toEqual([rest])
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

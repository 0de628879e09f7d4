import { memoryStore, type StoredCredentials, type StoredRegistration } from "@postern/client-flow"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { makeAsideStore } from "../src/aside-store.ts"

const ISSUER = "https://as.example"

const registration = (clientId: string, issuer = ISSUER): StoredRegistration => ({
  issuer,
  clientId,
  tokenEndpointAuthMethod: "none",
  redirectUris: ["http://127.0.0.1:1234/callback"]
})

const credentials = (clientId: string): StoredCredentials => ({
  issuer: ISSUER,
  resource: "https://mcp.example",
  account: "default",
  clientId,
  accessToken: "a",
  requestedScope: [],
  grantedScope: []
})

const run = Effect.runPromise

describe("a store that does without a registration", () => {
  it("keeps it until another has got credentials", async () => {
    const kept = memoryStore()
    const { setAside, store } = makeAsideStore(kept)
    await run(store.saveRegistration(registration("first")))
    setAside(ISSUER)
    expect(await run(store.findRegistration(ISSUER))).toBeUndefined()
    expect(await run(kept.findRegistration(ISSUER))).toEqual(registration("first"))

    await run(store.saveRegistration(registration("second")))
    expect(await run(store.findRegistration(ISSUER))).toEqual(registration("second"))
    expect(await run(kept.findRegistration(ISSUER))).toEqual(registration("first"))

    await run(store.saveCredentials(credentials("second")))
    expect(await run(kept.findRegistration(ISSUER))).toEqual(registration("second"))
    expect(await run(store.findRegistration(ISSUER))).toEqual(registration("second"))
    expect(await run(kept.listCredentials)).toEqual([credentials("second")])
  })

  it("leaves it where credentials of another client come", async () => {
    const kept = memoryStore()
    const { setAside, store } = makeAsideStore(kept)
    await run(store.saveRegistration(registration("first")))
    setAside(ISSUER)
    await run(store.saveRegistration(registration("second")))
    await run(store.saveCredentials(credentials("configured")))
    expect(await run(kept.findRegistration(ISSUER))).toEqual(registration("first"))
  })

  it("forgets the new one alone when the server does not know it", async () => {
    const kept = memoryStore()
    const { setAside, store } = makeAsideStore(kept)
    await run(store.saveRegistration(registration("first")))
    setAside(ISSUER)
    await run(store.saveRegistration(registration("second")))
    await run(store.forgetRegistration(ISSUER, "second"))
    expect(await run(store.findRegistration(ISSUER))).toBeUndefined()
    expect(await run(kept.findRegistration(ISSUER))).toEqual(registration("first"))
    await run(store.forgetRegistration(ISSUER, "first"))
    expect(await run(kept.findRegistration(ISSUER))).toBeUndefined()
  })

  it("touches no other issuer", async () => {
    const kept = memoryStore()
    const { setAside, store } = makeAsideStore(kept)
    setAside(ISSUER)
    await run(store.saveRegistration(registration("other", "https://other.example")))
    expect(await run(kept.findRegistration("https://other.example"))).toEqual(
      registration("other", "https://other.example")
    )
  })
})

import type { KeyRingOptions } from "@postern/as-core"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { makeKeys } from "../../src/keys/make.ts"
import { checkLifetimes } from "../../src/options/check-lifetimes.ts"
import { KEY, makeWorld, obtainTokens, headerOf, NOTES, ISSUER } from "../fixture.ts"
import { makeMemoryStore } from "../memory-store.ts"

const secret = (fill: number) => new Uint8Array(32).fill(fill)
const ring: KeyRingOptions = { encryptionKeys: [secret(1)] }

describe("the keys of the options", () => {
  it.each<[string, object]>([
    ["keys.encryptionKeys", { encryptionKeys: [] }],
    ["keys.encryptionKeys", { encryptionKeys: "AAAA" }],
    ["keys.encryptionKeys[1]", { encryptionKeys: [secret(1), new Uint8Array(31)] }],
    ["keys.algorithm", { ...ring, algorithm: "HS256" }],
    ["keys.publishAhead", { ...ring, publishAhead: 359 }],
    ["keys.publishAhead", { ...ring, publishAhead: 360.5 }],
    ["keys.rotateAfter", { ...ring, publishAhead: 3600, rotateAfter: 3600 }],
    ["keys.rotateafter", { ...ring, rotateafter: 1 }]
  ])("are refused where %s is wrong", async (key, keys) => {
    await expect(makeWorld({ keys: keys as KeyRingOptions })).rejects.toMatchObject({
      _tag: "ConfigurationInvalid",
      key
    })
  })

  it("[STO-05] are refused at the start where the encryption key is not the one of the store, which stays as it is", async () => {
    const store = makeMemoryStore()
    await makeWorld({ store, keys: ring })
    const before = store.dump()
    await expect(makeWorld({ store, keys: { encryptionKeys: [secret(2)] } })).rejects.toMatchObject({
      key: "keys.encryptionKeys",
      reason: "do not open the signing key in the store"
    })
    expect(store.dump()).toBe(before)
    await makeWorld({ store, keys: { encryptionKeys: [secret(2), secret(1)] } })
  })

  it("are waited for where the store does not answer at the start", async () => {
    const store = makeMemoryStore()
    store.mode = "failed"
    const world = await makeWorld({ store, keys: ring })
    const ask = () => world.handle(new Request(`${ISSUER}/jwks`))
    expect((await ask()).status).toBe(503)
    store.mode = "works"
    expect((await ask()).status).toBe(200)
  })

  it("sign tokens that are accepted before and after a rotation, by a ring that is rotated from outside", async () => {
    const world = await makeWorld({
      keys: ring,
      introspection: [{ clientId: "c2", resources: [NOTES] }]
    })
    // The ring was made by the computer's clock, and what an operator does runs by it.
    world.now = Math.floor(Date.now() / 1000)
    const before = headerOf((await obtainTokens(world)).access_token)["kid"]
    const published = async () => {
      const jwks = (await (await world.handle(new Request(`${ISSUER}/jwks`))).json()) as { keys: Array<object> }
      return jwks.keys
    }
    expect(await published()).toHaveLength(1)
    const { keyRing } = world.server
    if (keyRing === undefined) throw new Error("there is no ring")
    await Effect.runPromise(keyRing.rotate)
    expect(headerOf((await obtainTokens(world)).access_token)["kid"]).toBe(before)
    await Effect.runPromise(keyRing.withdraw(String(before)))
    expect(JSON.stringify(await published())).not.toContain(String(before))
  })

  it("stay published for as long as an access token lives and clocks differ", async () => {
    const store = makeMemoryStore()
    const settings = { lifetimes: Result.getOrThrow(checkLifetimes({ accessToken: 100 })) }
    const { ring: made } = await Effect.runPromise(makeKeys(ring, { store, settings }))
    if (made === undefined) throw new Error("there is no ring")
    await Effect.runPromise(made.rotate)
    const held = await Effect.runPromise(store.findKeyRing)
    const [first, second] = held?.keys ?? []
    expect((first?.publishedUntil ?? 0) - (second?.signsFrom ?? 0)).toBe(100 + 300)
  })

  it("that the operator keeps are no ring", async () => {
    const world = await makeWorld({ keys: [KEY] })
    expect(world.server.keyRing).toBeUndefined()
  })
})

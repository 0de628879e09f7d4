import { FetchRejected, type SafeRequest, TransportFailed, type Transport } from "@postern/safe-fetch"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { beforeEach, describe, expect, it } from "vitest"
import { authorizeUrl, Browser, CALLBACK, ISSUER, makeWorld, tokenRequest, type World } from "../fixture.ts"
import { asserted, claims, ec, jws, type Pair, publicJwk } from "./signing.ts"

const ID = "https://app.example.com/client.json"
const HOME = "https://app.example.com/cb"
const KEYS = "https://app.example.com/jwks.json"

interface Answer {
  readonly status?: number
  readonly text?: string
  readonly cacheControl?: string
}

/** A web with one document that names one key set, and whatever is there. */
class Web implements Transport {
  keys: Answer | FetchRejected | TransportFailed = {}
  readonly asked: Array<SafeRequest> = []
  readonly fetch: Transport["fetch"] = (request) =>
    Effect.suspend(() => {
      const headers = new Headers({ "content-type": "application/json" })
      if (request.url === ID) return Effect.succeed({ status: 200, headers, text: document, url: ID })
      this.asked.push(request)
      const { keys } = this
      if (keys instanceof FetchRejected || keys instanceof TransportFailed) return Effect.fail(keys)
      if (keys.cacheControl !== undefined) headers.set("cache-control", keys.cacheControl)
      const answer = { status: keys.status ?? 200, headers, text: keys.text ?? set([first, "a"]), url: request.url }
      return Effect.as(
        Effect.promise(() => new Promise((resolve) => setImmediate(resolve))),
        answer
      )
    })
}

const document = JSON.stringify({
  client_id: ID,
  client_name: "App",
  redirect_uris: [HOME],
  token_endpoint_auth_method: "private_key_jwt",
  jwks_uri: KEYS
})

const first = ec()
const second = ec()
const set = (...pairs: ReadonlyArray<readonly [Pair, string]>): string =>
  JSON.stringify({ keys: pairs.map(([pair, kid]) => publicJwk(pair, { kid })) })

let web: Web
let world: World
beforeEach(async () => {
  web = new Web()
  world = await makeWorld({ registration: { documents: { transport: web }, dynamic: {} } })
})

/** What a token request with an assertion by this key is answered; the code is wrong, so that 400 says: the client is right. */
const by = async (pair: Pair, kid: string | undefined, clientId = ID): Promise<number> => {
  const text = jws({ alg: "ES256", kid }, claims(clientId, {}, world.now), pair.privateKey)
  return (await world.handle(tokenRequest({ ...asserted(text), code: "x" }))).status
}

const register = async (metadata: object): Promise<string> => {
  const body = JSON.stringify({ redirect_uris: [CALLBACK], token_endpoint_auth_method: "private_key_jwt", ...metadata })
  const headers = { "content-type": "application/json" }
  const response = await world.handle(new Request(`${ISSUER}/register`, { method: "POST", headers, body }))
  return String(((await response.json()) as { readonly client_id?: string }).client_id)
}

describe("the keys of a client behind a URL", () => {
  it("are fetched in the name of the document that says where they are, and let its client in", async () => {
    const location = await new Browser(world).approve(authorizeUrl({ client_id: ID, redirect_uri: HOME }))
    const text = jws({ alg: "ES256", kid: "a" }, claims(ID), first.privateKey)
    const code = location.searchParams.get("code") ?? ""
    expect((await world.handle(tokenRequest({ ...asserted(text), code }))).status).toBe(200)
    expect(web.asked).toEqual([{ url: KEYS, namedBy: ID, headers: { accept: "application/json" } }])
  })

  it("are fetched in nobody's name for a client that registered itself, and in the operator's for one that is configured", async () => {
    const clientId = await register({ jwks_uri: KEYS })
    expect(web.asked).toEqual([])
    expect(await by(first, "a", clientId)).toBe(400)
    expect(web.asked).toEqual([{ url: KEYS, namedBy: "about:blank", headers: { accept: "application/json" } }])
    world = await makeWorld({
      registration: { documents: { transport: web } },
      clients: [
        {
          clientId: "k1",
          name: "Key",
          redirectUris: [CALLBACK],
          tokenEndpointAuthMethod: "private_key_jwt",
          jwksUri: KEYS
        }
      ]
    })
    expect(await by(first, "a", "k1")).toBe(400)
    expect(web.asked[1]).toEqual({ url: KEYS, headers: { accept: "application/json" } })
  })

  it("come through a transport of their own where there is one", async () => {
    const keys = new Web()
    world = await makeWorld({ registration: { documents: { transport: web, keySetTransport: keys } } })
    expect(await by(first, "a")).toBe(400)
    expect([web.asked, keys.asked.map(({ url }) => url)]).toEqual([[], [KEYS]])
  })

  it("are not fetched before the assertion is right in all that costs nothing", async () => {
    const text = jws({ alg: "ES256" }, claims(ID, { aud: "https://other.example.com" }), first.privateKey)
    expect((await world.handle(tokenRequest({ ...asserted(text), code: "x" }))).status).toBe(401)
    expect(web.asked).toEqual([])
  })

  it("are kept for five minutes, for less where their server says so, and never asked for twice within 30 seconds", async () => {
    const count = async () => {
      expect(await by(first, "a")).toBe(400)
      return web.asked.length
    }
    expect([await count(), await count()]).toEqual([1, 1])
    world.now += 299
    expect(await count()).toBe(1)
    world.now += 1
    web.keys = { cacheControl: "max-age=60" }
    expect([await count(), await count()]).toEqual([2, 2])
    world.now += 60
    web.keys = { cacheControl: "no-store" }
    expect([await count(), await count()]).toEqual([3, 3])
    world.now += 29
    expect(await count()).toBe(3)
    world.now += 1
    expect(await count()).toBe(4)
  })

  it("are asked for again when a key is not among them, once in 30 seconds however many are tried", async () => {
    expect(await by(first, "a")).toBe(400)
    for (let index = 0; index < 100; index++) expect(await by(first, `unknown-${index}`)).toBe(401)
    expect(web.asked).toHaveLength(1)
    world.now += 30
    web.keys = { text: set([first, "a"], [second, "b"]) }
    expect(await by(second, "b")).toBe(400)
    for (let index = 0; index < 100; index++) expect(await by(first, `other-${index}`)).toBe(401)
    expect(await by(first, "a")).toBe(400)
    expect(web.asked).toHaveLength(2)
    // A key that left the set is good no more.
    world.now += 300
    web.keys = { text: set([second, "b"]) }
    expect(await by(first, "a")).toBe(401)
    expect(await by(second, "b")).toBe(400)
  })

  it("are fetched once for a hundred requests at once", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => by(first, "a")))
    expect(new Set(answers)).toEqual(new Set([400]))
    expect(web.asked).toHaveLength(1)
  })

  it("are fetched to the end when who asked for them leaves", async () => {
    const now = Math.floor(Date.now() / 1000)
    const request = () => {
      const text = jws({ alg: "ES256" }, claims(ID, {}, now), first.privateKey)
      return world.server.handle(tokenRequest({ ...asserted(text), code: "x" }))
    }
    const status = await Effect.runPromise(
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(request())
        while (web.asked.length === 0) yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        yield* Fiber.interrupt(fiber)
        return (yield* request()).status
      })
    )
    expect(status).toBe(400)
    expect(web.asked).toHaveLength(1)
  })

  it("stay for up to an hour while their server fails, whoever asks for keys that are not there", async () => {
    expect(await by(first, "a")).toBe(400)
    for (const broken of [
      { status: 500 },
      { text: "{}" },
      new TransportFailed({ reason: "timeout", url: KEYS }),
      { text: set() },
      new FetchRejected({ reason: "redirect", url: KEYS })
    ]) {
      world.now += 600
      web.keys = broken
      expect(await by(first, "unknown")).toBe(401)
      expect(await by(first, "a")).toBe(400)
    }
    world.now += 599
    expect(await by(first, "a")).toBe(400)
    world.now += 1
    expect(await by(first, "a")).toBe(401)
    expect(world.events.at(-1)).toEqual({
      event: "client-assertion-refused",
      clientId: ID,
      detail: "keys-unavailable"
    })
    world.now += 30
    web.keys = {}
    expect(await by(first, "a")).toBe(400)
  })

  it("are a key set of public keys for signatures, read strictly and within bounds", async () => {
    const good = publicJwk(first, { kid: "a" })
    const many = (length: number) => Array.from({ length }, (_, index) => ({ ...good, kid: `k${index}` }))
    const secret = { ...first.privateKey.export({ format: "jwk" }), kid: "a" }
    for (const text of [
      "[]",
      "null",
      "{",
      JSON.stringify({ keys: good }),
      JSON.stringify({ keys: [good] }).replace("{", '{"keys":[],'),
      `\uFEFF${set([first, "a"])}`,
      JSON.stringify({ keys: [good, ...many(100)] }),
      JSON.stringify({ keys: [good], padding: "x".repeat(70_000) }),
      JSON.stringify({ keys: [secret] }),
      JSON.stringify({ keys: [{ ...good, use: "enc" }] }),
      JSON.stringify({ keys: [{ ...good, key_ops: ["sign"] }] }),
      JSON.stringify({ keys: [{ ...good, alg: "HS256" }] }),
      JSON.stringify({ keys: [{ ...good, kid: 1 }] }),
      JSON.stringify({ keys: [{ ...good, x: undefined }] }),
      JSON.stringify({ keys: [{ ...good, y: good["x"] }] }),
      JSON.stringify({ keys: [{ kty: "oct", k: "c2VjcmV0", kid: "a" }] })
    ]) {
      web.keys = { text }
      world.now += 4000
      expect(await by(first, "a"), text.slice(0, 100)).toBe(401)
    }
    world.now += 4000
    const mixed = [null, 1, "key", { kty: "oct", k: "c2VjcmV0", kid: "a" }, secret, { kty: "EC", crv: "P-256" }]
    web.keys = { text: JSON.stringify({ keys: [...mixed, { ...good, use: "sig", key_ops: ["verify"], x5c: [1] }] }) }
    expect(await by(first, "a")).toBe(400)
    world.now += 4000
    web.keys = { text: JSON.stringify({ keys: [good, ...many(99)] }) }
    expect(await by(first, "a")).toBe(400)
  })

  it("are held for 1000 URLs, of which the one that was not used for longest leaves first", async () => {
    const ids: Array<string> = []
    for (let index = 0; index < 1001; index++) {
      // No more than are registered in a minute.
      if (index % 300 === 299) world.now += 60
      ids.push(await register({ jwks_uri: `https://app.example.com/${index}.json` }))
    }
    for (const id of ids.slice(0, 1000)) await by(first, "a", id)
    expect(web.asked).toHaveLength(1000)
    await by(first, "a", ids[0])
    await by(first, "a", ids[1000])
    expect(web.asked).toHaveLength(1001)
    await by(first, "a", ids[0])
    expect(web.asked).toHaveLength(1001)
    await by(first, "a", ids[1])
    expect(web.asked).toHaveLength(1002)
  }, 60_000)
})

import { FetchRejected, TransportFailed } from "@postern/safe-fetch"
import { beforeEach, describe, expect, it } from "vitest"
import {
  authorizeUrl,
  Browser,
  errorOf,
  factsOf,
  localErrorOf,
  makeWorld,
  tokenRequest,
  type World
} from "../fixture.ts"
import { type Answer, document, HOME, ID, Web } from "./web.ts"

let web: Web
let world: World
const withDocuments = (options: object = {}) =>
  makeWorld({ registration: { documents: { transport: web, ...options }, dynamic: {} } })
beforeEach(async () => {
  web = new Web()
  world = await withDocuments()
})

const url = (client_id = ID, redirect_uri = HOME) => authorizeUrl({ client_id, redirect_uri })
const status = async (client_id = ID) => (await world.handle(new Request(url(client_id)))).status

const FAILED = new TransportFailed({ reason: "network", url: ID })

/** Statuses of the answers after so many seconds each, and how often the document was asked for meanwhile. */
const after = async (...seconds: ReadonlyArray<number>) => {
  const asked = web.asked.length
  const statuses: Array<number> = []
  for (const one of seconds) {
    world.now += one
    statuses.push(await status())
  }
  return { statuses, fetched: web.asked.length - asked }
}

describe("a document that was fetched", () => {
  it("is kept for five minutes where its server says nothing", async () => {
    expect(await after(0, 299)).toEqual({ statuses: [200, 200], fetched: 1 })
    expect(await after(1)).toEqual({ statuses: [200], fetched: 1 })
  })

  it("is kept for as long as its server says, and for an hour at most", async () => {
    web.next = { cacheControl: "max-age=60" }
    expect((await after(0, 59, 1)).fetched).toBe(2)
    web.next = { cacheControl: "public, max-age=86400" }
    expect((await after(60, 3599, 1)).fetched).toBe(2)
    web.next = { cacheControl: "max-age=600", headers: { age: "500" } }
    expect((await after(3600, 99, 1)).fetched).toBe(2)
  })

  it("is asked for each time where its server says no-store, no-cache or max-age=0", async () => {
    for (const cacheControl of [
      "no-store",
      "no-cache",
      "max-age=0",
      "MAX-AGE=600, No-Store",
      'no-cache="x", max-age=9'
    ]) {
      web.next = { cacheControl }
      world = await withDocuments()
      expect((await after(0, 0, 0)).fetched, cacheControl).toBe(3)
    }
  })

  it("[CIM-24] is asked for again at once after an error or an invalid document", async () => {
    for (const answer of [{ status: 500 }, { status: 404 }, { text: "{}" }, FAILED] as const) {
      web.next = answer
      expect(await status()).toBe(400)
    }
    web.next = {}
    expect(await after(0)).toEqual({ statuses: [200], fetched: 1 })
  })

  it("[CIM-25] ends at once when there is no document any more, or no valid one, where it was", async () => {
    for (const answer of [
      { status: 404 },
      { status: 410 },
      { status: 403 },
      { status: 301 },
      { text: "{}" },
      { text: document({ client_id: `${ID}x` }) },
      { type: "text/html" },
      new FetchRejected({ reason: "redirect", url: ID }),
      new FetchRejected({ reason: "address-forbidden", url: ID }),
      new FetchRejected({ reason: "too-large", url: ID })
    ] as ReadonlyArray<Answer | FetchRejected>) {
      web.next = {}
      world = await withDocuments()
      expect(await status()).toBe(200)
      web.next = answer
      expect((await after(299)).statuses).toEqual([200])
      expect((await after(1)).statuses, JSON.stringify(answer)).toEqual([400])
      // What it was is forgotten: a failure now finds nothing to fall back to.
      web.next = FAILED
      expect((await after(0)).statuses).toEqual([400])
    }
  })

  it("is used for an hour longer while its server cannot be asked, and the operator is told", async () => {
    for (const failure of [{ status: 500 }, { status: 503 }, FAILED] as const) {
      web.next = {}
      world = await withDocuments()
      await status()
      web.next = failure
      expect((await after(300, 3599)).statuses).toEqual([200, 200])
      expect(world.events[0]).toEqual({
        event: "client-document-stale",
        clientId: ID,
        detail: "status" in failure ? `status ${failure.status}` : "TransportFailed: network"
      })
      expect((await after(1)).statuses).toEqual([400])
    }
  })

  it("is not asked for more often than every half a minute while its server fails, and is found again then", async () => {
    await status()
    web.next = FAILED
    expect(await after(300, 0, 29, 1)).toEqual({ statuses: [200, 200, 200, 200], fetched: 2 })
    web.next = { text: document({ client_name: "Renamed" }) }
    world.now += 30
    expect(await new Browser(world).openConsent(url())).toMatchObject({ client: { name: "Renamed" } })
  })

  it("is never used past must-revalidate or no-cache", async () => {
    for (const cacheControl of ["max-age=60, must-revalidate", "no-cache", "must-revalidate"]) {
      web.next = { cacheControl }
      world = await withDocuments()
      await status()
      web.next = FAILED
      expect((await after(300)).statuses, cacheControl).toEqual([400])
    }
  })

  it("is used stale for as long as configured", async () => {
    world = await withDocuments({ staleSeconds: 0 })
    await status()
    web.next = FAILED
    expect((await after(300)).statuses).toEqual([400])
    web.next = {}
    world = await withDocuments({ staleSeconds: 10 })
    await status()
    web.next = FAILED
    expect((await after(300, 9, 1)).statuses).toEqual([200, 200, 400])
  })

  it("[CIM-27] asked for 100 times at once is fetched once, and a failure is not sticky", async () => {
    web.delayMillis = 5
    const answers = await Promise.all(Array.from({ length: 100 }, () => status()))
    expect(new Set(answers)).toEqual(new Set([200]))
    expect(web.asked).toHaveLength(1)
    const other = "https://other.example.com/other.json"
    web.next = { status: 500 }
    const failed = await Promise.all(Array.from({ length: 100 }, () => status(other)))
    expect(new Set(failed)).toEqual(new Set([400]))
    expect(web.asked).toHaveLength(2)
    web.next = { text: document({ client_id: other }) }
    expect(await status(other)).toBe(200)
  })

  it("is fetched to the end for the others when the one who asked first leaves", async () => {
    web.delayMillis = 5
    const gone = new AbortController()
    const first = world.handle(new Request(url()), gone.signal).catch(() => "left")
    const second = status()
    await Promise.resolve()
    gone.abort()
    expect(await Promise.all([first, second])).toEqual(["left", 200])
    expect(web.asked).toHaveLength(1)
  })

  it("[CIM-05] is known by one spelling of its URL: any other is another client or none, and shares nothing with it", async () => {
    const code = (await new Browser(world).approve(url())).searchParams.get("code") ?? ""
    const asked = web.asked.length
    for (const other of [
      "https://APP.example.com/client.json",
      "https://app.example.com:443/client.json",
      "https://app.example.com./client.json"
    ]) {
      web.at.set(other, {})
      await status(other)
      expect((await errorOf(world.handle(tokenRequest({ client_id: other, code }))))[0]).toBeGreaterThanOrEqual(400)
    }
    expect(web.urls.slice(asked)).not.toContain(ID)
  })
})

describe("fetches of documents", () => {
  const flood = async (count: number, urlOf: (index: number) => string) => {
    const statuses = new Map<number, number>()
    for (let index = 0; index < count; index++) {
      const one = await status(urlOf(index))
      statuses.set(one, (statuses.get(one) ?? 0) + 1)
    }
    return Object.fromEntries(statuses)
  }

  it("[CIM-26] of one host are 60 in a minute, and the others are served meanwhile", async () => {
    web.next = { status: 404 }
    expect(await flood(200, (index) => `https://evil.example/${index}`)).toEqual({ 400: 60, 429: 140 })
    expect(web.asked).toHaveLength(60)
    web.next = {}
    expect(await status()).toBe(200)
    world.now += 60
    expect(await status("https://evil.example/one-more")).toBe(200)
  })

  it("[CIM-26] of all hosts are 600 in a minute; a client that is known is not touched", async () => {
    expect(await status()).toBe(200)
    const before = web.asked.length
    web.next = { status: 404 }
    expect(await flood(2000, (index) => `https://evil-${index}.example/c`)).toEqual({ 400: 599, 429: 1401 })
    expect(web.asked.length - before).toBe(599)
    const refused = await world.handle(new Request(url("https://late.example/c")))
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"])
    expect(factsOf(await refused.text())).toMatchObject({ page: "error", title: "Too many requests" })
    const token = await world.handle(tokenRequest({ client_id: "https://late.example/c", code: "x" }))
    expect([token.headers.get("retry-after"), ...(await errorOf(token))]).toEqual([
      "60",
      429,
      "temporarily_unavailable"
    ])
    // The one that was known, fresh and then stale, without a fetch.
    expect(await after(0)).toEqual({ statuses: [200], fetched: 0 })
  })

  it("[CIM-26] keep a thousand documents; the one that was not used for longest leaves first", async () => {
    web.next = { cacheControl: "max-age=3600" }
    const ids = Array.from({ length: 1001 }, (_, index) => `https://app-${index}.example/c`)
    const [first = "", second = ""] = ids
    for (const [index, id] of ids.entries()) {
      if (index % 500 === 499) world.now += 60
      // The first one is used all along.
      if (index % 100 === 99) await status(first)
      await status(id)
    }
    const before = web.asked.length
    expect(before).toBe(1001)
    world.now += 60
    await status(first)
    expect(web.asked.length - before).toBe(0)
    await status(second)
    expect(web.asked.length - before).toBe(1)
  })

  it("[CIM-28] [TIM-06] that find nothing are answered alike, whatever is there", async () => {
    const answers = new Set<string>()
    for (const next of [
      FAILED,
      new TransportFailed({ reason: "timeout", url: ID }),
      new TransportFailed({ reason: "tls", url: ID, code: "CERT_HAS_EXPIRED" }),
      new TransportFailed({ reason: "network", url: ID, code: "ECONNREFUSED" }),
      new FetchRejected({ reason: "address-forbidden", url: ID }),
      new FetchRejected({ reason: "port-forbidden", url: ID }),
      new FetchRejected({ reason: "redirect", url: ID }),
      { status: 404 },
      { status: 500 },
      { text: document({ client_id: "https://other.example.com/c" }) },
      { type: "text/html" }
    ]) {
      web.next = next
      const { styleNonce: _, ...facts } = await localErrorOf(world, url())
      answers.add(JSON.stringify(facts))
      const token = await world.handle(tokenRequest({ client_id: ID, code: "x" }))
      expect([token.status, await token.json()]).toEqual([
        401,
        { error: "invalid_client", error_description: "client authentication failed" }
      ])
    }
    expect([...answers]).toEqual([
      JSON.stringify({
        page: "error",
        status: 400,
        title: "Unknown application",
        detail: "the client's metadata document could not be used",
        spec: "draft-ietf-oauth-client-id-metadata-document-00 section 4.1"
      })
    ])
  })
})

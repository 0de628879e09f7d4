import { type Dial, type Lookup, makeNodeTransport } from "@postern/safe-fetch/node"
import { EventEmitter } from "node:events"
import type { ClientRequest, IncomingMessage } from "node:http"
import type { RequestOptions } from "node:https"
import { Readable } from "node:stream"
import { gzipSync } from "node:zlib"
import { beforeEach, describe, expect, it } from "vitest"
import { asserted, claims, ec, jws } from "../assertion/signing.ts"
import { authorizeUrl, errorOf, factsOf, localErrorOf, makeWorld, tokenRequest, type World } from "../fixture.ts"
import { document, HOME, ID } from "./web.ts"

/** What the server answers; the body may be endless. */
interface Served {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer | (() => Generator<Buffer>)
}

/** The network below the real transport: names, and what is dialled. Nothing leaves this process. */
class Network {
  served: Served | "silent" = {}
  addresses: ReadonlyArray<string> = ["93.184.216.34"]
  readonly resolved: Array<string> = []
  readonly dialled: Array<{ readonly protocol: string; readonly options: RequestOptions }> = []
  destroyed = 0
  readonly lookup: Lookup = async (hostname) => {
    this.resolved.push(hostname)
    return this.addresses
  }
  readonly dial: Dial = (protocol, options, onResponse) => {
    this.dialled.push({ protocol, options })
    const request = Object.assign(new EventEmitter(), { end: () => undefined })
    options.signal?.addEventListener("abort", () => request.emit("error", new Error("aborted")))
    const { served } = this
    if (served !== "silent") queueMicrotask(() => onResponse(this.#response(served)))
    return request as unknown as ClientRequest
  }
  #response({ status = 200, headers = {}, body = document() }: Served): IncomingMessage {
    const chunks = typeof body === "function" ? body() : [Buffer.from(body)]
    const all: Record<string, string> = { "content-type": "application/json", ...headers }
    const stream = Object.assign(Readable.from(chunks), {
      statusCode: status,
      headersDistinct: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]]))
    })
    stream.once("close", () => this.destroyed++)
    return stream as unknown as IncomingMessage
  }
}

let network: Network
let world: World
beforeEach(async () => {
  network = new Network()
  const { lookup, dial } = network
  const transport = makeNodeTransport({ bounds: { maximumBytes: 5120, timeoutMillis: 5000 }, lookup, dial })
  world = await makeWorld({ registration: { documents: { transport }, dynamic: {} } })
})

const url = (client_id = ID, redirect_uri: string | undefined = HOME) => authorizeUrl({ client_id, redirect_uri })
const isServed = async (client_id = ID) => (await world.handle(new Request(url(client_id)))).status === 200

/** A-LOCAL, with the one sentence for every document that cannot be used. */
const refused = async (client_id = ID) => {
  expect((await localErrorOf(world, url(client_id))).status).toBe(400)
}

const fetched = () => network.dialled.length

describe("the fetch of a document", () => {
  it("[CIM-06] goes to no address that is not public, however it is written", async () => {
    for (const host of [
      "127.0.0.1",
      "10.0.0.1",
      "172.16.0.1",
      "192.168.1.1",
      "169.254.169.254",
      "100.64.0.1",
      "0.0.0.0",
      "192.0.0.1",
      "198.18.0.1",
      "240.0.0.1",
      "255.255.255.255",
      "224.0.0.1",
      "[::1]",
      "[::ffff:10.0.0.1]",
      "[fd00::1]",
      "[fe80::1]",
      "localhost",
      "metadata.internal",
      "intranet"
    ]) {
      await refused(`https://${host}/client.json`)
    }
    expect([network.resolved, fetched()]).toEqual([[], 0])
  })

  it("[CIM-09] goes nowhere when any of the addresses of a name is not public", async () => {
    for (const addresses of [
      ["10.0.0.1"],
      ["93.184.216.34", "127.0.0.1"],
      ["93.184.216.34", "::1"],
      ["169.254.169.254"],
      ["::ffff:192.168.0.1"],
      []
    ]) {
      network.addresses = addresses
      await refused()
    }
    expect(fetched()).toBe(0)
  })

  it("[CIM-10] dials the address that was checked, on a connection of its own", async () => {
    expect(await isServed()).toBe(true)
    expect(network.resolved).toEqual(["app.example.com"])
    const [{ options, protocol } = { options: {}, protocol: "" }] = network.dialled
    expect([protocol, options.hostname, options.agent]).toEqual(["https:", "app.example.com", false])
    // The name now leads within; the connection asks for it and is told what was checked.
    network.addresses = ["127.0.0.1"]
    const answered = await new Promise((resolve) => {
      options.lookup?.("app.example.com", { all: true }, (_, found) => resolve(found))
    })
    expect(answered).toEqual([{ address: "93.184.216.34", family: 4 }])
    expect(network.resolved).toHaveLength(1)
  })

  it("[CIM-11] follows no redirect", async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      for (const location of ["/other.json", "https://other.example.com/c", "http://127.0.0.1/"]) {
        network.served = { status, headers: { location } }
        await refused()
      }
    }
    expect(network.dialled.every(({ options }) => options.path === "/client.json")).toBe(true)
    expect(new Set(network.resolved)).toEqual(new Set(["app.example.com"]))
  })

  it("[CIM-13] ends at 5 kB of what is decoded, and the connection with it", async () => {
    const endless = function* () {
      for (;;) yield Buffer.alloc(1024, " ")
    }
    const padded = (length: number) => document({ padding: "" }).replace('""', `"${"x".repeat(length)}"`)
    const room = 5120 - Buffer.byteLength(padded(0))
    for (const served of [
      { body: padded(room + 1) },
      { headers: { "content-length": "1000000000" } },
      { body: endless },
      { body: gzipSync(padded(4_000_000)), headers: { "content-encoding": "gzip" } },
      { body: padded(0).replace('""', `"${"é".repeat(room / 2 + 1)}"`) },
      { headers: { "content-encoding": "zstd" } }
    ]) {
      network.served = served
      const before = network.destroyed
      await refused()
      await new Promise(setImmediate)
      expect(network.destroyed).toBe(before + 1)
    }
    network.served = { body: gzipSync(padded(room)), headers: { "content-encoding": "gzip" } }
    expect(await isServed()).toBe(true)
  })

  it("[CIM-14] ends at its deadline, which nothing that a server sends moves", async () => {
    world.impatient = true
    network.served = "silent"
    await refused()
    network.served = {
      body: function* () {
        for (;;) yield Buffer.from(" ")
      }
    }
    await refused()
    expect(world.events.map(({ detail }) => detail)).toEqual(["TransportFailed: timeout", "TransportFailed: timeout"])
  })

  it("[CIM-37] goes to port 443, or to one that belongs to no other service", async () => {
    for (const port of [22, 25, 6379, 5432, 80, 0]) await refused(`https://app.example.com:${port}/c`)
    expect(fetched()).toBe(0)
    const id = "https://app.example.com:8443/c"
    network.served = { body: document({ client_id: id }) }
    expect(await isServed(id)).toBe(true)
  })

  it("[CIM-38] carries nothing of the user or of the request", async () => {
    await world.handle(
      new Request(url(), {
        headers: { cookie: "session=x", authorization: "Bearer x", referer: "https://x.example/", "user-agent": "Mine" }
      })
    )
    const [{ options } = { options: {} as RequestOptions }] = network.dialled
    expect(options.method).toBe("GET")
    expect(options.headers).toEqual({
      accept: "application/json",
      "accept-encoding": "gzip, deflate, br",
      "user-agent": "postern-safe-fetch"
    })
    expect([options.path, options.rejectUnauthorized]).toEqual(["/client.json", true])
  })

  it("[CIM-21] [CIM-19] leads to no other fetch: neither a logo nor keys are asked for within", async () => {
    const { lookup, dial } = network
    const transport = makeNodeTransport({ lookup, dial })
    world = await makeWorld({ registration: { documents: { transport, logoTransport: transport }, dynamic: {} } })
    for (const members of [
      { logo_uri: "javascript:alert(1)" },
      { client_uri: "data:text/html,x" },
      { logo_uri: "http://10.0.0.1/x.png" },
      { tos_uri: "http://169.254.169.254/" },
      { jwks_uri: "http://app.example.com/jwks.json", token_endpoint_auth_method: "private_key_jwt" },
      { jwks_uri: "https://10.0.0.1/jwks.json", token_endpoint_auth_method: "private_key_jwt" },
      { jwks_uri: "https://other.example.com/jwks.json", token_endpoint_auth_method: "private_key_jwt" },
      { jwks: { keys: [{ kty: "oct", k: "AAAA" }] }, token_endpoint_auth_method: "private_key_jwt" },
      { jwks: { keys: [] }, token_endpoint_auth_method: "private_key_jwt" },
      {
        jwks: { keys: [{ kty: "EC", crv: "P-256", x: "AA", y: "AA", d: "AA" }] },
        token_endpoint_auth_method: "private_key_jwt"
      }
    ]) {
      network.served = { body: document(members) }
      await refused()
    }
    const before = fetched()
    network.served = { body: document({ logo_uri: "https://169.254.169.254/logo.png" }) }
    const page = await world.handle(new Request(url()))
    expect(factsOf(await page.text())).not.toHaveProperty("client.logo")
    expect(fetched() - before).toBe(1)
  })

  it("[CIM-19] follows no redirect to keys either, and lets nobody in without them", async () => {
    const key = ec()
    const jwks_uri = "https://app.example.com/jwks.json"
    network.served = { body: document({ token_endpoint_auth_method: "private_key_jwt", jwks_uri }) }
    expect(await isServed()).toBe(true)
    network.served = { status: 302, headers: { location: "https://evil.example/jwks.json" } }
    const assertion = asserted(jws({ alg: "ES256" }, claims(ID), key.privateKey))
    const answer = await errorOf(world.handle(tokenRequest({ ...assertion, code: "x" })))
    expect(answer).toEqual([401, "invalid_client"])
    expect(network.dialled.map(({ options }) => options.path)).toEqual(["/client.json", "/jwks.json"])
    expect(new Set(network.resolved)).toEqual(new Set(["app.example.com"]))
  })

  it("[CIM-33] goes to no host that is not in ASCII", async () => {
    await refused("https://\u0430pp.example.com/c")
    expect(network.resolved).toEqual([])
  })
})

import * as http from "node:http"
import * as https from "node:https"
import { isIP } from "node:net"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { Bounds, SafeRequest } from "@postern/safe-fetch"
import { type Dial, makeNodeTransport, type NodeTransportOptions } from "@postern/safe-fetch/node"
import { json, type Listening, listenHttp, listenHttps, listenRaw, root } from "./listening.ts"

const ON_THIS_MACHINE = /^(127\.|::1$)/

/** Dials for real, but only on this machine: what a test (or a defence taken out) would dial elsewhere is written down. */
const watchedDial = () => {
  const dialled: Array<string> = []
  const refused = Object.assign(new Error("not dialled in a test"), { code: "ECONNREFUSED" })
  const dial: Dial = (protocol, options, onResponse) => {
    const { hostname = "", lookup } = options
    if (isIP(hostname ?? "") !== 0 && !ON_THIS_MACHINE.test(hostname ?? "")) {
      dialled.push(hostname ?? "")
      const nowhere: typeof lookup = (_, __, callback) => callback(refused, "", 4)
      return http.request({ hostname: "nowhere.invalid", lookup: nowhere }, onResponse)
    }
    const watched: typeof lookup = (hostname, lookupOptions, callback) =>
      lookup?.(hostname, { ...lookupOptions, all: false }, (error, found, family = 4) => {
        const address = typeof found === "string" ? found : ""
        dialled.push(address)
        if (error !== null || !ON_THIS_MACHINE.test(address)) callback(refused, "", 4)
        else if (lookupOptions.all === true) callback(null, [{ address, family }])
        else callback(null, address, family)
      })
    return (protocol === "https:" ? https : http).request({ ...options, lookup: watched }, onResponse)
  }
  return { dial, dialled }
}

const run = (options: NodeTransportOptions, request: SafeRequest) =>
  Effect.runPromise(
    Effect.match(makeNodeTransport({ dial: watchedDial().dial, ...options }).fetch(request), {
      onSuccess: (response) => response,
      onFailure: (error) => error
    })
  )

/** A transport's options that treat a local server as one that the operator typed. */
const local = (server: Listening, bounds: Partial<Bounds> = {}) => {
  const url = `http://127.0.0.1:${server.port}/`
  return { url, options: { bounds: { trust: { operator: [url] }, ...bounds } } }
}

/** A resolver with an answer for each question in turn (the last one for all others), and the questions it was asked. */
const resolver = (...answers: ReadonlyArray<ReadonlyArray<string>>) => {
  const asked: Array<string> = []
  const lookup = async (hostname: string) => {
    asked.push(hostname)
    return answers[asked.length - 1] ?? answers.at(-1) ?? []
  }
  return { asked, lookup }
}

const respondWith =
  (headers: http.OutgoingHttpHeaders, ...chunks: ReadonlyArray<string | Uint8Array>): http.RequestListener =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "application/json", ...headers })
    for (const chunk of chunks) response.write(chunk)
    response.end()
  }

// Writes a chunk again and again until the other side goes away.
const respondForever =
  (chunk: string, everyMillis: number): http.RequestListener =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" })
    const timer = setInterval(() => response.write(chunk), everyMillis)
    response.on("close", () => clearInterval(timer))
  }

const closed = async (server: Listening) => {
  for (const socket of server.connections) {
    if (!socket.destroyed) await new Promise((resolve) => socket.once("close", resolve))
  }
  return server.connections.length
}

describe("the address that is dialled", () => {
  const HOST = "app.example.com"

  it("is none when any answer of the resolver is special-use", async () => {
    const canary = await listenHttps(json({}))
    for (const answer of [
      ["10.0.0.1"],
      ["93.184.216.34", "127.0.0.1"],
      ["127.0.0.1", "93.184.216.34"],
      ["93.184.216.34", "::1"],
      // What a CNAME to metadata.google.internal resolves to.
      ["169.254.169.254"],
      ["::ffff:127.0.0.1"],
      ["64:ff9b::7f00:1"],
      ["fe80::1%eth0"],
      ["not an address"]
    ]) {
      const { lookup } = resolver(answer)
      expect(await run({ lookup, ca: root }, { url: `https://${HOST}:${canary.port}/c` }), answer.join()).toMatchObject(
        {
          _tag: "FetchRejected",
          reason: "address-forbidden"
        }
      )
    }
    expect(canary.connections).toHaveLength(0)
  })

  it("is the one that was checked: a second answer is never asked for", async () => {
    const canary = await listenHttps(json({}))
    const { asked, lookup } = resolver(["93.184.216.34"], ["127.0.0.1"])
    const { dial, dialled } = watchedDial()
    const url = `https://${HOST}:${canary.port}/.well-known/oauth-protected-resource`
    await run({ lookup, dial, ca: root }, { url })
    expect(asked).toEqual([HOST])
    expect(dialled).toEqual(["93.184.216.34"])
    expect(canary.connections).toHaveLength(0)
  })

  it("is checked anew for each request, with the name kept for TLS and Host, on a connection of its own", async () => {
    const seen: Array<unknown> = []
    const honest = await listenHttps((request, response) => {
      const name = "servername" in request.socket ? request.socket.servername : undefined
      seen.push([request.headers.host, name, request.headers.connection])
      json({ from: "honest" })(request, response)
    })
    const url = `https://as.example.com:${honest.port}/c`
    const { asked, lookup } = resolver(["127.0.0.1"], ["127.0.0.1"], ["93.184.216.34", "127.0.0.1", "169.254.1.1"])
    const transport = makeNodeTransport({ lookup, ca: root, bounds: { trust: { operator: [url] } } })
    const fetch = () =>
      Effect.runPromise(
        Effect.match(transport.fetch({ url }), { onSuccess: ({ text }) => text, onFailure: (error) => error.reason })
      )
    expect(await fetch()).toBe('{"from":"honest"}')
    expect(asked).toEqual(["as.example.com"])
    expect(await fetch()).toBe('{"from":"honest"}')
    expect(honest.connections).toHaveLength(2)
    expect(await fetch()).toBe("address-forbidden")
    expect(asked).toHaveLength(3)
    expect(honest.connections).toHaveLength(2)
    const host = `as.example.com:${honest.port}`
    expect(seen).toEqual([
      [host, "as.example.com", "close"],
      [host, "as.example.com", "close"]
    ])
    // As a stranger's, the same name may not lead here at all.
    const rebound = resolver(["93.184.216.34"], ["127.0.0.1"])
    const { dial, dialled } = watchedDial()
    await run({ lookup: rebound.lookup, dial, ca: root }, { url })
    expect(rebound.asked).toEqual(["as.example.com"])
    expect(dialled).toEqual(["93.184.216.34"])
    expect(honest.connections).toHaveLength(2)
  })

  it("may be private for a name that was typed, and for what that name names on itself, not for another name", async () => {
    const server = await listenHttps(json({ from: "private" }))
    const typed = `https://as.example.com:${server.port}/mcp`
    const { lookup } = resolver(["127.0.0.1"])
    const transport = makeNodeTransport({ lookup, ca: root, bounds: { trust: { operator: [typed] } } })
    const fetch = (request: SafeRequest) =>
      Effect.runPromise(
        Effect.match(transport.fetch(request), { onSuccess: ({ text }) => text, onFailure: (error) => error.reason })
      )
    expect(await fetch({ url: typed })).toBe('{"from":"private"}')
    expect(await fetch({ url: `https://as.example.com:${server.port}/x`, namedBy: typed })).toBe('{"from":"private"}')
    expect(await fetch({ url: `https://app.example.com:${server.port}/x`, namedBy: typed })).toBe("address-forbidden")
    expect(await fetch({ url: typed, namedBy: "https://app.example.com/" })).toBe("address-forbidden")
    expect(server.connections).toHaveLength(2)
  })

  it("is never private for what a public host names on itself, although its name was typed", async () => {
    const canary = await listenHttps(json({}))
    const typed = `https://as.example.com:${canary.port}/mcp`
    const { asked, lookup } = resolver(["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["127.0.0.1"])
    const { dial, dialled } = watchedDial()
    const transport = makeNodeTransport({ lookup, dial, ca: root, bounds: { trust: { operator: [typed] } } })
    const reason = (request: SafeRequest) =>
      Effect.runPromise(Effect.map(Effect.flip(transport.fetch(request)), (error) => error.reason))
    expect(await reason({ url: typed })).toBe("network")
    const named = { url: `https://as.example.com:${canary.port}/x`, namedBy: typed }
    expect(await reason(named)).toBe("address-forbidden")
    expect(await reason(named)).toBe("address-forbidden")
    expect(asked).toHaveLength(3)
    expect(dialled).toEqual(["93.184.216.34"])
    expect(canary.connections).toHaveLength(0)
    // Typed again, it is what it is now: a private host, on which it may name others.
    const moved = Effect.andThen(transport.fetch({ url: typed }), transport.fetch(named))
    expect(await Effect.runPromise(Effect.map(moved, ({ text }) => text))).toBe("{}")
  })

  it("is loopback for http, whatever the resolver says", async () => {
    const server = await listenHttp(json({}))
    const url = `http://localhost:${server.port}/`
    const bounds = { trust: { operator: [url] } }
    expect(await run({ bounds, lookup: resolver(["10.0.0.1"]).lookup }, { url })).toMatchObject({
      reason: "address-forbidden"
    })
    expect(await run({ bounds, lookup: resolver(["93.184.216.34"]).lookup }, { url })).toMatchObject({
      reason: "address-forbidden"
    })
    expect(await run({ bounds, lookup: resolver(["127.0.0.1"]).lookup }, { url })).toMatchObject({ status: 200 })
    expect(await run({ bounds }, { url })).toMatchObject({ status: 200 })
  })

  it("is refused when it is written into the URL, before anything is resolved", async () => {
    const canary = await listenHttps(json({}))
    const { asked, lookup } = resolver(["127.0.0.1"])
    for (const host of ["127.0.0.1", "[::1]", "[::ffff:7f00:1]", "localhost", "0.0.0.0", "[::]"]) {
      expect(await run({ lookup, ca: root }, { url: `https://${host}:${canary.port}/` }), host).toMatchObject({
        reason: "address-forbidden"
      })
    }
    expect(asked).toEqual([])
    expect(canary.connections).toHaveLength(0)
  })

  it("is none when the resolver knows none", async () => {
    expect(await run({ lookup: resolver([]).lookup }, { url: `https://${HOST}/` })).toMatchObject({
      _tag: "TransportFailed",
      reason: "network",
      code: "ENOTFOUND"
    })
  })
})

describe("a redirect", () => {
  it("is refused, wherever it leads", async () => {
    const target = await listenHttp(json({ stolen: true }))
    for (const status of [301, 302, 303, 307, 308]) {
      for (const location of ["/other", "https://other.example/c", `http://127.0.0.1:${target.port}/`]) {
        const paths: Array<string | undefined> = []
        const server = await listenHttp((request, response) => {
          paths.push(request.url)
          response.writeHead(status, { location, "content-type": "application/json" }).end('{"a":1}')
        })
        const { url, options } = local(server)
        expect(await run(options, { url }), `${status} ${location}`).toMatchObject({
          _tag: "FetchRejected",
          reason: "redirect",
          url
        })
        expect(paths).toEqual(["/"])
      }
    }
    expect(target.connections).toHaveLength(0)
  })

  it("has the same end when it leads to another protocol on the same connection", async () => {
    const server = await listenRaw((socket) =>
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n{}")
    )
    const { url, options } = local(server)
    expect(await run(options, { url })).toMatchObject({ _tag: "FetchRejected", reason: "redirect" })
    expect(await closed(server)).toBe(1)
  })

  it("never carries a secret, a code or a token on", async () => {
    const evil = await listenHttp(json({}))
    const bodies = [
      "grant_type=authorization_code&code=c&client_secret=s",
      "grant_type=refresh_token&refresh_token=r&client_secret=s",
      '{"redirect_uris":["http://127.0.0.1/cb"]}',
      "token=r&client_secret=s"
    ]
    for (const status of [307, 308]) {
      const server = await listenHttp((_request, response) => {
        response.writeHead(status, { location: `http://127.0.0.1:${evil.port}/steal` }).end()
      })
      const { url, options } = local(server)
      for (const body of bodies) {
        expect(await run(options, { url, method: "POST", body })).toMatchObject({ reason: "redirect" })
      }
    }
    expect(evil.connections).toHaveLength(0)
  })
})

describe("the size", () => {
  const bounds = { maximumBytes: 5120 }

  it("is counted in decoded bytes, and the socket is destroyed beyond it", async () => {
    const attacks: ReadonlyArray<http.RequestListener> = [
      respondWith({}, "1".repeat(5121)),
      (_request, response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "1000000000" }).write("1")
      },
      respondForever("1".repeat(1000), 1),
      respondWith({ "content-encoding": "gzip" }, gzipSync(Buffer.alloc(4_000_000, 0x31))),
      // 5121 bytes, yet 2561 letters.
      respondWith({}, `1${"\u00e9".repeat(2560)}`)
    ]
    for (const attack of attacks) {
      const server = await listenHttp(attack)
      const { url, options } = local(server, bounds)
      expect(await run(options, { url })).toMatchObject({ _tag: "FetchRejected", reason: "too-large" })
      expect(await closed(server)).toBe(1)
    }
    const fits = await listenHttp(respondWith({}, "\u00e9".repeat(2560)))
    expect(await run(local(fits, bounds).options, { url: local(fits).url })).toMatchObject({
      text: "\u00e9".repeat(2560)
    })
  })

  it("bounds a key set in bytes, decoded bytes and time", async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, 0x20))
    expect(bomb.length).toBeLessThan(21_000)
    const chunk = Buffer.alloc(1_000_000, 0x20)
    const keys = JSON.stringify({ keys: Array.from({ length: 100_000 }, (_, kid) => ({ kid: String(kid) })) })
    const attacks: ReadonlyArray<readonly [http.RequestListener, string]> = [
      [respondWith({}, ...Array.from({ length: 50 }, () => chunk)), "too-large"],
      [respondWith({ "content-encoding": "gzip" }, bomb), "too-large"],
      [respondWith({}, keys), "too-large"],
      [respondForever(" ", 1000), "timeout"]
    ]
    for (const [attack, reason] of attacks) {
      const server = await listenHttp(attack)
      const { url, options } = local(server, reason === "timeout" ? { timeoutMillis: 1000 } : {})
      expect(await run(options, { url })).toMatchObject({ reason })
      expect(await closed(server)).toBe(1)
    }
  })

  it("bounds a metadata document in bytes, time and type", async () => {
    const servers = Array.from({ length: 10_000 }, (_, at) => `https://as${at}.example.com`)
    const attacks: ReadonlyArray<readonly [http.RequestListener, string]> = [
      [respondWith({}, Buffer.alloc(10_000_000, 0x20)), "too-large"],
      [respondWith({ "content-encoding": "gzip" }, gzipSync(Buffer.alloc(10_000_000, 0x20))), "too-large"],
      [respondForever(" ", 1000), "timeout"],
      [respondForever(" ".repeat(10_000), 1), "too-large"],
      [respondWith({ "content-type": "text/html" }, "<html></html>"), "content-type"],
      [respondWith({}, JSON.stringify({ authorization_servers: servers })), "too-large"]
    ]
    for (const [attack, reason] of attacks) {
      const server = await listenHttp(attack)
      const { url, options } = local(server, reason === "timeout" ? { timeoutMillis: 1000 } : {})
      expect(await run(options, { url }), reason).toMatchObject({ reason })
    }
  })

  it("reads one content coding, and refuses others and several", async () => {
    const body = '{"a":1}'
    const codings: ReadonlyArray<readonly [string, Uint8Array]> = [
      ["gzip", gzipSync(body)],
      ["X-GZIP", gzipSync(body)],
      ["deflate", deflateSync(body)],
      ["br", brotliCompressSync(body)],
      ["identity", Buffer.from(body)]
    ]
    for (const [coding, bytes] of codings) {
      const { url, options } = local(await listenHttp(respondWith({ "content-encoding": coding }, bytes)))
      expect(await run(options, { url }), coding).toMatchObject({ text: body })
    }
    for (const coding of ["gzip, gzip", "compress", "zstd"]) {
      const { url, options } = local(await listenHttp(respondWith({ "content-encoding": coding }, body)))
      expect(await run(options, { url }), coding).toMatchObject({ reason: "content-type" })
    }
  })

  it("fails on a body that breaks off or does not unpack", async () => {
    const cut = local(await listenHttp(respondWith({ "content-encoding": "gzip" }, gzipSync("{}").subarray(0, 10))))
    expect(await run(cut.options, { url: cut.url })).toMatchObject({ _tag: "TransportFailed", reason: "network" })
    const wrong = local(await listenHttp(respondWith({ "content-encoding": "gzip" }, "{}")))
    expect(await run(wrong.options, { url: wrong.url })).toMatchObject({ _tag: "TransportFailed", reason: "network" })
    for (const coding of ["identity", "gzip"]) {
      const broken = local(
        await listenHttp((_request, response) => {
          response.writeHead(200, {
            "content-type": "application/json",
            "content-encoding": coding,
            "content-length": 50
          })
          response.write(coding === "gzip" ? gzipSync("{}").subarray(0, 12) : "{")
          setTimeout(() => response.destroy(), 20)
        })
      )
      expect(await run(broken.options, { url: broken.url })).toMatchObject({
        _tag: "TransportFailed",
        code: "ECONNRESET"
      })
    }
  })
})

describe("the deadline", () => {
  it("covers name resolution, TLS, headers and body", async () => {
    const bounds = { timeoutMillis: 1000 }
    const timeout = { _tag: "TransportFailed", reason: "timeout" }
    const lookup = () => new Promise<ReadonlyArray<string>>(() => undefined)
    expect(await run({ bounds, lookup }, { url: "https://app.example.com/c" })).toMatchObject(timeout)

    const silent = await listenRaw()
    const url = `https://127.0.0.1:${silent.port}/`
    expect(await run({ bounds: { ...bounds, trust: { operator: [url] } } }, { url })).toMatchObject(timeout)
    expect(await closed(silent)).toBe(1)

    const headers = await listenRaw((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nx: ")
      const timer = setInterval(() => socket.write("a"), 50)
      socket.on("close", () => clearInterval(timer))
    })
    const slow = local(headers, bounds)
    expect(await run(slow.options, { url: slow.url })).toMatchObject(timeout)
    expect(await closed(headers)).toBe(1)

    const body = await listenHttp(respondForever(" ", 50))
    const dripping = local(body, bounds)
    expect(await run(dripping.options, { url: dripping.url })).toMatchObject(timeout)
    expect(await closed(body)).toBe(1)
  })

  it("does not dial what the resolver finds too late", async () => {
    const canary = await listenHttps(json({}))
    const url = `https://as.example.com:${canary.port}/`
    const late = Promise.withResolvers<ReadonlyArray<string>>()
    const options = { bounds: { timeoutMillis: 20, trust: { operator: [url] } }, ca: root, lookup: () => late.promise }
    expect(await run(options, { url })).toMatchObject({ reason: "timeout" })
    late.resolve(["127.0.0.1"])
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(canary.connections).toHaveLength(0)
  })
})

describe("TLS", () => {
  it("trusts an extra root for this transport alone", async () => {
    const server = await listenHttps(json({ a: 1 }))
    const url = `https://127.0.0.1:${server.port}/`
    const bounds = { trust: { operator: [url] } }
    expect(await run({ bounds, ca: [root] }, { url })).toMatchObject({ status: 200, text: '{"a":1}' })
    expect(await run({ bounds }, { url })).toMatchObject({ _tag: "TransportFailed", reason: "tls" })
  })

  it("[TLS-04] [ASM-14] refuses an expired, a self-signed and a wrong-host certificate, and sends nothing", async () => {
    let requests = 0
    const count: http.RequestListener = (request, response) => {
      requests += 1
      json({})(request, response)
    }
    const cases = [
      { certificate: "expired", host: "as.example.com", code: "CERT_HAS_EXPIRED" },
      { certificate: "self-signed", host: "as.example.com", code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
      { certificate: "server", host: "other.example.com", code: "ERR_TLS_CERT_ALTNAME_INVALID" }
    ] as const
    for (const { certificate, host, code } of cases) {
      const server = await listenHttps(count, { certificate })
      const url = `https://${host}:${server.port}/`
      const { lookup } = resolver(["127.0.0.1"])
      expect(await run({ bounds: { trust: { operator: [url] } }, ca: root, lookup }, { url })).toMatchObject({
        _tag: "TransportFailed",
        reason: "tls",
        code
      })
    }
    expect(requests).toBe(0)
  })

  it("[TLS-04] refuses a server that speaks TLS 1.1 at most", async () => {
    let requests = 0
    const server = await listenHttps(() => void requests++, { maximumVersion: "TLSv1.1" })
    const url = `https://127.0.0.1:${server.port}/`
    expect(await run({ bounds: { trust: { operator: [url] } }, ca: root }, { url })).toMatchObject({
      _tag: "TransportFailed",
      reason: "tls"
    })
    expect(requests).toBe(0)
  })

  it("is a failure of the network when nobody listens or the peer does not speak it", async () => {
    const server = await listenHttp(json({}))
    const url = `https://127.0.0.1:${server.port}/`
    expect(await run({ bounds: { trust: { operator: [url] } } }, { url })).toMatchObject({ reason: "tls" })
    const gone = "http://127.0.0.1:1/"
    expect(await run({ bounds: { trust: { operator: [gone] } } }, { url: gone })).toMatchObject({
      reason: "network",
      code: "ECONNREFUSED"
    })
  })
})

describe("a request", () => {
  it("carries the transport's own headers and the query, and no cookie, authorization or referrer but what the caller gave", async () => {
    const server = await listenHttp((request, response) => {
      let body = ""
      request.on("data", (chunk) => (body += chunk))
      request.on("end", () =>
        json({ body, url: request.url, method: request.method, headers: request.rawHeaders })(request, response)
      )
    })
    const { url, options } = local(server)
    const get = await run(options, { url: `${url}c?x=1` })
    expect(JSON.parse("text" in get ? get.text : "")).toEqual({
      body: "",
      url: "/c?x=1",
      method: "GET",
      headers: [
        "accept",
        "application/json",
        "accept-encoding",
        "gzip, deflate, br",
        "user-agent",
        "postern-safe-fetch",
        "Host",
        `127.0.0.1:${server.port}`,
        "Connection",
        "close"
      ]
    })
    const post = await run(options, { url, method: "POST", headers: { "Content-Type": "text/plain" }, body: "\u00e9" })
    expect(JSON.parse("text" in post ? post.text : "")).toMatchObject({ body: "\u00e9", method: "POST" })
  })
})

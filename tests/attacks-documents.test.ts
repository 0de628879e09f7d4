import * as http from "node:http"
import { gzipSync } from "node:zlib"
import { afterEach, describe, expect, it } from "vitest"
import {
  authorizeUrl,
  type Canary,
  type ServerWorld,
  form,
  HOST,
  ISSUER,
  makeBrowser,
  makeServerWorld,
  PUBLIC,
  startCanary,
  VERIFIER
} from "./server-world.ts"

// Client ID Metadata Documents through a whole authorization server: its transport, its store, its pages.

const CALLBACK = "https://client.example.org/cb"

type Answer = http.RequestListener

const closers: Array<() => Promise<void>> = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

/** A host of documents on loopback, which answers with `next`, and an authorization server that may fetch them. */
const start = async (options: Parameters<typeof makeServerWorld>[0] = {}) => {
  const state = { next: (() => undefined) as Answer }
  const host = await startCanary((request, response) => state.next(request, response))
  const world = await makeServerWorld(options)
  closers.push(host.close, world.close)
  const id = `https://${HOST}:${host.port}/client.json`
  const document = (members: object = {}) =>
    JSON.stringify({ client_id: id, client_name: "App", redirect_uris: [CALLBACK], ...members })
  const serve = (body: string | Uint8Array, headers: http.OutgoingHttpHeaders = {}, status = 200) => {
    state.next = (_, response) => {
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(body)
    }
  }
  serve(document())
  return {
    ...world,
    world,
    host,
    id,
    document,
    serve,
    state,
    url: authorizeUrl({ client_id: id, redirect_uri: CALLBACK })
  }
}

/** A-LOCAL of the catalogue. */
const expectLocal = async (world: ServerWorld, url: string, why = url) => {
  const before = world.writes.length
  const response = await world.handle(new Request(url))
  const html = await response.text()
  expect(response.status, why).toBeGreaterThanOrEqual(400)
  expect(response.status, why).toBeLessThan(500)
  expect([...response.headers.keys()], why).not.toEqual(expect.arrayContaining(["location"]))
  expect(response.headers.has("refresh"), why).toBe(false)
  expect(html, why).not.toMatch(/http-equiv|<script|<form|<a |client\.example\.org/i)
  expect(world.writes.length, why).toBe(before)
}

const expectConsent = async (world: ServerWorld, url: string) => {
  const { html, response } = await makeBrowser(world).open(url)
  expect(response.status).toBe(200)
  expect(html).toContain('name="decision" value="approve"')
  return html
}

const untilClosed = async ({ connections }: Canary) => {
  for (const socket of connections) {
    if (!socket.destroyed) await new Promise((resolve) => socket.once("close", resolve))
  }
}

describe("a client that is a URL", () => {
  it("is fetched over https, shown and given a code", async () => {
    const { host, url, world } = await start()
    const html = await expectConsent(world, url)
    expect(html).toContain(`<code>${HOST}:${host.port}</code>`)
    expect(html).toContain("<code>client.example.org</code>")
    expect((await makeBrowser(world).approve(url)).searchParams.get("code")).not.toBeNull()
    expect(world.dialled).toEqual([PUBLIC])
  })

  it("[CIM-02] is asked for at no URL that a client may not be", async () => {
    const { host, world } = await start()
    for (const id of [
      "http://app.example.com/c",
      "HTTP://app.example.com/c",
      "ftp://app.example.com/c",
      "https://app.example.com",
      "https://app.example.com/c#f",
      "https://u:p@app.example.com/c",
      "https://@app.example.com/c",
      "https://app.example.com/./c",
      "https://app.example.com/../c",
      "https://app.example.com/a/../c"
    ]) {
      await expectLocal(world, authorizeUrl({ client_id: id, redirect_uri: CALLBACK }), id)
    }
    expect([world.asked, world.dialled, host.connections]).toEqual([[], [], []])
  })

  it("[CIM-04] is named by its document character for character", async () => {
    const { document, host, id, serve, url, world } = await start()
    for (const client_id of [
      id.replace(HOST, "other.example.com"),
      `${id}/`,
      "https://as.example.com:443/client.json",
      id.replace(HOST, "AS.example.com"),
      undefined,
      [id],
      1
    ]) {
      serve(document({ client_id }))
      await expectLocal(world, url, String(client_id))
    }
    expect(host.requests).toHaveLength(7)
  })

  it("[CIM-06] is not asked for at a special-use address", async () => {
    const { host, world } = await start()
    for (const address of [
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
      "224.0.0.1"
    ]) {
      for (const port of ["", `:${host.port}`]) {
        const id = `https://${address}${port}/client.json`
        await expectLocal(world, authorizeUrl({ client_id: id, redirect_uri: CALLBACK }), id)
      }
    }
    expect([world.dialled, host.connections]).toEqual([[], []])
  })

  it.each([
    ["a private address", ["10.0.0.1"]],
    ["a public address and loopback", [PUBLIC, "127.0.0.1"]],
    ["IPv6 loopback beside a public address", [PUBLIC, "::1"]],
    ["what a CNAME to metadata.google.internal leads to", ["169.254.169.254"]]
  ])("[CIM-09] is not asked for when its name resolves to %s", async (_, addresses) => {
    const { asked, host, url, world } = await start({ lookup: () => addresses })
    await expectLocal(world, url)
    expect(asked).toEqual([HOST])
    expect([world.dialled, host.connections]).toEqual([[], []])
  })

  it("[CIM-10] is fetched from the address that was checked, each time anew, under its own name", async () => {
    const { asked, host, serve, document, url, world } = await start({
      lookup: (_, question) => [question === 1 ? PUBLIC : "127.0.0.1"]
    })
    serve(document(), { "cache-control": "no-store" })
    // The first page alone: the one after signing in asks again whether the redirect URI is still listed.
    expect((await world.handle(new Request(url))).status).toBe(200)
    expect(world.dialled[0]).toBe(PUBLIC)
    const [first] = host.requests
    expect(first?.headers.host).toBe(`${HOST}:${host.port}`)
    expect(first?.socket).toHaveProperty("servername", HOST)
    const seen = host.connections.length
    expect(world.dialled).toHaveLength(seen)
    await expectLocal(world, url)
    expect(asked.length).toBe(2)
    expect(world.dialled).not.toContain("127.0.0.1")
    expect(host.connections).toHaveLength(seen)
  })

  it("[CIM-11] is not looked for where a redirect leads", async () => {
    const { document, host, id, state, url, world } = await start()
    const places = [
      id.replace("client.json", "other.json"),
      "https://other.example.com/c",
      `http://127.0.0.1:${host.port}/`
    ]
    for (const status of [301, 302, 303, 307, 308]) {
      for (const location of places) {
        state.next = (_, response) => {
          response.writeHead(status, { location, "content-type": "application/json" }).end(document())
        }
        await expectLocal(world, url, `${status} to ${location}`)
      }
    }
    expect(host.requests.map(({ url: path }) => path)).toEqual(Array.from({ length: 15 }, () => "/client.json"))
    expect(new Set(world.asked)).toEqual(new Set([HOST]))
  })

  it("[CIM-12] needs status 200 and no other", async () => {
    const { document, host, serve, url, world } = await start()
    for (const status of [201, 203, 204, 206, 304, 404, 500]) {
      serve(document(), {}, status)
      await expectLocal(world, url, String(status))
    }
    expect(host.requests).toHaveLength(7)
    serve(document())
    await expectConsent(world, url)
  })

  it("[CIM-13] has at most 5 kB after decoding, and no more is read", async () => {
    const { document, host, id, serve, state, url, world } = await start()
    const padded = (bytes: number, letter = "x") => {
      const room = bytes - new TextEncoder().encode(document({ p: "" })).length
      const letters = letter.repeat(Math.floor(room / new TextEncoder().encode(letter).length))
      return document({ p: letters })
    }
    const json = { "content-type": "application/json" }
    const forever: Answer = (_, response) => {
      response.writeHead(200, json)
      const timer = setInterval(() => response.write(" ".repeat(1000)), 1)
      response.on("close", () => clearInterval(timer))
    }
    const answers: ReadonlyArray<Answer> = [
      (_, response) => response.writeHead(200, json).end(padded(5121)),
      (_, response) => response.writeHead(200, { ...json, "content-length": "1000000000" }).write(document()),
      forever,
      (_, response) =>
        response
          .writeHead(200, { ...json, "content-encoding": "gzip" })
          .end(gzipSync(document({ p: "x".repeat(4_000_000) }))),
      (_, response) => response.writeHead(200, json).end(`${padded(5120, "é")}  `)
    ]
    expect(new TextEncoder().encode(padded(5121))).toHaveLength(5121)
    for (const [index, next] of answers.entries()) {
      state.next = next
      await expectLocal(world, url, `answer ${index}`)
    }
    await untilClosed(host)
    expect(host.connections).toHaveLength(answers.length)
    serve(padded(5120))
    expect(id).toContain(HOST)
    await expectConsent(world, url)
  })

  it("[CIM-14] has to arrive whole within the deadline", async () => {
    const timeoutMillis = 250
    const within = async (world: ServerWorld, url: string) => {
      const before = performance.now()
      await expectLocal(world, url)
      // The deadline that is documented for an authorization server is at most 5 seconds.
      expect(performance.now() - before).toBeLessThan(5000)
    }
    const slow = await start({ timeoutMillis })
    const drip = (text: string): Answer => {
      return ({ socket }) => {
        let sent = 0
        const timer = setInterval(() => socket.write(text.charAt(sent++) || " "), 20)
        socket.on("close", () => clearInterval(timer))
      }
    }
    const head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n"
    slow.state.next = drip(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(5000)}`)
    await within(slow.world, slow.url)
    slow.state.next = (request, response) => {
      request.socket.write(head)
      drip(" ".repeat(5000))(request, response)
    }
    await within(slow.world, slow.url)
    await untilClosed(slow.host)

    const stalled = http.createServer()
    stalled.on("connection", (socket) => socket.removeAllListeners("data"))
    await new Promise<void>((resolve) => stalled.listen(0, "127.0.0.1", resolve))
    closers.push(
      () =>
        new Promise((resolve) => {
          stalled.closeAllConnections()
          stalled.close(() => resolve())
        })
    )
    const address = stalled.address()
    const port = typeof address === "object" ? address?.port : undefined
    await within(slow.world, authorizeUrl({ client_id: `https://${HOST}:${port}/client.json`, redirect_uri: CALLBACK }))
    const never = await makeServerWorld({ timeoutMillis, lookup: () => new Promise(() => undefined) as never })
    closers.push(never.close)
    await within(never, slow.url)
  })

  it("[CIM-15] needs a JSON media type", async () => {
    const { document, host, serve, state, url, world } = await start()
    for (const type of ["text/html", "application/json; charset=utf-16", "text/json", "application/json, text/html"]) {
      serve(document(), { "content-type": type })
      await expectLocal(world, url, type)
    }
    state.next = (_, response) => {
      response.end(document())
    }
    await expectLocal(world, url, "no type")
    expect(host.requests).toHaveLength(5)
    // application/*+json is accepted, as the draft says, so this one is.
    serve(document(), { "content-type": "application/ld+json" })
    await expectConsent(world, url)
  })

  it("[CIM-16] [CIM-17] [CIM-18] is described by a document that every reader reads alike, and that holds what it must", async () => {
    const { document, host, id, serve, url, world } = await start()
    const rest = `"client_name":"A","redirect_uris":["${CALLBACK}"]`
    const texts = [
      "[]",
      "null",
      '"x"',
      "{",
      `{"client_id":"${id}","client_id":"${id}",${rest}}`,
      `{"client_id":"${id}",${rest},"redirect_uris":["${CALLBACK}"]}`,
      `\uFEFF${document()}`,
      document().replace('"App"', "NaN"),
      document({ a: 0 }).replace('"a":0', `"a":${"[".repeat(1000)}${"]".repeat(1000)}`),
      document({ a: 0 }).replace('"a":0', `"a":${"[".repeat(10_000)}${"]".repeat(10_000)}`),
      document().replace(`["${CALLBACK}"]`, `["${CALLBACK}",,"${CALLBACK}"]`)
    ]
    const members = [
      { client_name: undefined },
      { client_name: "" },
      { client_name: " " },
      { redirect_uris: undefined },
      { redirect_uris: [] },
      { redirect_uris: CALLBACK },
      { redirect_uris: [null] },
      { redirect_uris: [CALLBACK, "javascript:alert(1)"] },
      { token_endpoint_auth_method: "client_secret_basic" },
      { token_endpoint_auth_method: "client_secret_post" },
      { token_endpoint_auth_method: "client_secret_jwt" },
      { token_endpoint_auth_method: "unknown" },
      { client_secret: "x" },
      { client_secret: null },
      { client_secret_expires_at: 0 },
      { client_secret_expires_at: null }
    ]
    for (const text of [...texts, ...members.map(document)]) {
      serve(text)
      await expectLocal(world, url, text.slice(0, 200))
    }
    // Each was asked for: none of the wrong ones was kept.
    expect(host.requests).toHaveLength(texts.length + members.length)
    serve(document().replace("{", '{"__proto__":{"polluted":true},'))
    await expectConsent(world, url)
    expect("polluted" in {}).toBe(false)
  })

  it("[CIM-19] publishes no private, symmetric or foreign keys, and none that would have to be fetched", async () => {
    const { document, host, id, serve, url, world } = await start()
    const key = {
      kty: "EC",
      crv: "P-256",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    }
    const own = id.replace("client.json", "jwks.json")
    const wrong = [
      { jwks: { keys: [{ ...key, d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI" }] } },
      { jwks: { keys: [{ kty: "oct", k: "c2VjcmV0" }] } },
      { jwks: { keys: [] } },
      { jwks: { keys: [key] }, jwks_uri: own },
      { jwks_uri: own.replace("https:", "http:") },
      { jwks_uri: "https://10.0.0.1/jwks.json" },
      { jwks_uri: `https://127.0.0.1:${host.port}/jwks.json` },
      { jwks_uri: "https://other.example.com/jwks.json" }
    ]
    for (const members of wrong) {
      serve(document(members))
      await expectLocal(world, url, JSON.stringify(members))
    }
    expect(new Set(host.requests.map(({ url: path }) => path))).toEqual(new Set(["/client.json"]))
    expect(new Set(world.dialled)).toEqual(new Set([PUBLIC]))
  })

  it("[CIM-20] whose document says private_key_jwt gets no token without an assertion", async () => {
    const { document, host, id, serve, url, world } = await start()
    const jwks = {
      keys: [
        {
          kty: "EC",
          crv: "P-256",
          x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
          y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
        }
      ]
    }
    // A code that the client got while its document said nothing of a key.
    serve(document(), { "cache-control": "no-store" })
    const code = (await makeBrowser(world).approve(url)).searchParams.get("code") ?? ""
    serve(document({ token_endpoint_auth_method: "private_key_jwt", jwks }))
    await expectConsent(world, url)
    const response = await world.handle(
      form("/token", { grant_type: "authorization_code", client_id: id, code, code_verifier: VERIFIER })
    )
    expect(response.status).toBe(401)
    expect(response.headers.get("cache-control")).toBe("no-store")
    expect(await response.json()).toMatchObject({ error: "invalid_client" })
    // For the request, each page of it (the redirect URI must still be listed), and for the second request.
    expect(host.requests).toHaveLength(4)
  })

  it("has no page that a browser must not open, and nothing of its pages is fetched", async () => {
    const { document, host, serve, url, world } = await start()
    for (const name of ["logo_uri", "client_uri", "tos_uri", "policy_uri"]) {
      for (const uri of [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://10.0.0.1/x.png",
        "https://169.254.169.254/"
      ]) {
        serve(document({ [name]: uri }), { "cache-control": "no-store" })
        const { html, response } = await makeBrowser(world).open(url)
        if (response.status === 200) expect(html, `${name} ${uri}`).not.toMatch(/src=|javascript:|data:/)
        else expect(response.status, `${name} ${uri}`).toBe(400)
        if (uri !== "https://169.254.169.254/") expect(response.status, `${name} ${uri}`).toBe(400)
      }
    }
    expect(new Set(host.requests.map(({ url: path }) => path))).toEqual(new Set(["/client.json"]))
    expect(new Set(world.dialled)).toEqual(new Set([PUBLIC]))
  })

  it("[CIM-22] gains nothing by members that it is not asked for", async () => {
    const { document, serve, url, world } = await start()
    serve(
      document({
        skip_consent: true,
        trusted: true,
        scope: "admin notes:admin",
        first_party: true,
        userId: "root",
        disabled: false,
        require_pkce: false
      })
    )
    const html = await expectConsent(world, url)
    expect(html).toContain("notes:read")
    expect(html).not.toContain("notes:admin")
    const plain = url.replace(/&?code_challenge(_method)?=[^&]*/g, "")
    const answer = await world.handle(new Request(plain))
    // On a page of ours: nobody is signed in, and anybody can publish a document.
    expect([answer.status, answer.headers.get("location")]).toEqual([400, null])
    const code = (await makeBrowser(world).approve(url)).searchParams.get("code") ?? ""
    const fields = {
      grant_type: "authorization_code",
      client_id: new URL(url).searchParams.get("client_id") ?? "",
      code
    }
    const tokens = await (await world.handle(form("/token", { ...fields, code_verifier: VERIFIER }))).json()
    expect(tokens).toMatchObject({ scope: "notes:read" })
  })

  it("[CIM-24] is asked for again at once after an error or an invalid document", async () => {
    const { document, host, serve, url, world } = await start()
    serve("", {}, 500)
    await expectLocal(world, url)
    serve("{}")
    await expectLocal(world, url)
    serve(document())
    await expectConsent(world, url)
    expect(host.requests).toHaveLength(3)
  })

  it("[CIM-25] fails when its document is invalid once the good one has expired", async () => {
    const { serve, url, world } = await start()
    await expectConsent(world, url)
    serve("{}")
    await expectConsent(world, url)
    world.wait(301)
    await expectLocal(world, url)
  })

  it("[CIM-27] is fetched once for a hundred requests at a time, and a failure does not stay", async () => {
    const { document, host, serve, url, world } = await start()
    const statuses = async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, () => world.handle(new Request(url))))
      return new Set(answers.map(({ status }) => status))
    }
    serve("{}")
    expect(await statuses()).toEqual(new Set([400]))
    const failed = host.requests.length
    serve(document())
    expect(await statuses()).toEqual(new Set([200]))
    expect([failed, host.requests.length]).toEqual([1, 2])
  })

  it("[CIM-29] that lives on this computer is shown with a warning, and never remembered", async () => {
    const { document, host, id, serve, world } = await start()
    const redirect_uri = "http://localhost:3999/cb"
    serve(document({ redirect_uris: [redirect_uri] }))
    const url = authorizeUrl({ client_id: id, redirect_uri })
    const browser = makeBrowser(world)
    for (const _ of [1, 2]) {
      const { html } = await browser.open(url)
      expect(html).toContain("Any program here could")
      expect(html).toContain("<code>localhost:3999</code>")
      expect(html).toContain(`<code>${HOST}:${host.port}</code>`)
      expect((await browser.decide(html, "approve")).headers.get("location")).toContain(`${redirect_uri}?code=`)
    }
  })

  it("[CIM-30] may use the redirect URIs of its document as it is now, and no other", async () => {
    const { document, id, serve, url, world } = await start()
    const other = "https://client.example.org/other"
    const otherUrl = authorizeUrl({ client_id: id, redirect_uri: other })
    await expectLocal(world, otherUrl)
    await expectConsent(world, url)
    serve(document({ redirect_uris: [other] }))
    world.wait(301)
    await expectLocal(world, url)
    await expectConsent(world, otherUrl)
  })

  it("[CIM-32] is consented to anew whenever its document changed, and a refresh gains nothing by it", async () => {
    const { document, id, serve, url, world } = await start()
    const grants = { grant_types: ["authorization_code", "refresh_token"], token_endpoint_auth_method: "none" }
    serve(document(grants), { "cache-control": "no-store" })
    const browser = makeBrowser(world)
    const code = (await browser.approve(url)).searchParams.get("code") ?? ""
    const redeemed = await world.handle(
      form("/token", { grant_type: "authorization_code", client_id: id, code, code_verifier: VERIFIER })
    )
    let { refresh_token } = (await redeemed.json()) as { readonly refresh_token: string }
    const key = { kty: "EC", crv: "P-256", x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU" }
    for (const change of [
      { client_name: "Another" },
      { jwks: { keys: [{ ...key, y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" }] } },
      { scope: "notes:read notes:admin" },
      { redirect_uris: [CALLBACK, "https://client.example.org/more"] }
    ]) {
      serve(document({ ...grants, ...change }), { "cache-control": "no-store" })
      const { html } = await browser.open(url)
      expect(html, JSON.stringify(change)).toContain('name="decision" value="approve"')
      const wider = { grant_type: "refresh_token", client_id: id, refresh_token, scope: "notes:read notes:admin" }
      expect(await (await world.handle(form("/token", wider))).json()).toMatchObject({ error: "invalid_scope" })
      const answer = await world.handle(form("/token", { grant_type: "refresh_token", client_id: id, refresh_token }))
      const tokens = (await answer.json()) as { readonly refresh_token: string; readonly scope: string }
      expect(tokens.scope, JSON.stringify(change)).toBe("notes:read")
      refresh_token = tokens.refresh_token
    }
  })

  it("[CIM-34] never takes the place of a client that is known already", async () => {
    const clientId = "https://app.example.com/c"
    const { host, world } = await start({
      clients: [{ clientId, name: "Configured", redirectUris: [CALLBACK], tokenEndpointAuthMethod: "none" }]
    })
    const html = await expectConsent(world, authorizeUrl({ client_id: clientId, redirect_uri: CALLBACK }))
    expect(html).toContain("Configured")
    expect([world.asked, world.dialled, host.connections]).toEqual([[], [], []])
  })

  it("[CIM-36] is unknown where documents are off", async () => {
    const { host, url, world } = await start({ documents: false })
    await expectLocal(world, url)
    expect([world.asked, world.dialled, host.connections]).toEqual([[], [], []])
    const metadata = await world.handle(new Request(`${ISSUER}/.well-known/oauth-authorization-server`))
    expect(await metadata.json()).not.toHaveProperty("client_id_metadata_document_supported")
  })

  it("[CIM-37] is not asked for at the port of another service", async () => {
    const { host, world } = await start()
    for (const port of [22, 25, 6379, 0]) {
      const id = `https://app.example.com:${port}/c`
      await expectLocal(world, authorizeUrl({ client_id: id, redirect_uri: CALLBACK }), id)
    }
    expect([world.asked, world.dialled, host.connections]).toEqual([[], [], []])
  })

  it("[CIM-38] is asked for with nothing of the user or of the request", async () => {
    const { host, url, world } = await start()
    await world.handle(
      new Request(url, {
        headers: {
          cookie: "__Host-postern=x",
          authorization: "Bearer x",
          referer: "https://r.example/",
          "x-user": "ada"
        }
      })
    )
    const [request] = host.requests
    expect(request?.method).toBe("GET")
    expect(request?.url).toBe("/client.json")
    expect(Object.keys(request?.headers ?? {}).sort()).toEqual([
      "accept",
      "accept-encoding",
      "connection",
      "host",
      "user-agent"
    ])
    expect(request?.headers.accept).toBe("application/json")
    expect(request?.headers["user-agent"]).not.toMatch(/node|undici|Mozilla/i)
    // A certificate for another name ends it.
    const other = authorizeUrl({
      client_id: `https://other.example.com:${host.port}/client.json`,
      redirect_uri: CALLBACK
    })
    await expectLocal(world, other)
    expect(host.requests).toHaveLength(1)
  })

  it("[CIM-39] keeps its other installation when one is authorized again", async () => {
    const { document, id, serve, world } = await start()
    const uris = [CALLBACK, "http://127.0.0.1:3999/cb"] as const
    serve(document({ redirect_uris: uris, grant_types: ["authorization_code", "refresh_token"] }))
    const install = async (redirect_uri: string) => {
      const location = await makeBrowser(world).approve(authorizeUrl({ client_id: id, redirect_uri }))
      const code = location.searchParams.get("code") ?? ""
      const answer = await world.handle(
        form("/token", { grant_type: "authorization_code", client_id: id, code, redirect_uri, code_verifier: VERIFIER })
      )
      return (await answer.json()) as { readonly refresh_token: string }
    }
    const first = await install(uris[0])
    await install(uris[1])
    await install(uris[1])
    const { refresh_token } = first
    const kept = await world.handle(form("/token", { grant_type: "refresh_token", client_id: id, refresh_token }))
    expect(kept.status).toBe(200)
  })
})

// Attacks on the authorization server as it listens: bytes typed by hand.
import { connect, type Socket } from "node:net"
import { serve } from "@postern/node"
import * as Effect from "effect/Effect"
import { afterEach, describe, expect, it } from "vitest"
import { CALLBACK, ISSUER, makeWorld, obtainCode, VERIFIER, type World } from "../packages/as-core/test/fixture.ts"
import { statusesOf, type } from "./raw-resource-server/wire.ts"
import { tlsFixture } from "./server-world.ts"

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const listen = async (world: World, tls?: { readonly cert: string; readonly key: string }) => {
  const server = await Effect.runPromise(
    serve({
      // Under the clock of this machine: what has a deadline meets it.
      fetch: (request) => Effect.runPromise(world.server.handle(request)),
      hostname: "127.0.0.1",
      port: 0,
      origin: new URL(ISSUER).origin,
      ...(tls && { tls })
    })
  )
  closers.push(() => Effect.runPromise(server.close()))
  return server
}

const METADATA = "/.well-known/oauth-authorization-server/tenant"
const get = (...lines: ReadonlyArray<string>) =>
  [`GET ${METADATA} HTTP/1.1`, "Host: a", "Connection: close", ...lines, "", ""].join("\r\n")

describe("the head of a request", () => {
  it("[DOS-01] is not too long, and the next one is answered", async () => {
    const { port } = await listen(await makeWorld())
    for (const more of [
      `X: ${"x".repeat(32_000)}`,
      `X: ${"x".repeat(100_000)}`,
      Array.from({ length: 1000 }, (_, index) => `X-${index}: ${"x".repeat(16)}`).join("\r\n"),
      `Cookie: __Host-postern-tenant=${"x".repeat(32_000)}`
    ]) {
      expect(statusesOf(await type(port, get(more)))).toEqual([431])
    }
    expect(statusesOf(await type(port, get()))).toEqual([200])
  })

  it("[DOS-04] has no longer target than is read", async () => {
    const { port } = await listen(await makeWorld())
    const line = (query: string) => `GET /tenant/authorize?${query} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    expect(statusesOf(await type(port, line(`state=${"x".repeat(100_000)}`)))).toEqual([431])
    const many = Array.from({ length: 1200 }, (_, index) => `p${index}=1`).join("&")
    expect(statusesOf(await type(port, line(`client_id=c1&${many}`)))).toEqual([400])
    expect(statusesOf(await type(port, get()))).toEqual([200])
  })
})

describe("a body that comes one byte at a time", () => {
  it("[DOS-03] holds nobody else up, and is cut off at its deadline", { timeout: 120_000 }, async () => {
    const world = await makeWorld()
    const { port } = await listen(world)
    const slow: Array<{ readonly socket: Socket; text: string; closed: boolean }> = []
    for (let count = 0; count < 300; count++) {
      const socket = connect({ port, host: "127.0.0.1" })
      const one = { socket, text: "", closed: false }
      slow.push(one)
      socket.on("error", () => undefined)
      socket.on("data", (data: Buffer) => void (one.text += data.toString("latin1")))
      socket.on("close", () => void (one.closed = true))
      socket.write(
        "POST /tenant/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ng"
      )
    }
    const drip = setInterval(() => {
      for (const { closed, socket } of slow) if (!closed && socket.writable) socket.write("r")
    }, 1000)
    closers.push(() => clearInterval(drip))
    const { now } = world
    const code = await obtainCode(world)
    expect(world.now).toBe(now)
    const body = new URLSearchParams({
      grant_type: "authorization_code",
      client_id: "c1",
      code,
      code_verifier: VERIFIER
    })
    for (let count = 0; count < 20; count++) expect(statusesOf(await type(port, get()))).toEqual([200])
    const answer = await fetch(`http://127.0.0.1:${port}/tenant/token`, { method: "POST", body })
    // The code is of the fixture's time, long ago by this clock: it was judged.
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: "invalid_grant" }])
    expect(slow.filter(({ closed, text }) => closed || text !== "")).toEqual([])
    await expect.poll(() => slow.filter(({ closed }) => !closed).length, { timeout: 90_000, interval: 500 }).toBe(0)
    expect(new Set(slow.map(({ text }) => statusesOf(text).join()))).toEqual(new Set(["408"]))
    expect(statusesOf(await type(port, get()))).toEqual([200])
  })
})

describe("a request in the clear to a server with a certificate", () => {
  it("[TLS-03] is not answered, so that nothing invites it to send its secrets again", async () => {
    const world = await makeWorld()
    const { port } = await listen(world, { cert: tlsFixture("server.pem"), key: tlsFixture("server-key.pem") })
    const before = world.store.dump()
    const form = "grant_type=authorization_code&client_id=c1&code=x&code_verifier=x"
    for (const bytes of [
      get(),
      `GET /tenant/authorize?client_id=c1&redirect_uri=${encodeURIComponent(CALLBACK)} HTTP/1.1\r\nHost: a\r\n\r\n`,
      `POST /tenant/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`
    ]) {
      const received = await type(port, bytes)
      expect(received).not.toMatch(/location|200|30\d/i)
      expect(statusesOf(received).filter((status) => status !== 400)).toEqual([])
    }
    expect(world.store.dump()).toBe(before)
  })
})

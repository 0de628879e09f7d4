import { createServer, type RequestListener, type Server } from "node:http"
import { afterEach, expect, it } from "vitest"
import { type Forwarded, startBalancer } from "../src/balancer.ts"

const opened: Array<() => unknown> = []
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
})

const portOf = (server: Server): number => {
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("it does not listen")
  return address.port
}

const backend = async (name: string, listener: RequestListener) => {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  opened.push(
    () => server.closeAllConnections(),
    () => server.close()
  )
  return { name, port: portOf(server) }
}

/** A port that nobody listens on. */
const deadPort = async (): Promise<number> => {
  const { port } = await backend("gone", () => undefined)
  for (const close of opened.splice(-2)) await close()
  return port
}

const balance = async (backends: Parameters<typeof startBalancer>[1]) => {
  const events: Array<Forwarded> = []
  const balancer = await startBalancer(0, backends, (event) => void events.push(event))
  opened.unshift(balancer.close)
  return { url: balancer.url, events }
}

const says =
  (text: string): RequestListener =>
  (_, outgoing) =>
    void outgoing.end(text)

it("asks one after the other", async () => {
  const { url, events } = await balance([await backend("A", says("a")), await backend("B", says("b"))])
  const texts = []
  for (let index = 0; index < 4; index++) texts.push(await (await fetch(url)).text())
  expect(texts.toSorted()).toEqual(["a", "a", "b", "b"])
  expect(events).toHaveLength(4)
})

it("carries method, path, headers and body there, and status, headers and body back", async () => {
  const { url } = await balance([
    await backend("A", (incoming, outgoing) => {
      const { method, url, headers } = incoming
      const seen = [method, url, headers["x-name"]].join(" ")
      outgoing.writeHead(201, { "x-seen": seen, "set-cookie": ["a=1", "b=2"] })
      incoming.pipe(outgoing)
    })
  ])
  const response = await fetch(`${url}/token?a=b`, { method: "POST", body: "hello", headers: { "x-name": "value" } })
  expect(response.status).toBe(201)
  expect(response.headers.get("x-seen")).toBe("POST /token?a=b value")
  expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"])
  expect(await response.text()).toBe("hello")
})

it("goes on to the next one when nobody listens", async () => {
  const { url, events } = await balance([{ name: "down", port: await deadPort() }, await backend("up", says("up"))])
  for (let index = 0; index < 3; index++) expect(await (await fetch(url)).text()).toBe("up")
  expect(events.filter(({ outcome }) => outcome === "unreachable")).toHaveLength(1)
})

it("never sends a request twice that may have been worked on", async () => {
  let seen = 0
  const dies: RequestListener = (incoming) => {
    seen++
    incoming.socket.destroy()
  }
  const { url, events } = await balance([await backend("A", dies), await backend("B", dies)])
  const response = await fetch(url, { method: "POST", body: "refresh" })
  expect(response.status).toBe(502)
  expect(seen).toBe(1)
  expect(events).toEqual([expect.objectContaining({ outcome: "broken" })])
})

it("answers 502 when none is there", async () => {
  const { url } = await balance([
    { name: "A", port: await deadPort() },
    { name: "B", port: await deadPort() }
  ])
  expect((await fetch(url)).status).toBe(502)
})

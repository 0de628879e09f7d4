import type { RequestListener } from "node:http"
import { freePort } from "@postern/app-demo"
import { expect, it } from "vitest"
import { authorizeUrl, HOST, makeServerWorld, startCanary } from "./server-world.ts"

const CALLBACK = "https://client.example.org/cb"

it("[CIM-28] an authorization server tells nobody why it did not get a client's document", async () => {
  const state = { next: (() => undefined) as RequestListener }
  const host = await startCanary((request, response) => state.next(request, response))
  const world = await makeServerWorld()
  const closedPort = await freePort()
  const answering = (status: number, body: string): RequestListener => {
    return (_, response) => void response.writeHead(status, { "content-type": "application/json" }).end(body)
  }
  const cases: ReadonlyArray<readonly [why: string, authority: string, next: RequestListener]> = [
    ["an open port that answers 404", `${HOST}:${host.port}`, answering(404, "{}")],
    ["a document of another client", `${HOST}:${host.port}`, answering(200, '{"client_id":"https://x.example/c"}')],
    ["no JSON", `${HOST}:${host.port}`, answering(200, "220 mail.example.com ESMTP")],
    ["a hang-up", `${HOST}:${host.port}`, (request) => request.socket.destroy()],
    ["a closed port", `${HOST}:${closedPort}`, answering(200, "{}")],
    ["a certificate of another host", `other.example.com:${host.port}`, answering(200, "{}")],
    ["a private address", `10.0.0.1:${host.port}`, answering(200, "{}")],
    ["a port that is not asked", `${HOST}:6379`, answering(200, "{}")]
  ]
  const seen = new Set<string>()
  for (const [why, authority, next] of cases) {
    state.next = next
    const url = authorizeUrl({ client_id: `https://${authority}/client.json`, redirect_uri: CALLBACK })
    const response = await world.handle(new Request(url))
    expect(response.status, why).toBe(400)
    const shown = `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`
    // The authority is the sender's own word, and the nonce of the page's style is of each page.
    seen.add(shown.replaceAll(authority, "AUTHORITY").replaceAll(/nonce(?:-|=\\?")[A-Za-z0-9_-]{22}/g, "NONCE"))
  }
  expect(host.connections.length).toBeGreaterThan(3)
  expect(seen.size).toBe(1)
  await world.close()
  await host.close()
})

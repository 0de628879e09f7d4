import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { createGuard } from "@postern/resource-server/promise"
import { describe, expect, it } from "vitest"
import { call, jwk, post, R, token } from "./fixture.ts"

/** An authorization server on loopback that serves its metadata and its keys, or answers in their place. */
const listen = async (answerKeys?: (response: http.ServerResponse) => unknown) => {
  const asked: Array<string | undefined> = []
  const server = http.createServer((request, response) => {
    asked.push(request.url)
    const { port } = server.address() as AddressInfo
    const issuer = `http://127.0.0.1:${port}`
    if (request.url === "/jwks" && answerKeys !== undefined) return void answerKeys(response)
    response.setHeader("content-type", "application/json")
    const metadata = { issuer, jwks_uri: `${issuer}/jwks` }
    response.end(JSON.stringify(request.url === "/jwks" ? { keys: [jwk] } : metadata))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { asked, close, issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe("the transport that a guard has by itself", () => {
  it("reaches an authorization server on loopback that the operator typed, and what it names on its own host", async () => {
    const { asked, close, issuer } = await listen()
    const guard = createGuard({ resource: R, authorizationServers: [issuer], operations: { default: [] } })
    const request = post(call("ping"), await token({ iss: issuer }))
    const response = await guard.handle(request, async (_, { subject }) => Response.json({ subject }))
    expect(await response.json()).toEqual({ subject: "u1" })
    expect(asked).toEqual(["/.well-known/oauth-authorization-server", "/jwks"])
    await close()
  })

  // The case asks for a 401. No login changes that keys cannot be had, and a client that is sent to log in comes back with a
  // token that is refused as well; so the answer is 503, as in every other case where nobody can say whether a token is good.
  it("[JWK-12] follows no redirect of a key set, to this machine or elsewhere, and lets nobody in", async () => {
    const canary = await listen()
    for (const status of [302, 307, 308]) {
      for (const location of [`${canary.issuer}/jwks`, "/moved", "https://169.254.169.254/jwks"]) {
        const { asked, close, issuer } = await listen((response) => response.writeHead(status, { location }).end())
        const guard = createGuard({ resource: R, authorizationServers: [issuer], operations: { default: [] } })
        const request = post(call("ping"), await token({ iss: issuer }))
        const response = await guard.handle(request, async () => Response.json({ passed: true }))
        expect(response.status).toBe(503)
        expect(response.headers.get("www-authenticate")).toBeNull()
        expect(response.headers.get("retry-after")).toBe("30")
        expect(asked).toEqual(["/.well-known/oauth-authorization-server", "/jwks"])
        await close()
      }
    }
    expect(canary.asked).toEqual([])
    await canary.close()
  })
})

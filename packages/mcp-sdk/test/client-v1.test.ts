import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import { authProvider, transportOptions } from "@postern/mcp-sdk/client-v1"
import { describe, expect, it } from "vitest"
import { makeServers, RESOURCE } from "./client-servers.ts"

const makeMcp = () => new Client({ name: "test", version: "0.0.0" })

describe("transportOptions for the SDK's 1.x line", () => {
  it("lets the SDK's client in, and steps up when a tool needs more", async () => {
    const { client, scopes } = makeServers()
    const mcp = makeMcp()
    await mcp.connect(new StreamableHTTPClientTransport(new URL(RESOURCE), transportOptions(client, RESOURCE)))
    expect((await mcp.listTools()).tools.map(({ name }) => name)).toEqual(["read"])
    expect(scopes).toEqual(["read"])
    expect((await mcp.callTool({ name: "read", arguments: {} })).content).toEqual([{ type: "text", text: "done" }])
    expect(scopes).toEqual(["read", "read write"])
    await mcp.close()
  })

  it("lets the SDK's caller see the rejection that ended the flow", async () => {
    const { client } = makeServers()
    const options = transportOptions(client, "https://other.example.com/mcp")
    const connecting = makeMcp().connect(new StreamableHTTPClientTransport(new URL(RESOURCE), options))
    await expect(connecting).rejects.toMatchObject({ _tag: "RequestOutsideResource", kind: "rejection" })
  })
})

/** A transport of a host that keeps its own `fetch`, and what the SDK asked for through it. */
const makeHost = (servers: ReturnType<typeof makeServers>) => {
  const asked: Array<string> = []
  const fetch: typeof globalThis.fetch = (input, init) => {
    asked.push(new Request(input, init).url)
    return servers.fetch(input, init)
  }
  const provider = authProvider(servers.client, RESOURCE)
  const transport = () => new StreamableHTTPClientTransport(new URL(RESOURCE), { fetch, authProvider: provider })
  return { asked, provider, transport }
}

describe("authProvider for the SDK's 1.x line", () => {
  it("logs in on the SDK's 401, after which the request is repeated; the SDK itself asks no other server", async () => {
    const servers = makeServers()
    const { asked, transport } = makeHost(servers)
    await expect(makeMcp().connect(transport())).rejects.toBeInstanceOf(UnauthorizedError)
    expect(servers.scopes).toEqual(["read"])
    const mcp = makeMcp()
    await mcp.connect(transport())
    expect((await mcp.listTools()).tools).toHaveLength(1)
    expect(servers.exchanges).toEqual(["authorization_code"])
    expect(new Set(asked)).toEqual(new Set([RESOURCE]))
    await mcp.close()
  })

  it("asks for more scope on the SDK's 403, and for a new login where a token died", async () => {
    const servers = makeServers()
    const { asked, transport } = makeHost(servers)
    await makeMcp()
      .connect(transport())
      .catch(() => undefined)
    const mcp = makeMcp()
    await mcp.connect(transport())
    const tool = { name: "read", arguments: {} }
    await expect(mcp.callTool(tool)).rejects.toBeInstanceOf(UnauthorizedError)
    expect((await mcp.callTool(tool)).content).toEqual([{ type: "text", text: "done" }])
    expect(servers.scopes).toEqual(["read", "read write"])

    servers.tokens.clear()
    servers.tokens.set("some other", [])
    servers.tokens.set("and another", [])
    await expect(mcp.callTool(tool)).rejects.toBeInstanceOf(UnauthorizedError)
    expect((await mcp.callTool(tool)).content).toEqual([{ type: "text", text: "done" }])
    expect(servers.scopes).toEqual(["read", "read write", "read write"])
    expect(new Set(asked)).toEqual(new Set([RESOURCE]))
    await mcp.close()
  })

  it("[SCP-16] does not try a refresh where more scope is wanted", async () => {
    const servers = makeServers({ refreshes: true })
    const { transport } = makeHost(servers)
    await makeMcp()
      .connect(transport())
      .catch(() => undefined)
    const mcp = makeMcp()
    await mcp.connect(transport())
    const tool = { name: "read", arguments: {} }
    await expect(mcp.callTool(tool)).rejects.toBeInstanceOf(UnauthorizedError)
    expect((await mcp.callTool(tool)).content).toEqual([{ type: "text", text: "done" }])
    expect(servers.exchanges).toEqual(["authorization_code", "authorization_code"])
    await mcp.close()
  })

  it("logs in once for two requests that were refused at once", async () => {
    const servers = makeServers()
    const { transport } = makeHost(servers)
    await makeMcp()
      .connect(transport())
      .catch(() => undefined)
    const mcp = makeMcp()
    await mcp.connect(transport())
    servers.tokens.clear()
    servers.tokens.set("some other", [])
    servers.tokens.set("and another", [])
    const both = await Promise.allSettled([mcp.listTools(), mcp.listTools()])
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"])
    expect(servers.scopes).toEqual(["read", "read"])
    expect((await mcp.listTools()).tools).toHaveLength(1)
    await mcp.close()
  })

  it.each([
    [
      "by a refresh and a login where no scope is named",
      "",
      ["authorization_code", "refresh_token", "authorization_code"]
    ],
    ["by a login where the scope is one that the token has", "read", ["authorization_code", "authorization_code"]]
  ])("[WWA-13] does what fetch does for a resource that refuses every token, once: %s", async (_, scope, expected) => {
    const isRefused = { now: false }
    const servers = makeServers({ refreshes: true, isRefused, scope })
    const { transport } = makeHost(servers)
    const attempt = () => makeMcp().connect(transport())
    await expect(attempt()).rejects.toBeInstanceOf(UnauthorizedError)
    const mcp = makeMcp()
    await mcp.connect(transport())
    isRefused.now = true
    for (let repeat = 1; repeat < expected.length; repeat++)
      await expect(mcp.listTools()).rejects.toBeInstanceOf(UnauthorizedError)
    for (const request of [() => mcp.listTools(), attempt])
      await expect(request()).rejects.toMatchObject({ _tag: "TokenRefused" })
    expect(servers.exchanges).toEqual(expected)
    isRefused.now = false
    expect((await mcp.listTools()).tools).toHaveLength(1)
    await mcp.close()
  })

  it("refreshes again where a token died that was taken before", async () => {
    const servers = makeServers({ refreshes: true, scope: "" })
    const { transport } = makeHost(servers)
    const mcp = makeMcp()
    await expect(mcp.connect(transport())).rejects.toBeInstanceOf(UnauthorizedError)
    await mcp.connect(transport())
    for (const token of ["token-1", "token-2"]) {
      servers.tokens.set(token, undefined)
      await expect(mcp.listTools()).rejects.toBeInstanceOf(UnauthorizedError)
      for (let time = 0; time < 2; time++) expect((await mcp.listTools()).tools).toHaveLength(1)
    }
    expect(servers.exchanges).toEqual(["authorization_code", "refresh_token", "refresh_token"])
    await mcp.close()
  })

  it("does not take for refused what it only told the SDK after a refusal", async () => {
    const servers = makeServers({ refreshes: true })
    const { provider } = makeHost(servers)
    const url = new URL("https://postern.invalid")
    await provider.discoveryState?.()
    await provider.tokens()
    await provider.redirectToAuthorization(url)
    await provider.tokens()
    // Two requests with it; the second is told of its refusal after the first was answered.
    for (let refusal = 0; refusal < 3; refusal++) {
      await provider.discoveryState?.()
      await provider.tokens()
      await provider.redirectToAuthorization(url)
    }
    expect(servers.exchanges).toEqual(["authorization_code", "authorization_code"])
  })

  it("gives the SDK an access token, and neither a refresh token nor a client of its own", async () => {
    const servers = makeServers()
    const { provider, transport } = makeHost(servers)
    expect(await provider.tokens()).toBeUndefined()
    await makeMcp()
      .connect(transport())
      .catch(() => undefined)
    expect(await provider.tokens()).toEqual({ access_token: "token-1", token_type: "Bearer" })
    expect(Object.hasOwn(provider, "saveClientInformation")).toBe(false)
  })

  it("sends nothing anywhere when a host calls finishAuth all the same", async () => {
    const servers = makeServers()
    const { asked, transport } = makeHost(servers)
    const waiting = transport()
    await makeMcp()
      .connect(waiting)
      .catch(() => undefined)
    const before = asked.length
    await expect(waiting.finishAuth("a-code")).rejects.toThrow("repeat the request")
    expect(asked).toHaveLength(before)
  })

  it("rejects with what ended the flow", async () => {
    const { client } = makeServers()
    const provider = authProvider(client, "http://mcp.example.com")
    await expect(provider.tokens()).rejects.toMatchObject({ _tag: "TransportInsecure", kind: "rejection" })
    await expect(provider.redirectToAuthorization(new URL("https://postern.invalid"))).rejects.toMatchObject({
      _tag: "TransportInsecure"
    })
  })

  it("[WWA-09] carries nothing of a challenge on but scopes", async () => {
    const servers = makeServers()
    for (const hostile of ['read", resource_metadata="https://evil.example/"', "a\r\nb: c", "\\", ""]) {
      const provider = authProvider(servers.client, RESOURCE)
      await provider.tokens()
      await provider.discoveryState?.()
      const url = new URL("https://postern.invalid")
      url.searchParams.set("scope", hostile)
      await provider.tokens()
      await provider.redirectToAuthorization(url)
      await provider.tokens()
    }
    expect(servers.scopes.join()).not.toMatch(/evil|\\|b:/)
  })
})

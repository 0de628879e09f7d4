import { Client, InsufficientScopeError, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { authProvider, transportOptions } from "@postern/mcp-sdk/client"
import { describe, expect, it } from "vitest"
import { challenge, makeServers, RESOURCE } from "./client-servers.ts"

const makeMcp = () => new Client({ name: "test", version: "0.0.0" })

describe("transportOptions", () => {
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

describe("authProvider", () => {
  it("answers the SDK's 401 with an authorization, and a token that died with another", async () => {
    const { client, exchanges, fetch, tokens } = makeServers()
    const mcp = makeMcp()
    const provider = authProvider(client, RESOURCE)
    await mcp.connect(new StreamableHTTPClientTransport(new URL(RESOURCE), { fetch, authProvider: provider }))
    expect((await mcp.listTools()).tools).toHaveLength(1)
    expect(exchanges).toEqual(["authorization_code"])
    tokens.delete("token-1")
    tokens.set("some other", [])
    expect((await mcp.listTools()).tools).toHaveLength(1)
    expect(exchanges).toEqual(["authorization_code", "authorization_code"])
    await mcp.close()
  })

  it("[WWA-13] ends with TokenRefused for a resource that refuses every token, after one refresh and one login", async () => {
    const isRefused = { now: false }
    const { client, exchanges, fetch } = makeServers({ refreshes: true, isRefused })
    const mcp = makeMcp()
    const provider = authProvider(client, RESOURCE)
    await mcp.connect(new StreamableHTTPClientTransport(new URL(RESOURCE), { fetch, authProvider: provider }))
    await mcp.listTools()
    isRefused.now = true
    for (let repeat = 0; repeat < 2; repeat++) await expect(mcp.listTools()).rejects.toThrow()
    for (let repeat = 0; repeat < 2; repeat++)
      await expect(mcp.listTools()).rejects.toMatchObject({ _tag: "TokenRefused" })
    expect(exchanges).toEqual(["authorization_code", "refresh_token", "authorization_code"])
    isRefused.now = false
    expect((await mcp.listTools()).tools).toHaveLength(1)
    await mcp.close()
  })

  it("leaves a 403 to the SDK, which asks no provider about it", async () => {
    const { client, fetch, scopes } = makeServers()
    const mcp = makeMcp()
    const provider = authProvider(client, RESOURCE)
    await mcp.connect(new StreamableHTTPClientTransport(new URL(RESOURCE), { fetch, authProvider: provider }))
    await expect(mcp.callTool({ name: "read", arguments: {} })).rejects.toBeInstanceOf(InsufficientScopeError)
    expect(scopes).toEqual(["read"])
    await mcp.close()
  })

  it("rejects with what ended the flow", async () => {
    const { client } = makeServers()
    const provider = authProvider(client, "http://mcp.example.com")
    await expect(provider.token()).rejects.toMatchObject({ _tag: "TransportInsecure", kind: "rejection" })
    await expect(
      provider.onUnauthorized({ response: challenge(401, "read"), serverUrl: new URL(RESOURCE), fetchFn: fetch })
    ).rejects.toMatchObject({ _tag: "TransportInsecure" })
  })
})

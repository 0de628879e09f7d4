import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js"
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import { makeRecorder, makeUserAgent, startWorld, type World } from "@postern/app-demo"
import { memoryStore } from "@postern/client-flow"
import { createClient } from "@postern/client-flow/promise"
import { authProvider, transportOptions } from "@postern/mcp-sdk/client-v1"
import { makeNodeTransport } from "@postern/safe-fetch/node"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const REDIRECT_URI = "http://127.0.0.1:7654/callback"

describe("the client of the SDK's 1.x line with ours, at our servers", () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld(makeRecorder(() => undefined))
  })
  afterAll(() => world.close())

  const makeOurs = () => {
    const scopes: Array<string | null> = []
    const browser = makeUserAgent(world.user)
    const client = createClient({
      transport: makeNodeTransport({ bounds: { trust: { operator: [new URL(world.notes).origin] } }, ca: world.ca }),
      store: memoryStore(),
      clientMetadata: { client_name: "Ours behind 1.x" },
      redirectUri: REDIRECT_URI,
      userAgent: async ({ authorizationUrl, redirectUri }) => {
        scopes.push(new URL(authorizationUrl).searchParams.get("scope"))
        const visit = await browser.visit(authorizationUrl, redirectUri)
        if (visit._tag === "Stopped") throw new Error(visit.text)
        return visit.callbackUrl
      }
    })
    return { client, scopes }
  }
  const makeMcp = () => new Client({ name: "official", version: "1.0.0" })
  const write = { name: "write_note", arguments: { text: "hello" } }

  it("gets in, calls a tool, and steps up, by the fetch that carries the token", async () => {
    const { client, scopes } = makeOurs()
    const mcp = makeMcp()
    await mcp.connect(new StreamableHTTPClientTransport(new URL(world.notes), transportOptions(client, world.notes)))
    const read = await mcp.callTool({ name: "read_notes", arguments: {} })
    expect(read.content).toMatchObject([{ type: "text" }])
    expect((await mcp.callTool(write)).content).toEqual([{ type: "text", text: "written" }])
    expect(scopes).toEqual(["notes:read", "notes:read notes:write"])
    await mcp.close()
  })

  it("gets in and steps up by its provider, whose host repeats what was refused", async () => {
    const { client, scopes } = makeOurs()
    const provider = authProvider(client, world.notes)
    const connect = async () => {
      const mcp = makeMcp()
      await mcp.connect(new StreamableHTTPClientTransport(new URL(world.notes), { authProvider: provider }))
      return mcp
    }
    await expect(connect()).rejects.toThrow(UnauthorizedError)
    const mcp = await connect()
    await expect(mcp.callTool(write)).rejects.toThrow(UnauthorizedError)
    expect((await mcp.callTool(write)).content).toEqual([{ type: "text", text: "written" }])
    expect(scopes).toEqual(["notes:read", "notes:read notes:write"])
    await mcp.close()
  })
})

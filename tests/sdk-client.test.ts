import {
  Client,
  type OAuthClientInformationMixed,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  StreamableHTTPClientTransport,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  UnauthorizedError
} from "@modelcontextprotocol/client"
import { makeRecorder, makeUserAgent, startWorld, type World } from "@postern/app-demo"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const REDIRECT_URI = "http://127.0.0.1:7654/callback"

/** The official SDK's own provider interface, in memory; nothing of Postern is in it. */
const memoryProvider = () => {
  let information: StoredOAuthClientInformation | undefined
  let tokens: StoredOAuthTokens | undefined
  let verifier = ""
  let discovery: OAuthDiscoveryState | undefined
  const authorizationUrls: Array<URL> = []
  const provider: OAuthClientProvider = {
    redirectUrl: REDIRECT_URI,
    clientMetadata: {
      client_name: "The official client",
      redirect_uris: [REDIRECT_URI],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none"
    },
    state: () => crypto.randomUUID(),
    clientInformation: (): OAuthClientInformationMixed | undefined => information,
    saveClientInformation: (saved) => void (information = saved),
    tokens: () => tokens,
    saveTokens: (saved) => void (tokens = saved),
    redirectToAuthorization: (url) => void authorizationUrls.push(url),
    saveCodeVerifier: (saved) => void (verifier = saved),
    codeVerifier: () => verifier,
    saveDiscoveryState: (state) => void (discovery = state),
    discoveryState: () => discovery
  }
  return { provider, authorizationUrls, tokens: () => tokens }
}

describe("the official SDK's client with a provider of its own", () => {
  let world: World

  beforeAll(async () => {
    world = await startWorld(makeRecorder(() => undefined))
  })
  afterAll(() => world.close())

  const logIn = async (transport: StreamableHTTPClientTransport, url: URL) => {
    const visit = await makeUserAgent(world.user).visit(url.href, REDIRECT_URI)
    if (visit._tag === "Stopped") throw new Error(visit.text)
    await transport.finishAuth(new URL(visit.callbackUrl).searchParams)
  }

  it.each(["2025-11-25", "2026-07-28"])("gets in, calls a tool, and steps up after a 403, at %s", async (version) => {
    const { authorizationUrls, provider, tokens } = memoryProvider()
    const options =
      version === "2026-07-28"
        ? { versionNegotiation: { mode: { pin: version } } }
        : ({ versionNegotiation: {} } as const)
    const connect = async () => {
      const client = new Client({ name: "official", version: "1.0.0" }, options)
      const transport = new StreamableHTTPClientTransport(new URL(world.notes), { authProvider: provider })
      return { client, transport, connected: client.connect(transport) }
    }

    const first = await connect()
    await expect(first.connected).rejects.toThrow(UnauthorizedError)
    expect(authorizationUrls).toHaveLength(1)
    expect(authorizationUrls[0]?.searchParams.get("resource")).toBe(world.notes)
    expect(authorizationUrls[0]?.searchParams.get("scope")).toBe("notes:read")
    await logIn(first.transport, authorizationUrls[0]!)
    expect(tokens()?.scope).toBe("notes:read")
    expect(tokens()?.refresh_token).toBeTypeOf("string")

    const second = await connect()
    await second.connected
    const read = await second.client.callTool({ name: "read_notes", arguments: {} })
    expect(read.content[0]).toMatchObject({ type: "text" })

    await expect(second.client.callTool({ name: "write_note", arguments: { text: "hello" } })).rejects.toThrow(
      UnauthorizedError
    )
    expect(authorizationUrls[1]?.searchParams.get("scope")).toBe("notes:read notes:write")
    await logIn(second.transport, authorizationUrls[1]!)

    const third = await connect()
    await third.connected
    const written = await third.client.callTool({ name: "write_note", arguments: { text: "hello" } })
    expect(written.content).toEqual([{ type: "text", text: "written" }])
    await second.client.close()
    await third.client.close()
  })
})

// The official client SDK against the two apps, with its own OAuth: registration, login, refresh, and a refresh token that comes back.
import {
  Client,
  ClientCredentialsProvider,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  PrivateKeyJwtProvider,
  StreamableHTTPClientTransport,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  UnauthorizedError
} from "@modelcontextprotocol/client"
import { clientKeyPem, MACHINES, REDIRECT, SCOPE, MACHINE_SECRET, withMachines } from "./foreign.ts"
import { quietly } from "./quietly.ts"
import { type Judge, line, type Line } from "./verdict.ts"
import { startStage, type Stage } from "./world.ts"

/** What the SDK leaves to whoever uses it: the places where things are kept, and the browser. */
interface Provider extends OAuthClientProvider {
  /** The tokens, for the tests to look at and to put back. */
  kept: StoredOAuthTokens | undefined
  /** Where the browser was sent since somebody looked. */
  sentTo: URL | undefined
}

const makeProvider = (clientMetadataUrl: string | undefined): Provider => {
  let information: StoredOAuthClientInformation | undefined
  let verifier = ""
  let discovered: OAuthDiscoveryState | undefined
  const provider: Provider = {
    kept: undefined,
    sentTo: undefined,
    redirectUrl: REDIRECT,
    clientMetadata: { client_name: "SDK", redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" },
    state: () => crypto.randomUUID(),
    clientInformation: () => information,
    saveClientInformation: (registered) => void (information = registered),
    tokens: () => provider.kept,
    saveTokens: (tokens) => void (provider.kept = tokens),
    redirectToAuthorization: (url) => void (provider.sentTo = url),
    saveCodeVerifier: (made) => void (verifier = made),
    codeVerifier: () => verifier,
    saveDiscoveryState: (state) => void (discovered = state),
    discoveryState: () => discovered,
    invalidateCredentials: () => void (provider.kept = undefined)
  }
  return clientMetadataUrl === undefined ? provider : Object.assign(provider, { clientMetadataUrl })
}

/** Calls a tool over a connection of its own; what it said, or that a login is wanted. */
const call = async ({ world }: Stage, authProvider: OAuthClientProvider): Promise<string> => {
  const client = new Client({ name: "interop", version: "0.0.0" })
  try {
    await client.connect(new StreamableHTTPClientTransport(new URL(world.notes), { authProvider }))
    const { content } = await client.callTool({ name: "read_notes", arguments: {} })
    return content.map((part) => (part.type === "text" ? part.text : part.type)).join("\n")
  } catch (error) {
    if (error instanceof UnauthorizedError) return "login wanted"
    throw error
  } finally {
    await client.close()
  }
}

const finish = async ({ person, world }: Stage, authProvider: Provider): Promise<void> => {
  const callback = await person.visit(authProvider.sentTo?.href ?? "")
  await new StreamableHTTPClientTransport(new URL(world.notes), { authProvider }).finishAuth(callback.searchParams)
}

const play = async (stage: Stage, clientMetadataUrl?: string): Promise<ReadonlyArray<Line>> => {
  const { watch } = stage
  const provider = makeProvider(clientMetadataUrl)
  const use = async (): Promise<string> => {
    const said = await call(stage, provider)
    return [said, watch.take()].filter((part) => part !== "").join(", ")
  }
  const lines: Array<Line> = []
  const registered = clientMetadataUrl === undefined ? ", register 201" : ""
  lines.push(line("is sent to log in", `login wanted${registered}`, await use()))
  await finish(stage, provider)
  lines.push(line("has redeemed the code", "no notes, authorization_code 200", await use()))
  const first = provider.kept
  watch.expire()
  lines.push(line("refreshes", "no notes, refresh_token 200", await use()))
  watch.expire()
  lines.push(line("refreshes again", "no notes, refresh_token 200", await use()))
  const newest = provider.kept
  for (const [name, tokens] of [
    ["an old refresh token", first],
    ["the newest one after that", newest]
  ] as const) {
    watch.expire()
    provider.kept = tokens
    // The SDK warns of what is expected here.
    lines.push(line(name, "login wanted, refresh_token 400 invalid_grant", await quietly(use)))
  }
  await finish(stage, provider)
  return [...lines, line("logs in again", "no notes, authorization_code 200", await use())]
}

/** The SDK's own providers for clients that act for themselves: a token, and another one when it has expired. */
const playMachine = async (stage: Stage): Promise<ReadonlyArray<Line>> => {
  const common = { scope: SCOPE, expectedIssuer: stage.world.issuer }
  const byKey = { privateKey: clientKeyPem(), algorithm: "ES256" }
  const providers = {
    "by its secret": new ClientCredentialsProvider({
      ...common,
      clientId: MACHINES.client_secret_basic,
      clientSecret: MACHINE_SECRET
    }),
    "by its key": new PrivateKeyJwtProvider({ ...common, ...byKey, clientId: MACHINES.private_key_jwt })
  }
  const lines: Array<Line> = []
  for (const [name, provider] of Object.entries(providers)) {
    for (const step of ["a token", "a new token"]) {
      stage.watch.expire()
      const said = [await call(stage, provider), stage.watch.take()].join(", ")
      lines.push(line(`${step} ${name}`, "no notes, client_credentials 200", said))
    }
  }
  return lines
}

export const sdkClient: Judge = {
  package: "@modelcontextprotocol/client",
  skips: {},
  run: async () => {
    const stage = await startStage(withMachines)
    try {
      return [
        { judge: "dynamic registration", lines: await play(stage) },
        { judge: "metadata document", lines: await play(stage, stage.world.clientDocument) },
        { judge: "a client that acts for itself", lines: await playMachine(stage) }
      ]
    } finally {
      await stage.close()
    }
  }
}

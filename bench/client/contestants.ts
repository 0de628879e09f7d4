// The clients that are measured, each as a host would use it: built JavaScript, imported when it is asked for.
import { CALL, DOCUMENT, REDIRECT, RESOURCE, type World } from "./world.ts"

/** How a client comes to an identifier. */
export type Way = "registration" | "document"

/** What outlives a client: what it keeps where its host says. */
export type Storage = Record<string, unknown>

/** Calls the tool once, logging in if that is needed; throws unless it is answered. */
export type Call = () => Promise<void>

export interface Contestant {
  readonly label: string
  readonly ours?: boolean
  /** Imports the client; what it gives makes one for a world. */
  readonly load: () => Promise<(world: World, way: Way, storage: Storage) => Call>
}

const answered = async (response: Response): Promise<void> => {
  if (response.status !== 200) throw new Error(`the call was answered ${response.status}`)
  await response.text()
}

const built = (path: string): string => new URL(`../../packages/${path}`, import.meta.url).href

const ours: Contestant = {
  label: "`@postern/client-flow`",
  ours: true,
  load: async () => {
    const { memoryStore } = await import(built("client-flow/dist/index.js"))
    const { authorizedFetch, createClient } = await import(built("client-flow/dist/promise.js"))
    const { makeTransport } = await import(built("safe-fetch/dist/index.js"))
    return (world, way, storage) => {
      storage["store"] ??= memoryStore()
      const client = createClient({
        transport: makeTransport({ fetch: world.fetch }),
        resourceFetch: world.fetch,
        store: storage["store"],
        redirectUri: REDIRECT,
        clientMetadata: { client_name: "Bench" },
        userAgent: async ({ authorizationUrl }) => world.visit(authorizationUrl),
        ...(way === "document" && { clientIdMetadataUrl: DOCUMENT })
      })
      const fetch = authorizedFetch(client, RESOURCE)
      return async () => answered(await fetch(RESOURCE, CALL))
    }
  }
}

const official = (label: string, savesDiscovery: boolean): Contestant => ({
  label,
  load: async () => {
    const { auth, UnauthorizedError, withOAuth } = await import("@modelcontextprotocol/client")
    return (world, way, storage) => {
      let sentTo = ""
      const provider = {
        redirectUrl: REDIRECT,
        clientMetadata: {
          client_name: "Bench",
          redirect_uris: [REDIRECT],
          grant_types: ["authorization_code", "refresh_token"],
          response_types: ["code"],
          token_endpoint_auth_method: "none"
        },
        ...(way === "document" && { clientMetadataUrl: DOCUMENT }),
        state: () => crypto.randomUUID(),
        clientInformation: () => storage["information"],
        saveClientInformation: (information) => void (storage["information"] = information),
        tokens: () => storage["tokens"],
        saveTokens: (tokens) => void (storage["tokens"] = tokens),
        redirectToAuthorization: (url) => void (sentTo = url.href),
        saveCodeVerifier: (verifier) => void (storage["verifier"] = verifier),
        codeVerifier: () => storage["verifier"],
        ...(savesDiscovery && {
          saveDiscoveryState: (discovery) => void (storage["discovery"] = discovery),
          discoveryState: () => storage["discovery"]
        })
      }
      const fetch = withOAuth(provider, RESOURCE)(world.fetch)
      return async () => {
        try {
          return await answered(await fetch(RESOURCE, CALL))
        } catch (error) {
          if (!(error instanceof UnauthorizedError)) throw error
        }
        const { searchParams } = new URL(world.visit(sentTo))
        const [authorizationCode = "", iss = ""] = [searchParams.get("code"), searchParams.get("iss")].map(String)
        await auth(provider, { serverUrl: RESOURCE, authorizationCode, iss, fetchFn: world.fetch })
        await answered(await fetch(RESOURCE, CALL))
      }
    }
  }
})

export const CONTESTANTS = {
  ours,
  official: official("`@modelcontextprotocol/client`", false),
  saving: official("the same, discovery saved", true)
} satisfies Readonly<Record<string, Contestant>>

export type Name = keyof typeof CONTESTANTS
export const NAMES = Object.keys(CONTESTANTS) as ReadonlyArray<Name>

// The official client: the middleware that it has for this, and its `auth` when the person has come back.
import { auth, UnauthorizedError, withOAuth } from "@modelcontextprotocol/client"
import type { Make, Storage } from "./contestants.ts"
import { answered, CALL, DOCUMENT, REDIRECT, RESOURCE } from "./world.ts"

/** By a host that saves the tokens, and whatever else `saved` has. */
export const makeWith =
  (saved: (storage: Storage) => object): Make =>
  (world, way, storage) => {
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
      ...saved(storage)
    }
    const fetch = withOAuth(provider, RESOURCE)(world.fetch)
    return async () => {
      try {
        return await answered(await fetch(RESOURCE, CALL))
      } catch (error) {
        if (!(error instanceof UnauthorizedError)) throw error
      }
      const { searchParams } = new URL(world.visit(sentTo))
      const [authorizationCode, iss] = [searchParams.get("code"), searchParams.get("iss")].map(String)
      await auth(provider, { serverUrl: RESOURCE, authorizationCode, iss, fetchFn: world.fetch })
      await answered(await fetch(RESOURCE, CALL))
    }
  }

export const make = makeWith(() => ({}))

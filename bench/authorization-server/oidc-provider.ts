// oidc-provider: signed access tokens by ES256, rotation at every refresh, its state in a Map.
import { exportJWK, generateKeyPair } from "jose"
import { Provider } from "oidc-provider"
import { createServer } from "node:http"
import { freePort } from "../../apps/demo/src/index.ts"
import { reportProcessorTime } from "../server-process.ts"
import { CLIENT_ID, CLIENT_SECRET, REDIRECT, RESOURCE, SCOPE } from "./contest.ts"
import { MapAdapter } from "./map-adapter.ts"

reportProcessorTime()
const port = await freePort()
const { privateKey } = await generateKeyPair("ES256", { extractable: true })
const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: MapAdapter,
  jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "k1", alg: "ES256", use: "sig" }] },
  cookies: { keys: ["a key of the benchmark alone"] },
  scopes: [SCOPE],
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: [REDIRECT],
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: "client_secret_basic",
      id_token_signed_response_alg: "ES256"
    }
  ],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  // Lifetimes as ours.
  ttl: {
    AccessToken: 600,
    AuthorizationCode: 60,
    RefreshToken: 2_592_000,
    Grant: 7_776_000,
    Session: 28_800,
    Interaction: 600
  },
  features: {
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: SCOPE,
        audience: RESOURCE,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "ES256" } }
      })
    }
  },
  findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) })
})
createServer(provider.callback()).listen(port, "127.0.0.1", () => process.send?.({ address: { port } }))

// oidc-provider: signed access tokens by ES256, rotation at every refresh, its state in a Map.
import { exportJWK, generateKeyPair } from "jose"
import { Provider } from "oidc-provider"
import { createServer } from "node:http"
import { freePort } from "../../apps/demo/src/free-port.ts"
import { reportProcessorTime, sayListening } from "../server-process.ts"
import { CLIENT, LIFETIMES, MACHINE, REDIRECT, RESOURCE, SCOPE } from "./contest.ts"
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
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      redirect_uris: [REDIRECT],
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: "client_secret_basic",
      id_token_signed_response_alg: "ES256"
    },
    {
      client_id: MACHINE.id,
      client_secret: MACHINE.secret,
      redirect_uris: [],
      response_types: [],
      grant_types: ["client_credentials"],
      token_endpoint_auth_method: "client_secret_basic",
      id_token_signed_response_alg: "ES256"
    }
  ],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  ttl: {
    AccessToken: LIFETIMES.accessToken,
    ClientCredentials: LIFETIMES.accessToken,
    AuthorizationCode: LIFETIMES.code,
    RefreshToken: LIFETIMES.refreshToken,
    Grant: LIFETIMES.grant,
    Session: LIFETIMES.session,
    Interaction: LIFETIMES.interaction
  },
  features: {
    clientCredentials: { enabled: true },
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
createServer(provider.callback()).listen(port, "127.0.0.1", () => sayListening({ address: { port } }))

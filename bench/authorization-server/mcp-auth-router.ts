// The SDK 1.x `mcpAuthRouter` on Express. It leaves codes, tokens and sessions to its provider: ours here keeps Maps and signs by jose.
import { randomBytes } from "node:crypto"
import { InvalidGrantError } from "@modelcontextprotocol/sdk/server/auth/errors.js"
import type { AuthorizationParams, OAuthServerProvider } from "@modelcontextprotocol/sdk/server/auth/provider.js"
import { mcpAuthRouter } from "@modelcontextprotocol/sdk/server/auth/router.js"
import type { OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js"
import express, { type Response } from "express"
import { generateKeyPair, SignJWT } from "jose"
import { freePort } from "../../apps/demo/src/free-port.ts"
import { reportProcessorTime, sayListening } from "../server-process.ts"
import { CLIENT, LIFETIMES, REDIRECT, RESOURCE, SCOPE, SUBJECT } from "./contest.ts"

reportProcessorTime()
const port = await freePort()
const issuer = `http://127.0.0.1:${port}`
const { privateKey } = await generateKeyPair("ES256")

interface Granted {
  readonly clientId: string
  readonly subject: string
  readonly scopes: ReadonlyArray<string>
  readonly resource: string
}

const client = { client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [REDIRECT] }
const clients = new Map([[client.client_id, client]])
const cookie = `session=${randomBytes(32).toString("base64url")}`
const sessions = new Map([[cookie, SUBJECT]])
const codes = new Map<string, Granted & { readonly codeChallenge: string; readonly redirectUri: string }>()
const refreshTokens = new Map<string, Granted>()

const issue = async ({ clientId, resource, scopes, subject }: Granted): Promise<OAuthTokens> => {
  const refreshToken = randomBytes(32).toString("base64url")
  refreshTokens.set(refreshToken, { clientId, resource, scopes, subject })
  const scope = scopes.join(" ")
  const accessToken = await new SignJWT({ client_id: clientId, scope })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k1" })
    .setIssuer(issuer)
    .setSubject(subject)
    .setAudience(resource)
    .setIssuedAt()
    .setExpirationTime(`${LIFETIMES.accessToken}s`)
    .setJti(randomBytes(16).toString("base64url"))
    .sign(privateKey)
  return {
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: LIFETIMES.accessToken,
    scope,
    refresh_token: refreshToken
  }
}

/** Takes what may be used once, if it is this client's. */
const take = <A extends Granted>(map: Map<string, A>, key: string, clientId: string): A => {
  const found = map.get(key)
  if (found === undefined || found.clientId !== clientId) throw new InvalidGrantError("unknown")
  map.delete(key)
  return found
}

const provider: OAuthServerProvider = {
  clientsStore: { getClient: (id) => clients.get(id) },
  authorize: async ({ client_id: clientId }, parameters: AuthorizationParams, response: Response) => {
    const subject = sessions.get(response.req.headers.cookie ?? "")
    if (subject === undefined) throw new InvalidGrantError("nobody is signed in")
    const { codeChallenge, redirectUri, resource, scopes = [], state } = parameters
    const code = randomBytes(32).toString("base64url")
    codes.set(code, { clientId, subject, scopes, resource: resource?.href ?? RESOURCE, codeChallenge, redirectUri })
    const target = new URL(redirectUri)
    target.searchParams.set("code", code)
    if (state !== undefined) target.searchParams.set("state", state)
    response.redirect(302, target.href)
  },
  challengeForAuthorizationCode: async (_client, code) => {
    const found = codes.get(code)
    if (found === undefined) throw new InvalidGrantError("unknown")
    return found.codeChallenge
  },
  exchangeAuthorizationCode: async ({ client_id: clientId }, code, _verifier, redirectUri) => {
    const found = take(codes, code, clientId)
    if (found.redirectUri !== redirectUri) throw new InvalidGrantError("another redirect URI")
    return issue(found)
  },
  exchangeRefreshToken: async ({ client_id: clientId }, refreshToken, scopes) => {
    const found = take(refreshTokens, refreshToken, clientId)
    return issue({ ...found, scopes: scopes ?? found.scopes })
  },
  verifyAccessToken: () => Promise.reject(new Error("nobody asks here"))
}

const app = express()
// Its rates count by address; the load is one.
const rateLimit = { max: 1_000_000 }
app.use(
  mcpAuthRouter({
    provider,
    issuerUrl: new URL(issuer),
    scopesSupported: [SCOPE],
    authorizationOptions: { rateLimit },
    tokenOptions: { rateLimit }
  })
)
app.listen(port, "127.0.0.1", () => sayListening({ address: { port }, cookie }))

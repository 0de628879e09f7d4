// oauth4webapi: discovery, registration, code, refresh and replays, with bearer tokens and with tokens bound by DPoP.
import * as oauth from "oauth4webapi"
import { createGuard } from "../packages/resource-server/src/promise.ts"
import { issued, REDIRECT, refusal, SCOPE, withMachines } from "./foreign.ts"
import { playMachine } from "./oauth4webapi-machine.ts"
import { type Judge, line, type Line } from "./verdict.ts"
import { startStage, type Stage } from "./world.ts"

const INSECURE = { [oauth.allowInsecureRequests]: true }
const PUBLIC = oauth.None()

interface Facts {
  readonly stage: Stage
  readonly server: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly dpop?: oauth.DPoPHandle
}

const discover = async ({ world }: Stage): Promise<oauth.AuthorizationServer> => {
  const issuer = new URL(world.issuer)
  return oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...INSECURE })
  )
}

const register = async (server: oauth.AuthorizationServer, bound: boolean): Promise<oauth.Client> =>
  oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(
      server,
      {
        client_name: "oauth4webapi",
        redirect_uris: [REDIRECT],
        grant_types: ["authorization_code", "refresh_token"],
        token_endpoint_auth_method: "none",
        ...(bound && { dpop_bound_access_tokens: true })
      },
      INSECURE
    )
  )

/** Once more where the server wants its nonce in the proof (RFC 9449 section 8), as the library's examples do. */
const withNonce = async <A>(work: () => Promise<A>): Promise<A> => {
  try {
    return await work()
  } catch (error) {
    if (oauth.isDPoPNonceError(error)) return work()
    throw error
  }
}

const tokenOptions = ({ dpop, stage }: Facts) => ({
  additionalParameters: { resource: stage.world.notes },
  ...INSECURE,
  ...(dpop && { DPoP: dpop })
})

/** Logs in up to the code, which the key of the facts is bound to (RFC 9449 section 10). */
const askCode = async (facts: Facts) => {
  const { client, dpop, server, stage } = facts
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(server.authorization_endpoint ?? "")
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: "code",
    redirect_uri: REDIRECT,
    scope: SCOPE,
    resource: stage.world.notes,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    ...(dpop && { dpop_jkt: await dpop.calculateThumbprint() })
  }).toString()
  const parameters = oauth.validateAuthResponse(server, client, await stage.person.visit(url.href), state)
  return (by = facts) =>
    withNonce(async () =>
      oauth.processAuthorizationCodeResponse(
        server,
        client,
        await oauth.authorizationCodeGrantRequest(
          server,
          client,
          PUBLIC,
          parameters,
          REDIRECT,
          verifier,
          tokenOptions(by)
        )
      )
    )
}

const refresh = (facts: Facts, token = ""): Promise<oauth.TokenEndpointResponse> =>
  withNonce(async () => {
    const { client, server } = facts
    const response = await oauth.refreshTokenGrantRequest(server, client, PUBLIC, token, tokenOptions(facts))
    return oauth.processRefreshTokenResponse(server, client, response)
  })

const play = async (facts: Facts): Promise<ReadonlyArray<Line>> => {
  const type = facts.dpop === undefined ? "bearer" : "dpop"
  const redeem = await askCode(facts)
  const first = await redeem()
  const second = await refresh(facts, first.refresh_token)
  const third = await refresh(facts, second.refresh_token)
  const use = facts.dpop === undefined ? useBearer(facts, third.access_token) : useBound(facts, third.access_token)
  const lines = [
    line("redeems the code", `${type} ${SCOPE} refreshable`, issued(first)),
    line("refreshes", `${type} ${SCOPE} refreshable`, issued(second)),
    line("refreshes again", `${type} ${SCOPE} refreshable`, issued(third)),
    await use,
    line("an old refresh token", "400 invalid_grant", await refusal(refresh(facts, first.refresh_token))),
    line("the newest one after that", "400 invalid_grant", await refusal(refresh(facts, third.refresh_token)))
  ]
  return [...lines, line("a code again", "400 invalid_grant", await refusal(redeem()))]
}

/** The library checks the token as a resource server would (RFC 9068 section 4). */
const useBearer = async ({ server, stage }: Facts, token: string): Promise<Line> => {
  const request = new Request(stage.world.notes, { headers: { authorization: `Bearer ${token}` } })
  const claims = await oauth.validateJwtAccessToken(server, request, stage.world.notes, INSECURE)
  return line("an access token that the library checks", SCOPE, String(claims.scope))
}

/** The library uses the bound token at our guard, and may be told a nonce there too. */
const useBound = async ({ dpop, stage }: Facts, token: string): Promise<Line> => {
  const { issuer, notes } = stage.world
  const guard = createGuard({
    resource: notes,
    authorizationServers: [issuer],
    operations: { default: ["notes:read"] },
    dpop: {}
  })
  const response = await withNonce(() =>
    oauth.protectedResourceRequest(token, "GET", new URL(notes), new Headers(), null, {
      ...INSECURE,
      ...(dpop && { DPoP: dpop }),
      [oauth.customFetch]: (url: string, options: object) =>
        guard.handle(new Request(url, options), (_, { scope }) => Promise.resolve(Response.json([...scope])))
    })
  )
  return line("a bound access token at the guard", JSON.stringify(SCOPE.split(" ")), await response.text())
}

/** A new handle, which has no nonce yet, and no second try. */
const proveWithoutNonce = async (facts: Facts, key: oauth.CryptoKeyPair, expected: string): Promise<Line> => {
  const { client, server } = facts
  const redeem = await askCode(facts)
  const tokens = await redeem()
  const options = tokenOptions({ ...facts, dpop: oauth.DPoP(client, key) })
  const ask = async () =>
    oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(server, client, PUBLIC, tokens.refresh_token ?? "", options)
    )
  return line("a proof without a nonce", expected, await refusal(ask()))
}

/** `unprepared` is what a proof without the server's nonce is answered. */
const playBound = async (stage: Stage, unprepared: string): Promise<ReadonlyArray<Line>> => {
  const server = await discover(stage)
  const client = await register(server, true)
  const key = await oauth.generateKeyPair("ES256")
  const facts = { stage, server, client, dpop: oauth.DPoP(client, key) }
  const redeem = await askCode(facts)
  // A public client's refresh token is bound as well (RFC 9449 section 5): another key's proof does not open it.
  const thief = { ...facts, dpop: oauth.DPoP(client, await oauth.generateKeyPair("ES256")) }
  const thiefsCode = await refusal(redeem(thief))
  const tokens = await redeem()
  // RFC 9449 section 5.1
  const algorithms = server.dpop_signing_alg_values_supported ?? []
  return [
    line("the algorithms", "ES256", algorithms.filter((algorithm) => algorithm === "ES256").join(" ")),
    ...(await play(facts)),
    await proveWithoutNonce(facts, key, unprepared),
    line("the code with another key", "400 invalid_grant", thiefsCode),
    line("the refresh token with another key", "400 invalid_grant", await refusal(refresh(thief, tokens.refresh_token)))
  ]
}

const playBearer = async (stage: Stage): Promise<ReadonlyArray<Line>> => {
  const server = await discover(stage)
  return play({ stage, server, client: await register(server, false) })
}

const onStage = async <A>(change: Parameters<typeof startStage>[0], work: (stage: Stage) => Promise<A>): Promise<A> => {
  const stage = await startStage(change)
  try {
    return await work(stage)
  } finally {
    await stage.close()
  }
}

export const oauth4webapi: Judge = {
  package: "oauth4webapi",
  skips: {},
  run: async () => [
    { judge: "bearer tokens", lines: await onStage(undefined, playBearer) },
    {
      judge: "tokens bound by DPoP",
      lines: await onStage(
        (configuration) => ({ ...configuration, dpop: {} }),
        (stage) => playBound(stage, "accepted")
      )
    },
    {
      judge: "tokens bound by DPoP, with nonces",
      lines: await onStage(
        (configuration) => ({
          ...configuration,
          dpop: { nonceKey: `${configuration.keys.encryptionKey}-of-nonces` }
        }),
        (stage) => playBound(stage, "400 use_dpop_nonce")
      )
    },
    {
      judge: "a client that acts for itself, and introspection",
      lines: await onStage(withMachines, async (stage) => playMachine(stage, await discover(stage)))
    }
  ]
}

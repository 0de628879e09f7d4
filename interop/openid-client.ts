// openid-client: discovery, registration, code, refresh and replays, by every way that a client may authenticate.
import * as client from "openid-client"
import { clientKey, issued, METHODS, type Method, REDIRECT, refusal, SCOPE, SECRET, withClients } from "./foreign.ts"
import { registerWithToken, WEB_REDIRECT, withInitialAccessToken } from "./openid-client-registration.ts"
import { type Judge, line, type Line } from "./verdict.ts"
import { startStage, type Stage } from "./world.ts"

const INSECURE = [client.allowInsecureRequests]
const OPTIONS: client.DiscoveryRequestOptions = { algorithm: "oauth2", execute: INSECURE }

const configure = async ({ world }: Stage, method: Method): Promise<client.Configuration> => {
  const server = new URL(world.issuer)
  switch (method) {
    case "none":
      return client.dynamicClientRegistration(
        server,
        {
          client_name: "openid-client",
          redirect_uris: [REDIRECT],
          grant_types: ["authorization_code", "refresh_token"],
          token_endpoint_auth_method: method
        },
        client.None(),
        OPTIONS
      )
    case "client_secret_basic":
      return client.discovery(server, method, undefined, client.ClientSecretBasic(SECRET), OPTIONS)
    case "client_secret_post":
      return client.discovery(server, method, undefined, client.ClientSecretPost(SECRET), OPTIONS)
    case "private_key_jwt": {
      const key = { key: await clientKey(), kid: "k1" }
      return client.discovery(server, method, undefined, client.PrivateKeyJwt(key), OPTIONS)
    }
  }
}

interface Login {
  readonly tokens: Awaited<ReturnType<typeof client.authorizationCodeGrant>>
  /** Sends the code a second time. */
  readonly again: () => Promise<unknown>
}

const logIn = async ({ person, world }: Stage, config: client.Configuration, redirectUri: string): Promise<Login> => {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: SCOPE,
    resource: world.notes,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState
  })
  const callback = await person.visit(url.href)
  const redeem = () =>
    client.authorizationCodeGrant(config, callback, { pkceCodeVerifier, expectedState }, { resource: world.notes })
  return { tokens: await redeem(), again: redeem }
}

const play = async (
  stage: Stage,
  config: client.Configuration,
  redirectUri = REDIRECT
): Promise<ReadonlyArray<Line>> => {
  const refresh = (token: string | undefined) =>
    client.refreshTokenGrant(config, token ?? "", { resource: stage.world.notes })
  const first = await logIn(stage, config, redirectUri)
  const second = await refresh(first.tokens.refresh_token)
  const third = await refresh(second.refresh_token)
  const lines = [
    line("redeems the code", `bearer ${SCOPE} refreshable`, issued(first.tokens)),
    line("refreshes", `bearer ${SCOPE} refreshable`, issued(second)),
    line("refreshes again", `bearer ${SCOPE} refreshable`, issued(third)),
    line("an old refresh token", "400 invalid_grant", await refusal(refresh(first.tokens.refresh_token))),
    line("the newest one after that", "400 invalid_grant", await refusal(refresh(third.refresh_token)))
  ]
  const other = await logIn(stage, config, redirectUri)
  return [
    ...lines,
    line("a code again", "400 invalid_grant", await refusal(other.again())),
    line("what the code had bought", "400 invalid_grant", await refusal(refresh(other.tokens.refresh_token))),
    ...(await askAgain(stage, config, redirectUri))
  ]
}

/** The same refresh token once more at once, before its successor has been used and after. */
const askAgain = async (
  stage: Stage,
  config: client.Configuration,
  redirectUri: string
): Promise<ReadonlyArray<Line>> => {
  const { tokens } = await logIn(stage, config, redirectUri)
  const refresh = (token = "") => client.refreshTokenGrant(config, token, { resource: stage.world.notes })
  const first = await refresh(tokens.refresh_token)
  const second = await refresh(tokens.refresh_token)
  const third = await refresh(second.refresh_token)
  return [
    line(
      "asks again for an answer that was lost",
      "the same",
      JSON.stringify(first) === JSON.stringify(second) ? "the same" : "another"
    ),
    line("and once more, too late", "400 invalid_grant", await refusal(refresh(tokens.refresh_token))),
    line("which ends all of it", "400 invalid_grant", await refusal(refresh(third.refresh_token)))
  ]
}

/** The library's default, which looks at `/.well-known/openid-configuration` alone. */
const discoverAsOpenId = async ({ world }: Stage): Promise<Line> => {
  const config = await client.discovery(new URL(world.issuer), "any", undefined, client.None(), { execute: INSECURE })
  return line("finds the metadata where OpenID Connect has it", world.issuer, config.serverMetadata().issuer)
}

/** RFC 7009, by a public client and by one that authenticates. */
const revoke = async (stage: Stage, method: Method): Promise<ReadonlyArray<Line>> => {
  const config = await configure(stage, method)
  const { tokens } = await logIn(stage, config, REDIRECT)
  const token = tokens.refresh_token ?? ""
  await client.tokenRevocation(config, token, { token_type_hint: "refresh_token" })
  return [
    line("gives a refresh token back", "400 invalid_grant", await refusal(client.refreshTokenGrant(config, token))),
    line("gives it back again", "accepted", await refusal(client.tokenRevocation(config, token)))
  ]
}

const playTrusted = async (): Promise<ReadonlyArray<Line>> => {
  const stage = await startStage(withInitialAccessToken)
  try {
    const { config, lines } = await registerWithToken(stage, OPTIONS)
    return [...lines, ...(await play(stage, config, WEB_REDIRECT))]
  } finally {
    await stage.close()
  }
}

export const openidClient: Judge = {
  package: "openid-client",
  skips: {},
  run: async () => {
    const stage = await startStage(withClients)
    try {
      const verdicts = []
      for (const method of METHODS) {
        verdicts.push({ judge: method, lines: await play(stage, await configure(stage, method)) })
      }
      return [
        ...verdicts,
        { judge: "discovery", lines: [await discoverAsOpenId(stage)] },
        { judge: "revocation, none", lines: await revoke(stage, "none") },
        { judge: "revocation, private_key_jwt", lines: await revoke(stage, "private_key_jwt") },
        { judge: "registration with an initial access token", lines: await playTrusted() }
      ]
    } finally {
      await stage.close()
    }
  }
}

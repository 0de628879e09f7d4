import { json, page } from "./answers.ts"
import { authorizationEndpoint } from "./authorization-endpoint.ts"
import { checkOptions } from "./check-options.ts"
import { callable, type Checks, flag, list, members, optional, text, url } from "./checks.ts"
import { defaultClients } from "./clients.ts"
import { ConfigurationInvalid } from "./configuration-invalid.ts"
import type { Character, Personality, PersonalityOptions } from "./personality.ts"
import { registrationEndpoint } from "./registration-endpoint.ts"
import type { State } from "./state.ts"
import { tokenEndpoint } from "./token-endpoint.ts"

const CHARACTER: Checks<Character> = {
  issuer: url,
  authorizationEndpoint: url,
  tokenEndpoint: url,
  registrationEndpoint: optional(url),
  metadataUrls: list(url),
  metadata: optional((key, value) => {
    if (typeof value !== "object" || value === null)
      throw new ConfigurationInvalid({ key, reason: "has to be an object" })
  }),
  callbackIssuer: optional((key, value) => {
    if (value !== null) text(key, value)
  }),
  hasPublicClients: optional(flag),
  refuses: optional(callable),
  audience: optional(callable),
  takesRedirectUri: optional(callable),
  issuesRefreshToken: optional(callable),
  rotatesRefreshTokens: optional(flag),
  refusesRegistration: optional(callable),
  alwaysGivesSecret: optional(flag),
  answer: optional(callable)
}

/**
 * An authorization server that keeps to OAuth 2.1, RFC 8414, RFC 8707 and RFC 9207, but for what its character says. It asks no
 * user, and forgets everything with the process. What is wrong throws {@link ConfigurationInvalid}.
 */
export const makePersonality = (character: Character, options: PersonalityOptions = {}): Personality => {
  members(CHARACTER)("character", character)
  return personalityOf(character, checkOptions(options, {}))
}

/** The same of a character of ours, with options that are checked. */
export const personalityOf = (character: Character, options: PersonalityOptions): Personality => {
  const { clients = defaultClients(character), now = () => Math.floor(Date.now() / 1000) } = options
  for (const [index, { clientSecret }] of clients.entries()) {
    if (clientSecret === undefined && character.hasPublicClients === false) {
      const reason = "has to be given: this provider has no client without a secret"
      throw new ConfigurationInvalid({ key: `clients[${index}].clientSecret`, reason })
    }
  }
  const state: State = {
    clients: new Map(clients.map((client) => [client.clientId, client])),
    codes: new Map(),
    refreshTokens: new Map(),
    accessTokens: new Map()
  }
  const {
    authorizationEndpoint: authorize,
    metadataUrls,
    registrationEndpoint: register,
    tokenEndpoint: token
  } = character

  const answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url)
    const at = `${request.method} ${url.origin}${url.pathname}`
    if (metadataUrls.some((place) => at === `GET ${place}`)) return json(200, metadataOf(character))
    if (at === `GET ${withoutQuery(authorize)}`) return authorizationEndpoint(character, state, url)
    if (at === `POST ${token}`) {
      const plain = await tokenEndpoint(character, state, request, now())
      const { body, status } = character.answer?.(plain) ?? plain
      return json(status, body)
    }
    if (at === `POST ${register}`) return registrationEndpoint(character, state, request)
    return page(404, "not here")
  }

  return {
    issuer: character.issuer,
    origins: [
      ...new Set([authorize, token, ...metadataUrls, ...(register === undefined ? [] : [register])].map(originOf))
    ],
    fetch: answer,
    inspect: (accessToken) => {
      const found = state.accessTokens.get(accessToken)
      return found && found.expiresAt > now() ? found.grant : undefined
    },
    endAccessTokens: () => state.accessTokens.clear()
  }
}

const originOf = (url: string): string => new URL(url).origin

const withoutQuery = (url: string): string => url.split("?")[0] ?? url

/** Members that are `undefined` are left out by JSON. */
const metadataOf = (character: Character): Readonly<Record<string, unknown>> => ({
  issuer: character.issuer,
  authorization_endpoint: character.authorizationEndpoint,
  token_endpoint: character.tokenEndpoint,
  registration_endpoint: character.registrationEndpoint,
  response_types_supported: ["code"],
  grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
  code_challenge_methods_supported: ["S256"],
  token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post"],
  authorization_response_iss_parameter_supported: character.callbackIssuer === null ? undefined : true,
  ...character.metadata
})

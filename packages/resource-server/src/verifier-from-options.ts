import { makeVerifier, type VerifierOptions } from "@postern/jwt-verify"
import type { Transport } from "@postern/safe-fetch"
import { makePlatformTransport } from "@postern/safe-fetch/platform"
import * as Result from "effect/Result"
import { toIssuer } from "./authorization-servers.ts"
import { makeIntrospector } from "./introspection.ts"
import { type Checked, checkFunction, checkFunctions, checkObject, refuseOption, under } from "./option-checks.ts"
import type { GuardIntrospection, GuardOptions } from "./options.ts"
import { ConfigurationInvalid } from "./rejections.ts"
import { byForm, type TokenVerifier, withoutTrust, withRevocation } from "./token-verifier.ts"

// A text that is no such URL is refused where its option is checked.
const isWebUrl = (text: unknown): text is string =>
  typeof text === "string" && /^https?:/.test(URL.parse(text)?.href ?? "")

// Whoever typed these vouches for them, also when they are private; what they name elsewhere is a stranger's.
const typedUrls = ({ authorizationServers, introspection }: GuardOptions): ReadonlyArray<string> =>
  [
    ...authorizationServers.map(toIssuer).flatMap(({ issuer, jwksUri }) => [issuer, jwksUri]),
    introspection?.endpoint
  ].filter(isWebUrl)

// Under which of our options the verifier's own stand.
const placeOf = (key: string): string => {
  if (key.startsWith("issuer")) return key.replace("issuer", "authorizationServers")
  return key === "audience" ? "tokens.audienceAliases" : `tokens.${key}`
}

/** Refuses options of another package that the guard fills itself. */
const checkFilled = (place: string, options: object, filled: ReadonlyArray<string>): Checked<void> => {
  const stray = filled.find((key) => Object.hasOwn(options, key))
  return stray === undefined ? Result.succeed(undefined) : refuseOption(`${place}.${stray}`, "there is no such option")
}

const makeJwtVerifier = (options: GuardOptions, transport: () => Transport): Checked<TokenVerifier> =>
  Result.gen(function* () {
    const { authorizationServers, resource, tokens = {} } = options
    yield* checkObject("tokens", tokens)
    yield* checkFilled("tokens", tokens, ["issuer", "audience", "jwks", "fetch"])
    const { audienceAliases = [], ...rules } = tokens
    if (!Array.isArray(audienceAliases))
      return yield* refuseOption("tokens.audienceAliases", "it has to be a list of texts")
    const issuers = authorizationServers.map(toIssuer)
    const verifierOptions: VerifierOptions = {
      ...rules,
      issuer: issuers,
      audience: [resource, ...audienceAliases],
      ...(issuers.some(({ jwks }) => jwks === undefined) && { fetch: transport().fetch })
    }
    return yield* Result.mapError(
      makeVerifier(verifierOptions),
      ({ key, preset, reason }) =>
        new ConfigurationInvalid({ key: placeOf(key), reason, ...(preset !== undefined && { preset }) })
    )
  })

const introspectedIssuer = ({ authorizationServers }: GuardOptions, issuer: string | undefined): Checked<string> => {
  const issuers = authorizationServers.map((server) => toIssuer(server).issuer)
  const [only, second] = issuers
  const chosen = issuer === undefined && second === undefined ? only : issuer
  return chosen !== undefined && issuers.includes(chosen)
    ? Result.succeed(chosen)
    : refuseOption("introspection.issuer", "it has to be one of the authorization servers")
}

// The rules for tokens hold whoever reads the token: what the introspection says itself wins, then the issuer, then `tokens`.
const rulesFor = (options: GuardOptions, issuer: string) => {
  const {
    audienceAliases = [],
    audienceGroup = [],
    clients,
    clockToleranceSeconds,
    foreignAudiences
  } = options.tokens ?? {}
  const own = options.authorizationServers.map(toIssuer).find((trusted) => trusted.issuer === issuer)
  const letIn = own?.clients ?? clients
  const tolerance = own?.clockToleranceSeconds ?? clockToleranceSeconds
  return {
    audience: own?.audience ?? [options.resource, ...audienceAliases],
    foreignAudiences: [...(own?.foreignAudiences ?? foreignAudiences ?? []), ...audienceGroup],
    ...(letIn !== undefined && { clients: letIn }),
    ...(tolerance !== undefined && { clockToleranceSeconds: tolerance })
  }
}

const makeOpaqueVerifier = (
  options: GuardOptions,
  { issuer: named, tokens: _tokens, ...introspection }: GuardIntrospection,
  transport: () => Transport
): Checked<TokenVerifier> =>
  Result.gen(function* () {
    const revoked = options.tokens?.revoked
    yield* checkFilled("introspection", introspection, ["audience", "transport"])
    const issuer = yield* introspectedIssuer(options, named)
    const introspector = yield* under("introspection.")(
      makeIntrospector({ ...rulesFor(options, issuer), ...introspection, issuer, transport: transport() })
    )
    return revoked === undefined ? introspector : withRevocation(introspector, revoked)
  })

// What only a JWT has: with introspection of all tokens nothing would come of it.
const JWT_RULES = ["algorithms", "maximumLifetimeSeconds", "keyCache", "tokenCache", "onKeyProblem"]

const PLACES: ReadonlySet<string> = new Set(["issuer", "jwks", "jwksUri"])

/** A verifier that is given has its own rules: what is said of the authorization servers beside would be ignored. */
const checkServersAlone = ({ authorizationServers }: GuardOptions): Checked<void> => {
  for (const [index, server] of authorizationServers.entries()) {
    const rule = typeof server === "string" ? undefined : Object.keys(server).find((key) => !PLACES.has(key))
    if (rule === undefined) continue
    return refuseOption(`authorizationServers[${index}].${rule}`, "the verifier that is given has its own rules")
  }
  return Result.succeed(undefined)
}

/** The verifier of a guard: the one that is given, or one made from its options; beside it one for opaque tokens. */
export const verifierFromOptions = (options: GuardOptions, issuers: ReadonlyArray<string>): Checked<TokenVerifier> =>
  Result.gen(function* () {
    const { introspection, tokens, verifier } = options
    yield* checkFunctions("verifier", verifier, ["verify"])
    yield* checkFunction("verifier.recall", verifier?.recall)
    yield* checkFunctions("transport", options.transport, ["fetch"])
    yield* checkObject("introspection", introspection)
    if (verifier !== undefined && tokens !== undefined) {
      return yield* refuseOption("tokens", "the verifier that is given has its own rules")
    }
    if (verifier !== undefined) yield* checkServersAlone(options)
    let made: Transport | undefined
    const transport = (): Transport =>
      (made ??= options.transport ?? makePlatformTransport({ bounds: { trust: { operator: typedUrls(options) } } }))

    const { tokens: form = "opaque" } = introspection ?? {}
    if (form !== "opaque" && form !== "all") {
      return yield* refuseOption("introspection.tokens", 'it has to be "opaque" or "all"')
    }
    // First, so that a rule of `tokens` that introspection shares is refused by the name that it has there.
    const jwts = verifier === undefined ? yield* makeJwtVerifier(options, transport) : withoutTrust(verifier, issuers)
    const opaque = introspection && (yield* makeOpaqueVerifier(options, introspection, transport))
    if (opaque !== undefined && form === "all") {
      if (verifier !== undefined) return yield* refuseOption("verifier", "introspection judges all tokens")
      yield* checkFilled("tokens", tokens ?? {}, JWT_RULES)
      return opaque
    }
    return opaque === undefined ? jwts : byForm(jwts, opaque)
  })

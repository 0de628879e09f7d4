import { isJsonObject } from "@postern/metadata"
import { parseIssuer, parseSecureUrl } from "@postern/uri"
import * as Result from "effect/Result"
import { type Algorithm, defaultAlgorithms } from "./algorithm.ts"
import type { ClaimRules } from "./claims.ts"
import { profile } from "./dialect.ts"
import { parseKeySet } from "./key-set.ts"
import { fixedKeys, type KeyCache, type KeySource, remoteKeys } from "./key-source.ts"
import {
  type Checked,
  checkAlgorithms,
  checkAudience,
  checkClients,
  checkDialect,
  checkKnown,
  checkNumber,
  checkTexts,
  refuse
} from "./option-checks.ts"
import { tokenRules, type TokenRules, type TrustedIssuer, type VerifierOptions } from "./options.ts"
import { ConfigurationInvalid } from "./rejections.ts"

/** What tokens of one issuer are held to. */
export interface IssuerRules {
  readonly source: KeySource
  readonly algorithms: ReadonlyArray<Algorithm>
  readonly claims: Omit<ClaimRules, "acceptBound" | "now">
}

const ISSUER: Readonly<Record<keyof TrustedIssuer, true>> = {
  ...tokenRules,
  issuer: true,
  jwksUri: true,
  jwks: true,
  audience: true,
  dialect: true
}

/** What holds for every issuer. */
export interface Shared {
  readonly options: VerifierOptions
  readonly audience: ReadonlyArray<string>
  readonly group: ReadonlyArray<string>
  readonly cache: Required<KeyCache>
}

/** An issuer of the options. */
export interface Located {
  /** How the options name this issuer, with a point behind it, and its keys. */
  readonly path: string
  readonly keysPath: string
  readonly trusted: TrustedIssuer
}

/** The issuers of the options, the one that stands there as text like the others. */
export const listIssuers = (options: VerifierOptions): Checked<ReadonlyArray<Located>> => {
  const { issuer, jwks } = options
  if (typeof issuer === "string") {
    const located = (trusted: TrustedIssuer) => Result.succeed([{ path: "", keysPath: "jwks", trusted }])
    if (jwks === undefined) return located({ issuer })
    if (!isJsonObject(jwks)) return refuse("jwks", "it has to be a key set or { uri }")
    if (!("uri" in jwks)) return located({ issuer, jwks })
    return Result.map(checkKnown(jwks, { uri: true }, "jwks"), () => [
      { path: "", keysPath: "jwks", trusted: { issuer, jwksUri: jwks.uri } }
    ])
  }
  if (jwks !== undefined) return refuse("jwks", "it has to stand at each issuer where there is a list of them")
  if (!Array.isArray(issuer) || issuer.length === 0)
    return refuse("issuer", "it has to be an issuer or a list of issuers, at least one")
  const listed: ReadonlyArray<TrustedIssuer> = issuer
  return Result.succeed(
    listed.map((trusted, index) => {
      const path = `issuer[${index}].`
      return { path, keysPath: `${path}${isJsonObject(trusted) && "jwksUri" in trusted ? "jwksUri" : "jwks"}`, trusted }
    })
  )
}

const makeSource = (
  { keysPath, trusted }: Located,
  { cache, options }: Shared,
  algorithms: ReadonlyArray<Algorithm>
): Checked<KeySource> =>
  Result.gen(function* () {
    const { issuer, jwks, jwksUri: url } = trusted
    if (jwks !== undefined) {
      if (url !== undefined) return yield* refuse(keysPath, "it has to be given either by value or by URL")
      const keys = parseKeySet(jwks, { algorithms })
      if (keys === undefined || keys.length === 0)
        return yield* refuse(keysPath, "it has to have a key for the algorithms")
      return fixedKeys(keys)
    }
    if (url !== undefined) {
      // RFC 8414 section 2: `jwks_uri` is https; checked here, before anything is fetched.
      yield* Result.mapError(
        parseSecureUrl(url),
        (error) => new ConfigurationInvalid({ key: keysPath, reason: error.message })
      )
    }
    const { fetch, onKeyProblem } = options
    if (fetch === undefined) return yield* refuse("fetch", "it has to be given for keys that are not given by value")
    return remoteKeys({
      issuer,
      url,
      fetch,
      algorithms,
      cache,
      ...(onKeyProblem === undefined ? {} : { onProblem: onKeyProblem })
    })
  })

/** Whose preset made the issuer that an option belongs to: what is wrong in it was mostly told to the preset. */
const presetOf = ({ trusted }: Located): string | undefined => {
  const dialect = isJsonObject(trusted) ? trusted.dialect : undefined
  return isJsonObject(dialect) && typeof dialect.name === "string" && dialect.name !== profile.name
    ? dialect.name
    : undefined
}

/** The same with the preset named, where the option is one of its issuer. */
export const inPreset = <A>(located: Located, checked: Checked<A>): Checked<A> =>
  Result.mapError(checked, (error) => {
    const { key, reason } = error
    const preset = key.startsWith(located.path) || key === "fetch" ? presetOf(located) : undefined
    return preset === undefined ? error : new ConfigurationInvalid({ key, reason, preset })
  })

/** Checks what the options say of one issuer. */
export const makeRules = (located: Located, shared: Shared): Checked<IssuerRules> =>
  inPreset(located, rulesOf(located, shared))

const rulesOf = (located: Located, shared: Shared): Checked<IssuerRules> =>
  Result.gen(function* () {
    const { path, trusted } = located
    const { options } = shared
    yield* checkKnown(trusted, ISSUER, path.slice(0, -1))
    yield* Result.mapError(
      parseIssuer(trusted.issuer),
      (error) => new ConfigurationInvalid({ key: `${path}issuer`, reason: error.message })
    )
    // A rule that the issuer has itself is named by its path, one of the verifier by its bare name.
    const rule = <Name extends keyof TokenRules>(name: Name): readonly [key: string, value: TokenRules[Name]] =>
      trusted[name] === undefined ? [name, options[name]] : [path + name, trusted[name]]
    const [algorithmsKey, listed = defaultAlgorithms] = rule("algorithms")
    const algorithms = yield* checkAlgorithms(algorithmsKey, listed)
    const [toleranceKey, tolerance = 5] = rule("clockToleranceSeconds")
    const [lifetimeKey, lifetime = 86_400] = rule("maximumLifetimeSeconds")
    const [foreignKey, foreign = []] = rule("foreignAudiences")
    const claims = {
      issuer: trusted.issuer,
      audience:
        trusted.audience === undefined ? shared.audience : yield* checkAudience(`${path}audience`, trusted.audience),
      foreignAudiences: new Set([...(yield* checkTexts(foreignKey, foreign)), ...shared.group]),
      clients: yield* checkClients(...rule("clients")),
      dialect: yield* checkDialect(`${path}dialect`, trusted.dialect),
      clockToleranceSeconds: yield* checkNumber(toleranceKey, tolerance, { least: 0, most: 60, unit: "seconds" }),
      maximumLifetimeSeconds: yield* checkNumber(lifetimeKey, lifetime, {
        least: 1,
        most: Number.MAX_SAFE_INTEGER,
        unit: "seconds"
      })
    }
    return { source: yield* makeSource(located, shared, algorithms), algorithms, claims }
  })

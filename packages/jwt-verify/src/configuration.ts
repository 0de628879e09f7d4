import { parseIssuer, parseSecureUrl } from "@postern/uri"
import * as Result from "effect/Result"
import { type Algorithm, defaultAlgorithms, isAlgorithm } from "./algorithm.ts"
import type { ClaimRules } from "./claims.ts"
import { isObject, member } from "./json.ts"
import { parseKeySet } from "./key-set.ts"
import { type FetchKeys, fixedKeys, type KeyCache, type KeySource, remoteKeys } from "./key-source.ts"
import { ConfigurationInvalid } from "./rejections.ts"

/** One issuer and where its keys are: by value or behind a URL, one of the two. */
export interface TrustedIssuer {
  readonly issuer: string
  readonly jwksUri?: string
  readonly jwks?: { readonly keys: ReadonlyArray<unknown> }
}

/** What a verifier is made of. */
export interface VerifierOptions {
  /** The one issuer (its keys in `jwks`), or several, each with its own keys. */
  readonly issuer: string | ReadonlyArray<TrustedIssuer>
  /** The names by which tokens are meant for us: the resource identifier, and aliases if any. Compared exactly. */
  readonly audience: string | ReadonlyArray<string>
  /** The keys of the one issuer: a JWKS, or the URL of one. */
  readonly jwks?: { readonly keys: ReadonlyArray<unknown> } | { readonly uri: string }
  /** Fetches a JWKS; needed when one is behind a URL. */
  readonly fetch?: FetchKeys
  /** The only algorithms accepted, the first that fits an RSA key first. */
  readonly algorithms?: ReadonlyArray<Algorithm>
  /** How far clocks may differ, 0 to 60 seconds; 5 unless told. */
  readonly clockToleranceSeconds?: number
  /** The longest `exp - iat` accepted; 86400 (a day) unless told. */
  readonly maximumLifetimeSeconds?: number
  /** Refuses tokens that name another audience beside ours; not unless told. */
  readonly singleAudience?: boolean
  /** How long fetched keys are used. */
  readonly keyCache?: KeyCache
}

/** Options that were checked. */
export interface Configuration {
  readonly issuers: ReadonlyMap<string, KeySource>
  readonly algorithms: ReadonlyArray<Algorithm>
  readonly rules: Omit<ClaimRules, "issuer" | "now">
}

const OPTIONS: Readonly<Record<keyof VerifierOptions, true>> = {
  issuer: true,
  audience: true,
  jwks: true,
  fetch: true,
  algorithms: true,
  clockToleranceSeconds: true,
  maximumLifetimeSeconds: true,
  singleAudience: true,
  keyCache: true
}

const CACHE: Required<KeyCache> = {
  maxAgeSeconds: 600,
  cooldownSeconds: 30,
  maxStaleSeconds: 3600,
  fetchTimeoutSeconds: 10
}

type Checked<A> = Result.Result<A, ConfigurationInvalid>

const refuse = (key: string, reason: string) => Result.fail(new ConfigurationInvalid({ key, reason }))

const checkKnown = (object: object, known: object, prefix = ""): Checked<void> => {
  const unknown = Object.keys(object).find((key) => !Object.hasOwn(known, key))
  return unknown === undefined ? Result.succeed(undefined) : refuse(prefix + unknown, "there is no such option")
}

const checkNumber = (key: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): Checked<number> =>
  Number.isFinite(value) && value >= least && value <= most
    ? Result.succeed(value)
    : refuse(key, `it is a number of seconds from ${least} to ${most}`)

const checkAudience = (audience: VerifierOptions["audience"]): Checked<ReadonlyArray<string>> => {
  const names = Array.isArray(audience) ? audience : [audience]
  return names.length > 0 && names.every((name) => typeof name === "string" && name !== "")
    ? Result.succeed([...names])
    : refuse("audience", "it is one string or several, none of them empty")
}

const checkAlgorithms = (algorithms: ReadonlyArray<Algorithm>): Checked<ReadonlyArray<Algorithm>> =>
  Array.isArray(algorithms) && algorithms.length > 0 && algorithms.every(isAlgorithm)
    ? Result.succeed([...algorithms])
    : refuse("algorithms", "it lists asymmetric signature algorithms, at least one")

const checkCache = (cache: KeyCache = {}): Checked<Required<KeyCache>> =>
  Result.gen(function* () {
    yield* checkKnown(cache, CACHE, "keyCache.")
    const times = { ...CACHE, ...cache }
    for (const [name, value] of Object.entries(times)) yield* checkNumber(`keyCache.${name}`, value, 1)
    return times.maxStaleSeconds < times.maxAgeSeconds
      ? yield* refuse("keyCache.maxStaleSeconds", "it is not less than maxAgeSeconds")
      : times
  })

const listIssuers = ({ issuer, jwks }: VerifierOptions): Checked<ReadonlyArray<TrustedIssuer>> => {
  if (typeof issuer === "string") {
    if (!isObject(jwks)) return refuse("jwks", "the keys of the issuer are needed, by value or by URL")
    return Result.succeed(["uri" in jwks ? { issuer, jwksUri: jwks.uri } : { issuer, jwks }])
  }
  if (jwks !== undefined) return refuse("jwks", "with several issuers each has its own")
  return Array.isArray(issuer) && issuer.length > 0
    ? Result.succeed(issuer)
    : refuse("issuer", "at least one issuer is needed")
}

interface SourceOptions {
  readonly algorithms: ReadonlyArray<Algorithm>
  readonly cache: Required<KeyCache>
  readonly fetch: FetchKeys | undefined
}

const makeSource = (trusted: TrustedIssuer, options: SourceOptions): Checked<KeySource> =>
  Result.gen(function* () {
    if (!isObject(trusted)) return yield* refuse("issuer", "each is an object with issuer, jwksUri or jwks")
    yield* checkKnown(trusted, { issuer: true, jwks: true, jwksUri: true }, "issuer.")
    const { issuer, jwks, jwksUri: url } = trusted
    yield* Result.mapError(
      parseIssuer(issuer),
      (error) => new ConfigurationInvalid({ key: "issuer", reason: error.message })
    )
    if ((jwks === undefined) === (url === undefined)) return yield* refuse("jwks", "either by value or by URL")
    if (url === undefined) {
      const keys = parseKeySet(jwks, options)
      if (keys === undefined || keys.length === 0) return yield* refuse("jwks", "it has no key for the algorithms")
      return fixedKeys(keys)
    }
    // RFC 8414 section 2: `jwks_uri` is https; checked here, before anything is fetched.
    yield* Result.mapError(
      parseSecureUrl(url),
      (error) => new ConfigurationInvalid({ key: "jwks", reason: error.message })
    )
    const { fetch } = options
    if (typeof fetch !== "function") return yield* refuse("fetch", "it is needed for keys behind a URL")
    return remoteKeys({ issuer, url, fetch, algorithms: options.algorithms, cache: options.cache })
  })

/** Checks the options of a verifier; an option that is not known is an error. */
export const configure = (options: VerifierOptions): Checked<Configuration> =>
  Result.gen(function* () {
    yield* checkKnown(options, OPTIONS)
    const audience = yield* checkAudience(options.audience)
    const algorithms = yield* checkAlgorithms(options.algorithms ?? defaultAlgorithms)
    const cache = yield* checkCache(options.keyCache)
    const clockToleranceSeconds = yield* checkNumber("clockToleranceSeconds", options.clockToleranceSeconds ?? 5, 0, 60)
    const maximumLifetimeSeconds = yield* checkNumber(
      "maximumLifetimeSeconds",
      options.maximumLifetimeSeconds ?? 86_400,
      1
    )
    const issuers = new Map<string, KeySource>()
    for (const trusted of yield* listIssuers(options)) {
      const source = yield* makeSource(trusted, { algorithms, cache, fetch: options.fetch })
      if (issuers.has(trusted.issuer)) return yield* refuse("issuer", "one issuer stands twice")
      issuers.set(trusted.issuer, source)
    }
    const singleAudience = options.singleAudience === true
    return { issuers, algorithms, rules: { audience, singleAudience, clockToleranceSeconds, maximumLifetimeSeconds } }
  })

/** The value of a member of claims that names the issuer, and its keys, if it is trusted. */
export const findIssuer = (
  { issuers }: Configuration,
  claims: Readonly<Record<string, unknown>>
): readonly [issuer: string, source: KeySource] | undefined => {
  const issuer = member(claims, "iss")
  const source = typeof issuer === "string" ? issuers.get(issuer) : undefined
  return typeof issuer === "string" && source !== undefined ? [issuer, source] : undefined
}

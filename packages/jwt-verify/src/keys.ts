import { parseSecureUrl } from "@postern/uri"
import * as Result from "effect/Result"
import { checkKeyCache, type KeyCache } from "./key-cache.ts"
import { type KeyRules, parseKeySet } from "./key-set.ts"
import { type FetchDocument, fixedKeys, type KeyProblem, type KeySource, remoteKeys } from "./key-source.ts"
import { type Checked, checkAlgorithms, checkFunction, checkKnown, checkNumber, refuse } from "./option-checks.ts"
import { ConfigurationInvalid } from "./rejections.ts"

const RULES: Readonly<Record<keyof KeyRules, true>> = { algorithms: true, unstatedAlgorithm: true, accepts: true }

/** Makes keys of a JWKS that is at hand (RFC 7517 section 5); one without a key for the rules is {@link ConfigurationInvalid}. */
export const makeFixedKeys = (jwks: unknown, rules: KeyRules): Result.Result<KeySource, ConfigurationInvalid> =>
  Result.gen(function* () {
    yield* checkKnown(rules, RULES, "")
    yield* checkRules(rules)
    const keys = parseKeySet(jwks, rules)
    return keys === undefined || keys.length === 0
      ? yield* refuse("jwks", "it has to have a key for the algorithms")
      : fixedKeys(keys)
  })

/** Where keys are, and how they are kept. */
export interface RemoteKeysOptions extends KeyRules {
  /** Whose keys they are: failures and problems name it. */
  readonly issuer: string
  /** The URL of the JWKS. */
  readonly url: string
  /** The URL of the document that named `url`, for a `fetch` that trusts it less then; absent where the operator typed it. */
  readonly namedBy?: string
  /** Fetches the set, such as `fetch` of a transport of `@postern/safe-fetch`. */
  readonly fetch: FetchDocument
  readonly cache?: KeyCache
  /**
   * How old a set has to be before a `kid` that it does not have makes a fetch; 0 unless told. With as much as
   * `cache.cooldownSeconds`, and a `minimumAgeSeconds` that is not less, no two fetches are closer than that, whoever asks.
   */
  readonly askAgainAfterSeconds?: number
  /** Told of what is wrong with the keys. */
  readonly onProblem?: (problem: KeyProblem) => void
}

const OPTIONS: Readonly<Record<keyof RemoteKeysOptions, true>> = {
  ...RULES,
  issuer: true,
  url: true,
  namedBy: true,
  fetch: true,
  cache: true,
  askAgainAfterSeconds: true,
  onProblem: true
}

/**
 * Makes keys of a JWKS behind a URL (RFC 7517 section 5), fetched when they are first asked for and kept as the verifier of
 * access tokens keeps them: one fetch at a time, a cool-down, the last good set while its server fails. For one server; who has many
 * decides how many to keep.
 */
export const makeRemoteKeys = (options: RemoteKeysOptions): Result.Result<KeySource, ConfigurationInvalid> =>
  Result.gen(function* () {
    yield* checkKnown(options, OPTIONS, "")
    yield* checkRules(options)
    const { askAgainAfterSeconds = 0, fetch, onProblem, url } = options
    // RFC 8414 section 2: `jwks_uri` is https; checked here, before anything is fetched.
    yield* Result.mapError(
      parseSecureUrl(url),
      ({ message: reason }) => new ConfigurationInvalid({ key: "url", reason })
    )
    if (typeof fetch !== "function") return yield* refuse("fetch", "it has to be a function")
    yield* checkFunction("onProblem", onProblem)
    yield* checkNumber("askAgainAfterSeconds", askAgainAfterSeconds, {
      least: 0,
      most: Number.MAX_SAFE_INTEGER,
      unit: "seconds"
    })
    const cache = yield* checkKeyCache("cache", options.cache)
    return remoteKeys({ ...options, cache })
  })

const checkRules = ({ accepts, algorithms, unstatedAlgorithm }: KeyRules): Checked<void> =>
  Result.gen(function* () {
    yield* checkAlgorithms("algorithms", algorithms)
    yield* checkFunction("accepts", accepts)
    if (unstatedAlgorithm === undefined || ["first", "each"].includes(unstatedAlgorithm)) return
    return yield* refuse("unstatedAlgorithm", 'it has to be "first" or "each"')
  })

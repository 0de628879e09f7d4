import { member } from "@postern/metadata"
import * as Result from "effect/Result"
import type { Algorithm } from "./algorithm.ts"
import { inPreset, type IssuerRules, listIssuers, makeRules } from "./issuer-rules.ts"
import { checkKeyCache } from "./key-cache.ts"
import {
  type Checked,
  checkAudience,
  checkFunction,
  checkKnown,
  checkNumber,
  checkTexts,
  refuse
} from "./option-checks.ts"
import { tokenRules, type VerifierOptions } from "./options.ts"
import type { Revoked } from "./revocation.ts"
import type { TokenCacheOptions } from "./token-cache.ts"

export type { TokenRules, TrustedIssuer, VerifierOptions } from "./options.ts"

/** Options that were checked. */
export interface Configuration {
  readonly issuers: ReadonlyMap<string, IssuerRules>
  /** Those of all issuers together. */
  readonly algorithms: ReadonlyArray<Algorithm>
  readonly revoked: Revoked | undefined
  readonly tokenCache: Required<TokenCacheOptions> | undefined
}

const OPTIONS: Readonly<Record<keyof VerifierOptions, true>> = {
  ...tokenRules,
  issuer: true,
  audience: true,
  jwks: true,
  fetch: true,
  audienceGroup: true,
  revoked: true,
  keyCache: true,
  tokenCache: true,
  onKeyProblem: true
}

const TOKEN_CACHE: Required<TokenCacheOptions> = { maximumEntries: 10_000, maximumAgeSeconds: 300 }

const checkTokenCache = (cache: false | TokenCacheOptions = {}): Checked<Required<TokenCacheOptions> | undefined> =>
  Result.gen(function* () {
    if (cache === false) return undefined
    yield* checkKnown(cache, TOKEN_CACHE, "tokenCache")
    const { maximumAgeSeconds, maximumEntries } = { ...TOKEN_CACHE, ...cache }
    yield* checkNumber("tokenCache.maximumEntries", maximumEntries, { least: 1, most: 1_000_000, unit: "entries" })
    yield* checkNumber("tokenCache.maximumAgeSeconds", maximumAgeSeconds, { least: 1, most: 86_400, unit: "seconds" })
    return { maximumAgeSeconds, maximumEntries }
  })

// RFC 8707 section 2 allows a token for several resources: those that are named here trust each other with it.
const checkGroup = (group: unknown, audience: ReadonlyArray<string>): Checked<ReadonlyArray<string>> =>
  Result.gen(function* () {
    if (group === undefined) return []
    const members = yield* checkTexts("audienceGroup", group)
    return members.some((name) => audience.includes(name))
      ? members
      : yield* refuse("audienceGroup", "it has to have one of our audiences among its own")
  })

/** Checks the options of a verifier; an option that is not known is an error. */
export const configure = (options: VerifierOptions): Checked<Configuration> =>
  Result.gen(function* () {
    yield* checkKnown(options, OPTIONS, "")
    yield* checkFunction("fetch", options.fetch)
    yield* checkFunction("revoked", options.revoked)
    yield* checkFunction("onKeyProblem", options.onKeyProblem)
    const audience = yield* checkAudience("audience", options.audience)
    const group = yield* checkGroup(options.audienceGroup, audience)
    const cache = yield* checkKeyCache("keyCache", options.keyCache)
    const tokenCache = yield* checkTokenCache(options.tokenCache)
    const issuers = new Map<string, IssuerRules>()
    for (const located of yield* listIssuers(options)) {
      const rules = yield* makeRules(located, { options, audience, group, cache })
      if (issuers.has(rules.claims.issuer)) {
        const twice = refuse(`${located.path}issuer`, "it has to be another than those before it")
        return yield* inPreset(located, twice)
      }
      issuers.set(rules.claims.issuer, rules)
    }
    const algorithms = [...new Set([...issuers.values()].flatMap((rules) => rules.algorithms))]
    return { issuers, algorithms, revoked: options.revoked, tokenCache }
  })

/** The rules for the issuer that claims name, if it is trusted. */
export const findIssuer = (
  { issuers }: Configuration,
  claims: Readonly<Record<string, unknown>>
): IssuerRules | undefined => {
  const issuer = member(claims, "iss")
  return typeof issuer === "string" ? issuers.get(issuer) : undefined
}

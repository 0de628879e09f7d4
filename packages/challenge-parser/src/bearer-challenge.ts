import * as Result from "effect/Result"
import type { Challenge } from "./challenge.ts"
import { ChallengeAmbiguous } from "./rejections.ts"

/**
 * What a Bearer (RFC 6750 section 3) or DPoP (RFC 9449 section 7.1) challenge says, with `resource_metadata` of RFC 9728
 * section 5.1. The values are the server's words: nothing is checked but the grammar of the header.
 */
export interface BearerChallenge {
  readonly scheme: "bearer" | "dpop"
  readonly realm?: string
  readonly scope?: string
  readonly error?: string
  readonly errorDescription?: string
  readonly errorUri?: string
  readonly resourceMetadata?: string
  readonly algs?: string
  /** The names of the parameters that came as a URL without quotation marks. */
  readonly unquoted: ReadonlyArray<string>
}

/**
 * The Bearer challenge among these, `undefined` when there is none. Several that say the same count as one; several that
 * differ are refused, since following the first or the last of them would be a guess.
 */
export const findBearerChallenge = (
  challenges: ReadonlyArray<Challenge>
): Result.Result<BearerChallenge | undefined, ChallengeAmbiguous> => find(challenges, "bearer")

/** The DPoP challenge among these, by the rules of {@link findBearerChallenge}. */
export const findDpopChallenge = (
  challenges: ReadonlyArray<Challenge>
): Result.Result<BearerChallenge | undefined, ChallengeAmbiguous> => find(challenges, "dpop")

const find = (
  challenges: ReadonlyArray<Challenge>,
  scheme: "bearer" | "dpop"
): Result.Result<BearerChallenge | undefined, ChallengeAmbiguous> => {
  let found: BearerChallenge | undefined
  for (const challenge of challenges) {
    if (challenge.scheme !== scheme) continue
    const view = viewOf(challenge, scheme)
    if (found && !agree(found, view)) return Result.fail(new ChallengeAmbiguous({ scheme }))
    found ??= view
  }
  return Result.succeed(found)
}

const fields = ["realm", "scope", "error", "errorDescription", "errorUri", "resourceMetadata", "algs"] as const
type Field = (typeof fields)[number]

const fieldOf: ReadonlyMap<string, Field> = new Map([
  ["realm", "realm"],
  ["scope", "scope"],
  ["error", "error"],
  ["error_description", "errorDescription"],
  ["error_uri", "errorUri"],
  ["resource_metadata", "resourceMetadata"],
  ["algs", "algs"]
])

const viewOf = (challenge: Challenge, scheme: "bearer" | "dpop"): BearerChallenge => {
  const values: { [K in Field]?: string } = {}
  const unquoted: Array<string> = []
  for (const { name, value, form } of challenge.parameters) {
    const field = fieldOf.get(name)
    if (field) values[field] = value
    if (form === "unquoted-url") unquoted.push(name)
  }
  return { scheme, ...values, unquoted }
}

const agree = (left: BearerChallenge, right: BearerChallenge): boolean =>
  fields.every((field) => left[field] === right[field])

import * as Result from "effect/Result"
import { ConfigurationInvalid } from "../configuration-invalid.ts"
import { DEFAULT_LIFETIMES, DEFAULT_RATES, MAXIMUM_LIFETIMES, MAXIMUM_RATE } from "../limits.ts"
import type { Lifetimes, Rates } from "../options.ts"
import type { AllLifetimes, AllRates } from "../settings.ts"

type Checked<A> = Result.Result<A, ConfigurationInvalid>

const checkNumber = (
  key: string,
  value: number,
  { least, most, unit }: { readonly least: number; readonly most: number; readonly unit: string }
): Checked<number> =>
  Number.isSafeInteger(value) && value >= least && value <= most
    ? Result.succeed(value)
    : Result.fail(
        new ConfigurationInvalid({
          key,
          reason: `must be ${unit} from ${least} to ${most}`,
          spec: "Postern configuration"
        })
      )

/** Every lifetime, within its bounds. */
export const checkLifetimes = (lifetimes: Lifetimes = {}): Checked<AllLifetimes> => {
  const check = (name: keyof Lifetimes, least = 1) =>
    checkNumber(`lifetimes.${name}`, lifetimes[name] ?? DEFAULT_LIFETIMES[name], {
      least,
      most: MAXIMUM_LIFETIMES[name],
      unit: "whole seconds"
    })
  return Result.all({
    code: check("code"),
    accessToken: check("accessToken"),
    // Revoking a refresh token ends the access tokens beside it, so that it has to be there for as long as they are.
    refreshToken: check("refreshToken", lifetimes.accessToken ?? DEFAULT_LIFETIMES.accessToken),
    grant: check("grant"),
    consent: check("consent"),
    interaction: check("interaction"),
    session: check("session"),
    // 0 turns the replay window off; nothing else can live for no time.
    refreshReplay: check("refreshReplay", 0)
  })
}

/** Every rate that can be changed. */
export const checkRates = (rates: Rates = {}): Checked<AllRates> => {
  const check = (name: keyof Rates) =>
    checkNumber(`rates.${name}`, rates[name] ?? DEFAULT_RATES[name], {
      least: 1,
      most: MAXIMUM_RATE,
      unit: "a whole number"
    })
  return Result.all({
    tokens: check("tokens"),
    authorizations: check("authorizations"),
    revocations: check("revocations")
  })
}

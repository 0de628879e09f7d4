import { makeAttempts } from "./attempts.ts"
import { RATE_WINDOW_SECONDS } from "./limits.ts"
import type { Settings } from "./settings.ts"

/** How often something may be done under one name. */
export interface Rate {
  /** Takes one: 0, or seconds to wait when there is none to be had. */
  readonly take: (name: string, now: number) => number
}

/** What this process counts of clients and accounts. Another process counts for itself. */
export interface Rates {
  readonly tokens: Rate
  readonly authorizations: Rate
  readonly revocations: Rate
}

const makeRate = (limit: number): Rate => {
  const attempts = makeAttempts({ limit, windowSeconds: RATE_WINDOW_SECONDS })
  return {
    take(name, now) {
      const wait = attempts.wait(name, now)
      if (wait === 0) attempts.failed(name, now)
      return wait
    }
  }
}

/** Makes the rates of a server, all of them full. */
export const makeRates = ({ rates }: Pick<Settings, "rates">): Rates => ({
  tokens: makeRate(rates.tokens),
  authorizations: makeRate(rates.authorizations),
  revocations: makeRate(rates.revocations)
})

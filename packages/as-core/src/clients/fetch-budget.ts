import { makeAttempts } from "../attempts.ts"
import { FETCH_LIMIT, HOST_FETCH_LIMIT } from "../limits.ts"

/** How many fetches strangers can make us do. */
export interface FetchBudget {
  /** Takes one fetch of this URL: 0, or seconds to wait when there is none to be had. */
  readonly take: (url: string, now: number) => number
}

/** At most 60 fetches a minute from one host, and 600 from all. */
export const makeFetchBudget = (): FetchBudget => {
  const hosts = makeAttempts(HOST_FETCH_LIMIT)
  const all = makeAttempts(FETCH_LIMIT)
  return {
    take(url, now) {
      const { hostname } = new URL(url)
      const wait = Math.max(hosts.wait(hostname, now), all.wait("", now))
      if (wait > 0) return wait
      hosts.failed(hostname, now)
      all.failed("", now)
      return 0
    }
  }
}

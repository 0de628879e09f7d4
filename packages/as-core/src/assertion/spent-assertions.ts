import { makeAttempts } from "../attempts.ts"
import { ASSERTION_LIMIT, UNVOUCHED_ASSERTION_LIMIT } from "../limits.ts"
import type { Client } from "../store.ts"

/** How many assertions may be used up: each takes room until it has expired, and whoever registers can sign as many as they like. */
export interface SpentAssertions {
  /** Seconds until one more may be used up; 0 when it may now, and is counted. */
  readonly take: (client: Pick<Client, "clientId" | "origin">, now: number) => number
  /** One that was counted took no room. */
  readonly giveBack: (client: Pick<Client, "clientId" | "origin">, now: number) => void
}

/** Counts those of each configured client by themselves, and those of all others together: none is forgotten for a new one. */
export const makeSpentAssertions = (): SpentAssertions => {
  const configured = makeAttempts(ASSERTION_LIMIT)
  const others = makeAttempts(UNVOUCHED_ASSERTION_LIMIT)
  const countOf = ({ clientId, origin }: Pick<Client, "clientId" | "origin">) =>
    origin === "configured" ? ([configured, clientId] as const) : ([others, ""] as const)
  return {
    take(client, now) {
      const [count, name] = countOf(client)
      const wait = count.wait(name, now)
      if (wait === 0) count.failed(name, now)
      return wait
    },
    giveBack(client, now) {
      const [count, name] = countOf(client)
      count.withdrawn(name, now)
    }
  }
}

import * as Result from "effect/Result"
import { makeUserAgent } from "@postern/app-demo"
import { createVerifier } from "@postern/jwt-verify/promise"
import type { Ledger } from "./ledger.ts"
import { type Login, logIn } from "./login.ts"
import { APPS, RESOURCE } from "./setting.ts"

/** Does something for each of them, so many at a time. */
export const forEachOf = async <A>(
  items: ReadonlyArray<A>,
  atOnce: number,
  work: (item: A) => Promise<void>
): Promise<void> => {
  const waiting = items.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of waiting) await work(item)
    })
  )
}

/** Somebody with a browser, in which they sign in once. */
export interface Person {
  readonly username: string
  readonly password: string
}

/** Logs people in until there are so many logins: each person lets one app in after the other. */
export const logInAll = async (
  origin: string,
  facts: {
    readonly people: ReadonlyArray<Person>
    readonly logins: number
    readonly ledger: Ledger
    readonly atOnce: number
  }
): Promise<ReadonlyArray<Login>> => {
  const { atOnce, ledger, logins, people } = facts
  const made: Array<Login> = []
  await forEachOf([...people.entries()], atOnce, async ([index, person]) => {
    const browser = makeUserAgent(person)
    for (let app = 0; app < APPS && index * APPS + app < logins; app++) {
      made.push(await logIn(origin, { browser, clientId: `app-${app}`, ledger }))
    }
  })
  return made
}

/** Lets the apps refresh in turns until there were so many refreshes; the logins that are still good. */
export const refreshAll = async (
  logins: ReadonlyArray<Login>,
  facts: { readonly refreshes: number; readonly atOnce: number }
): Promise<ReadonlyArray<Login>> => {
  const over = new Set<Login>()
  let left = facts.refreshes
  while (left > 0 && over.size < logins.length) {
    const round = logins.filter((login) => !over.has(login)).slice(0, left)
    left -= round.length
    await forEachOf(round, facts.atOnce, async (login) => {
      if (!(await login.refresh())) over.add(login)
    })
  }
  return logins.filter((login) => !over.has(login))
}

/** How many of the access tokens a server of the resource would accept. */
export const countGood = async (issuer: string, logins: ReadonlyArray<Login>): Promise<number> => {
  const verifier = createVerifier({ issuer, audience: RESOURCE })
  const results = await Promise.all(logins.map((login) => verifier.verify(login.accessToken())))
  return results.filter(Result.isSuccess).length
}

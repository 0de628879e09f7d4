import type { KeyObject } from "node:crypto"
import { BrokenRule } from "../broken-rule.ts"
import {
  type Answer,
  type Browser,
  codeOf,
  makeAssertion,
  makeBrowser,
  presentAssertion,
  type Send,
  wordsOf
} from "../engine/wire.ts"
import type { Random } from "../random.ts"
import { isUnavailable, type Login, makeLogin, NoAnswer, type Step, take } from "./login.ts"

/** An assertion that was presented, and whether that was answered. */
export interface Presented {
  readonly assertion: string
  readonly answered: boolean
}

/** What was asked for in one life of a server, and what came back. */
export interface Ledger {
  readonly logins: Array<Login>
  readonly assertions: Array<Presented>
}

/** A user with a browser and a client, who keeps a server busy. */
export interface Actor {
  readonly name: string
  /** Works until it is told to stop or is not answered, and rejects when it is answered wrongly. */
  readonly work: (send: Send, ledger: Ledger, isStopped: () => boolean) => Promise<void>
}

const obtainCode = async (send: Send, browser: Browser): Promise<string> => {
  const answer = await browser.authorize(send).catch((cause: unknown) => {
    throw new NoAnswer("authorize", { cause })
  })
  if (isUnavailable(answer, ["authorize"])) throw new NoAnswer("authorize")
  if (browser.wasAskedAgain()) throw new BrokenRule("whoever has signed in is not asked again", [wordsOf(answer)])
  const code = codeOf(answer)
  if (code === undefined) throw new BrokenRule("an authorization request gets a code", [wordsOf(answer)])
  return code
}

const present = async (send: Send, ledger: Ledger, machine: KeyObject): Promise<void> => {
  const assertion = makeAssertion(machine)
  const answer: Answer = await presentAssertion(send, assertion).catch((cause: unknown) => {
    ledger.assertions.push({ assertion, answered: false })
    throw new NoAnswer("assertion", { cause })
  })
  if (isUnavailable(answer, ["assertion"])) {
    ledger.assertions.push({ assertion, answered: false })
    throw new NoAnswer("assertion")
  }
  if (answer.status !== 200) throw new BrokenRule("a new assertion is accepted", [wordsOf(answer)])
  ledger.assertions.push({ assertion, answered: true })
}

const endings = ["none", "none", "revoke", "replay code"] as const

/** The steps of a login, by chance. */
const planOf = (random: Random): ReadonlyArray<Step> => {
  const steps: Array<Step> = ["redeem"]
  for (let count = random.below(5); count > 0; count--) {
    steps.push("refresh")
    if (random.chance(0.2)) steps.push("repeat")
  }
  if (random.chance(0.2)) steps.push("revoke access token")
  const ending = random.pick(endings)
  return ending === "none" ? steps : [...steps, ending]
}

export const makeActor = (name: string, random: Random, machine: KeyObject): Actor => {
  const browser = makeBrowser(name)
  const live = async (send: Send, ledger: Ledger, isStopped: () => boolean): Promise<void> => {
    while (!isStopped()) {
      if (random.chance(0.3)) await present(send, ledger, machine)
      const login = makeLogin(await obtainCode(send, browser))
      ledger.logins.push(login)
      for (const step of planOf(random)) {
        if (isStopped()) return
        await take(send, login, step)
      }
    }
  }
  return {
    name,
    work: (send, ledger, isStopped) =>
      live(send, ledger, isStopped).catch((error: unknown) => {
        if (!(error instanceof NoAnswer)) throw error
      })
  }
}

import { BrokenRule } from "../broken-rule.ts"
import { type Answer, redeem, refresh, revoke, type Send, type Tokens, tokensOf, wordsOf } from "../engine/wire.ts"

/** What a client asks for on the way of one login. */
export type Step = "redeem" | "refresh" | "repeat" | "revoke access token" | "revoke" | "replay code"

/** One login of a client: what it was answered, and what it asked last if that was not answered. */
export interface Login {
  readonly code: string
  /** `ended`: whatever it holds is worth nothing. */
  state: "fresh" | "live" | "ended"
  tokens?: Tokens
  /** The refresh token before this one. */
  before?: string
  accessSince: number
  isAccessRevoked: boolean
  doubt?: Step
  readonly history: Array<string>
}

export const makeLogin = (code: string): Login => ({
  code,
  state: "fresh",
  accessSince: 0,
  isAccessRevoked: false,
  history: ["a code arrived"]
})

/** No answer came, or one that says that there is none: nobody knows whether it was done. */
export class NoAnswer extends Error {}

const ask = (send: Send, login: Login, step: Step): Promise<Answer> => {
  const { code, before = "", tokens = { access: "", refresh: "" } } = login
  switch (step) {
    case "redeem":
    case "replay code":
      return redeem(send, code)
    case "refresh":
      return refresh(send, tokens.refresh)
    case "repeat":
      return refresh(send, before)
    case "revoke access token":
      return revoke(send, tokens.access)
    case "revoke":
      return revoke(send, tokens.refresh)
  }
}

/** Refuses a 503 that does not say when to come back; `true` for one that does. */
export const isUnavailable = (answer: Answer, history: ReadonlyArray<string>): boolean => {
  if (answer.status !== 503) return false
  if (/^\d+$/.test(answer.headers["retry-after"] ?? "")) return true
  throw new BrokenRule("503 says when to come back", history)
}

/** Takes note of new tokens. */
export const accept = (login: Login, answer: Answer): void => {
  const tokens = tokensOf(answer)
  if (login.tokens !== undefined && login.tokens.refresh !== tokens.refresh) login.before = login.tokens.refresh
  login.tokens = tokens
  login.accessSince = Date.now()
  login.isAccessRevoked = false
  login.state = "live"
}

/** One step of a login, whose answer is the only right one; rejects with {@link NoAnswer} and leaves the step in doubt. */
export const take = async (send: Send, login: Login, step: Step): Promise<void> => {
  // What is repeated changes nothing, whether it is answered or not.
  if (step !== "repeat") login.doubt = step
  const answer = await ask(send, login, step).catch((cause: unknown) => {
    login.history.push(`${step}: no answer`)
    throw new NoAnswer(step, { cause })
  })
  login.history.push(`${step}: ${wordsOf(answer)}`)
  if (isUnavailable(answer, login.history)) throw new NoAnswer(step)
  const right = step === "replay code" ? "400 invalid_grant" : "200"
  if (wordsOf(answer) !== right) throw new BrokenRule(`${step} is answered with ${right}`, login.history)
  delete login.doubt
  switch (step) {
    case "redeem":
    case "refresh":
      return accept(login, answer)
    case "repeat": {
      if (tokensOf(answer).refresh === login.tokens?.refresh) return
      throw new BrokenRule("a refresh that is repeated gets the same answer", login.history)
    }
    case "revoke access token":
      login.isAccessRevoked = true
      return
    case "revoke":
    case "replay code":
      login.state = "ended"
  }
}

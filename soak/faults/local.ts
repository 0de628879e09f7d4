import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AuthorizationServer, Store } from "../../packages/as-core/src/index.ts"
import { BrokenRule } from "../broken-rule.ts"
import { ISSUER, type Secrets } from "../engine/names.ts"
import { makeServer } from "../engine/server.ts"
import { type Answer, codeOf, errorOf, makeBrowser, type Send, wordsOf } from "../engine/wire.ts"
import { type Login, makeLogin, NoAnswer, type Step, take } from "../kills/login.ts"

/** The engine in this process. */
export interface Local {
  readonly server: AuthorizationServer
  readonly send: Send
}

/**
 * How long a request may take of which one call of the store is not answered: the three seconds after which that call is
 * given up, and nine for a machine that has much to do.
 */
const BOUND_MILLIS = 12_000

export const makeLocal = async (store: Store, secrets: Secrets, clock?: Clock.Clock): Promise<Local> => {
  const server = await makeServer(store, secrets)
  const send: Send = async ({ form, headers = {}, path }) => {
    const init = form === undefined ? { headers } : { method: "POST", headers, body: new URLSearchParams(form) }
    const handled = server.handle(new Request(ISSUER + path, init))
    const response = await Effect.runPromise(
      clock === undefined ? handled : Effect.provideService(handled, Clock.Clock, clock)
    )
    return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() }
  }
  return { server, send }
}

/** A login up to its code, or up to its first tokens: another one where a machine that has much to do is too slow for it. */
export const makeStarted = async (send: Send, upTo: "code" | "tokens", attempts = 5): Promise<Login> => {
  const answer = await makeBrowser("alice").authorize(send)
  const code = codeOf(answer)
  if (code !== undefined) {
    const login = makeLogin(code)
    if (upTo === "code" || (await tryTo(send, login, "redeem"))) return login
  } else if (answer.status !== 503) {
    throw new BrokenRule("an authorization request gets a code", [wordsOf(answer)])
  }
  if (attempts === 0) throw new BrokenRule("a sound store answers in time", [wordsOf(answer)])
  return makeStarted(send, upTo, attempts - 1)
}

/** Refuses an answer that is not a clear 503. */
export const mustBeUnavailable = (answer: Answer, history: ReadonlyArray<string>): void => {
  const said = [answer.status, errorOf(answer), /^\d+$/.test(answer.headers["retry-after"] ?? "")]
  if (JSON.stringify(said) === JSON.stringify([503, "temporarily_unavailable", true])) return
  throw new BrokenRule("a store that does not answer is 503, temporarily_unavailable, with Retry-After", [
    ...history,
    JSON.stringify(said)
  ])
}

/** Takes a step that may be answered, or not and with a clear 503; whether it was. */
export const tryTo = async (send: Send, login: Login, step: Step): Promise<boolean> => {
  const clear: Send = async (ask) => {
    const answer = await send(ask)
    if (answer.status >= 500) mustBeUnavailable(answer, [...login.history, step])
    return answer
  }
  try {
    await take(clear, login, step)
    return true
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    if (error.cause !== undefined) throw error.cause
    return false
  }
}

/** Takes a step that has to be answered, and as is right. */
export const takeForSure = async (send: Send, login: Login, step: Step): Promise<void> => {
  if (!(await tryTo(send, login, step))) throw new BrokenRule("a store that is in time is answered for", login.history)
}

/** Takes a step that cannot be answered: it is told so in time, and is in doubt from then on. */
export const takeInVain = async (send: Send, login: Login, step: Step): Promise<void> => {
  const began = performance.now()
  const answered = await tryTo(send, login, step)
  const took = Math.round(performance.now() - began)
  if (answered) throw new BrokenRule("what cannot be done is not acknowledged", login.history)
  if (took > BOUND_MILLIS) throw new BrokenRule("a 503 comes in time", [...login.history, `${step}: ${took} ms`])
}

import { BrokenRule, mustBe } from "../broken-rule.ts"
import { introspect, isActive, presentAssertion, redeem, refresh, revoke, type Send, wordsOf } from "../engine/wire.ts"
import type { Presented } from "./actor.ts"
import { accept, type Login } from "./login.ts"

/** An access token lives for ten minutes: nothing is said of one that is about to end. */
const ACCESS_MILLIS = 500_000

const note = (login: Login, what: string, said: string): string => {
  login.history.push(`afterwards, ${what}: ${said}`)
  return said
}

/** Whether the access token is active; nothing where there is none that should be. */
const askActive = async (send: Send, login: Login): Promise<boolean | undefined> => {
  if (login.tokens === undefined || Date.now() - login.accessSince > ACCESS_MILLIS) return undefined
  const answer = await introspect(send, login.tokens.access)
  mustBe("introspection is answered", answer.status, 200, login.history)
  const active = isActive(answer)
  note(login, "the access token", active ? "active" : "not active")
  return active
}

const tryRefresh = async (send: Send, login: Login): Promise<"200" | "400 invalid_grant"> => {
  const answer = await refresh(send, login.tokens?.refresh ?? "")
  const said = note(login, "refresh", wordsOf(answer))
  if (said === "200") accept(login, answer)
  else if (said !== "400 invalid_grant") throw new BrokenRule("a refresh is done or refused", login.history)
  return said
}

const tryRedeem = async (send: Send, login: Login): Promise<"200" | "400 invalid_grant"> => {
  const answer = await redeem(send, login.code)
  const said = note(login, "redeem", wordsOf(answer))
  if (said === "200") accept(login, answer)
  else if (said !== "400 invalid_grant") throw new BrokenRule("a redemption is done or refused", login.history)
  return said
}

const mustLive = async (send: Send, login: Login): Promise<void> => {
  const active = await askActive(send, login)
  if (active !== undefined)
    mustBe("an access token that was not revoked is active", active, !login.isAccessRevoked, login.history)
  mustBe("no token is lost that somebody was given", await tryRefresh(send, login), "200", login.history)
}

const mustHaveEnded = async (send: Send, login: Login): Promise<void> => {
  login.state = "ended"
  const active = await askActive(send, login)
  if (active !== undefined) mustBe("no access token is back whose grant has ended", active, false, login.history)
  if (login.tokens !== undefined) {
    mustBe(
      "no refresh token is back whose grant has ended",
      await tryRefresh(send, login),
      "400 invalid_grant",
      login.history
    )
  }
  mustBe("no code works whose grant has ended", await tryRedeem(send, login), "400 invalid_grant", login.history)
}

/** A revocation or a replay that was not answered: the grant has ended as a whole, or lives as a whole. */
const mustBeWhole = async (send: Send, login: Login): Promise<void> => {
  const active = login.isAccessRevoked ? undefined : await askActive(send, login)
  const lives = (await tryRefresh(send, login)) === "200"
  if (active !== undefined) {
    mustBe("a grant has ended for all of its tokens or for none", active, lives, login.history)
  }
  if (lives) {
    const answer = await revoke(send, login.tokens?.refresh ?? "")
    mustBe("a revocation can be repeated", note(login, "revoke", wordsOf(answer)), "200", login.history)
  }
  await mustHaveEnded(send, login)
}

const settleDoubt = async (send: Send, login: Login): Promise<void> => {
  const { doubt } = login
  delete login.doubt
  switch (doubt) {
    case "redeem":
      // Not done: it is done now. Done, and nobody was told: this one is a replay.
      return (await tryRedeem(send, login)) === "200" ? mustLive(send, login) : mustHaveEnded(send, login)
    case "refresh":
      mustBe("a refresh that was not answered can be repeated", await tryRefresh(send, login), "200", login.history)
      return mustLive(send, login)
    case "revoke access token": {
      const answer = await revoke(send, login.tokens?.access ?? "")
      mustBe("a revocation can be repeated", note(login, doubt, wordsOf(answer)), "200", login.history)
      login.isAccessRevoked = true
      return mustLive(send, login)
    }
    case "revoke":
    case "replay code":
      return mustBeWhole(send, login)
    default:
      throw new Error(`${doubt} leaves no doubt`)
  }
}

/** Whether a login is in the one state that its answers leave, and a step in doubt done as a whole or not at all. */
export const settle = async (send: Send, login: Login, replays: boolean): Promise<void> => {
  if (login.doubt !== undefined) await settleDoubt(send, login)
  else if (login.state === "fresh") mustBe("a fresh code works", await tryRedeem(send, login), "200", login.history)
  else if (login.state === "live") await mustLive(send, login)
  else await mustHaveEnded(send, login)
  if (!replays || login.tokens === undefined) return
  mustBe("no code works twice", await tryRedeem(send, login), "400 invalid_grant", login.history)
  await mustHaveEnded(send, login)
}

/** Whether an assertion that was accepted is not accepted again; one in doubt may be, once. */
export const settleAssertion = async (send: Send, { answered, assertion }: Presented): Promise<void> => {
  const first = wordsOf(await presentAssertion(send, assertion))
  const history = [`presented, ${answered ? "accepted" : "not answered"}`, `afterwards: ${first}`]
  if (!answered && first === "200") {
    const second = wordsOf(await presentAssertion(send, assertion))
    return mustBe("no assertion works twice", second, "401 invalid_client", history)
  }
  return mustBe("no assertion works twice", first, "401 invalid_client", history)
}

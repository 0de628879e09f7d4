import type { PromiseClient } from "@postern/client-flow/promise"
import * as Result from "effect/Result"

/** What was done already for the token that is refused. */
export interface Done {
  readonly refreshed: boolean
  readonly authorized: boolean
}

/** What an SDK's provider knows of the tokens that it gave out. */
export interface Renewals {
  /** A request gets this token. */
  readonly give: (token: string | undefined) => void
  /** What was done for it, where it is one that was got by an answer and that nobody took since. */
  readonly doneFor: (refused: string | undefined) => Done | undefined
  /** Answers a challenge, and keeps what came of it; throws what ended the flow. */
  readonly answer: (
    client: PromiseClient,
    options: Omit<Parameters<PromiseClient["answer"]>[0], keyof Done>,
    /** `authorizes`: what comes of it is no refreshed token. */
    facts: { readonly done: Done | undefined; readonly authorizes: boolean }
  ) => Promise<void>
}

/**
 * Remembers the token that the last answer brought. One that is refused at its first use is not refreshed again: next is an
 * authorization, and then `TokenRefused`, until another token is held. An SDK does not say that a token was taken: one that
 * was given out more often than `firstUses` without a refusal was.
 */
export const makeRenewals = (firstUses: number): Renewals => {
  let renewed: string | undefined
  let done: Done = NOTHING
  let uses = 0
  return {
    give: (token) => {
      if (token === renewed) uses++
    },
    doneFor: (refused) => (refused !== undefined && refused === renewed && uses <= firstUses ? done : undefined),
    answer: async (client, options, facts) => {
      const before = facts.done ?? NOTHING
      const answered = await client.answer({ ...options, ...before })
      const token = Result.isSuccess(answered) ? answered.success : renewed
      // Who was refused at the same time finds the same token.
      if (token !== renewed) {
        renewed = token
        // By a refresh or by an authorization: only what may not be refreshed is known.
        done = { refreshed: true, authorized: facts.authorizes || before.refreshed }
        uses = 0
      } else if (facts.done !== undefined) uses = 0
      Result.getOrThrow(answered)
    }
  }
}

const NOTHING: Done = { refreshed: false, authorized: false }

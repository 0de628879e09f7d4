import type { Prompt } from "@postern/messages"
import * as Result from "effect/Result"
import { InteractionRequired } from "../../rejections.ts"

/** What the request wants shown (OpenID Connect Core section 3.1.2.1). */
export interface PromptPlan {
  /** The user must sign in, again perhaps. */
  readonly signIn: boolean
  /** The user must be asked, whatever they allowed before. */
  readonly ask: boolean
  /** No page may be shown: what would need one is an error. */
  readonly silent: boolean
}

/** Reads what the request wants shown; `none` without anybody signed in ends here (OpenID Connect Core section 3.1.2.6). */
export const decidePrompt = (
  prompt: ReadonlyArray<Prompt>,
  facts: { readonly signedIn: boolean }
): Result.Result<PromptPlan, InteractionRequired> => {
  const silent = prompt.includes("none")
  if (silent && !facts.signedIn) return Result.fail(new InteractionRequired({ reason: "login_required" }))
  return Result.succeed({
    signIn: !facts.signedIn || prompt.includes("login") || prompt.includes("select_account"),
    ask: prompt.includes("consent"),
    silent
  })
}

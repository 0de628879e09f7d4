import type { Prompt } from "@postern/messages"
import * as Result from "effect/Result"
import { InteractionRequired } from "../../rejections.ts"

/**
 * Whether the user must sign in (again). There is always a page to show, the consent page at least, so `prompt=none` always
 * ends in an error (OpenID Connect Core section 3.1.2.6).
 */
export const decidePrompt = (
  prompt: ReadonlyArray<Prompt>,
  facts: { readonly signedIn: boolean }
): Result.Result<{ readonly signIn: boolean }, InteractionRequired> =>
  prompt.includes("none")
    ? Result.fail(new InteractionRequired({ reason: facts.signedIn ? "consent_required" : "login_required" }))
    : Result.succeed({ signIn: !facts.signedIn || prompt.includes("login") || prompt.includes("select_account") })

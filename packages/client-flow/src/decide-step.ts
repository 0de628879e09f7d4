import type { BearerChallenge } from "@postern/challenge-parser"
import type { ScopeSet } from "@postern/scope"
import { challengedScope } from "./choose-scope.ts"
import type { ProofRefused } from "./rejections/index.ts"

/** What follows an answer of the resource. */
export type Step =
  /** The answer is the caller's. */
  | { readonly _tag: "Return" }
  /** Get a token: by a refresh where one is allowed, else by an authorization where one is. */
  | { readonly _tag: "Renew"; readonly mayRefresh: boolean; readonly mayAuthorize: boolean }
  /** Get a token with more scope, by an authorization. */
  | { readonly _tag: "StepUp"; readonly demanded: ScopeSet }
  /** The resource refuses what was just issued for it. */
  | { readonly _tag: "Stop" }
  /** The resource refuses the proof: another token would come with one like it. */
  | { readonly _tag: "ProofRefused"; readonly error: ProofRefused["error"] }

/**
 * Decides what follows an answer. 401: one refresh and one authorization per call, then stop; where the proof is at fault,
 * stop at once. 403: only with
 * the scope that is demanded, and `insufficient_scope` or no error (MCP Authorization, Runtime Insufficient Scope Errors; the
 * error is a SHOULD there, and a scope that is named says the same). Anything else, a challenge in a 200 or 407 included, is
 * the caller's.
 */
export const decideStep = (facts: {
  readonly status: number
  readonly challenge: BearerChallenge | undefined
  readonly sentToken: boolean
  readonly refreshed: boolean
  readonly authorized: boolean
}): Step => {
  const { authorized, challenge, refreshed, sentToken, status } = facts
  if (status === 401) {
    const error = challenge?.error
    if (sentToken && (error === "invalid_dpop_proof" || error === "use_dpop_nonce")) {
      return { _tag: "ProofRefused", error }
    }
    if (refreshed && authorized) return { _tag: "Stop" }
    if (!sentToken && authorized) return { _tag: "Stop" }
    return { _tag: "Renew", mayRefresh: !refreshed, mayAuthorize: !authorized }
  }
  if (status === 403 && challenge && (challenge.error ?? "insufficient_scope") === "insufficient_scope") {
    const demanded = challengedScope(challenge.scope)
    if (demanded) return { _tag: "StepUp", demanded }
  }
  return { _tag: "Return" }
}

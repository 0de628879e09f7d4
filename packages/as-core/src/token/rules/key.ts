import { ProofMissing } from "@postern/dpop"
import * as Result from "effect/Result"
import { GrantInvalid } from "../../rejections.ts"

/** What is bound to a key counts only with a proof of that key (RFC 9449 sections 5 and 10). Both are thumbprints. */
export const checkKey = (facts: {
  readonly bound: string | undefined
  readonly proven: string | undefined
}): Result.Result<void, GrantInvalid | ProofMissing> => {
  const { bound, proven } = facts
  if (bound === undefined || bound === proven) return Result.void
  return Result.fail(proven === undefined ? new ProofMissing() : new GrantInvalid({ reason: "key" }))
}

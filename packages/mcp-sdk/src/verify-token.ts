import { isRejection } from "@postern/rejection"
import type { Access, TokenVerifier } from "@postern/resource-server"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"

type Verified = Access["token"]

/** A verifier of either face. */
export interface AnyVerifier {
  /** The token as it came, checked in full; by an Effect or a Promise. */
  readonly verify: (token: string) => ReturnType<TokenVerifier["verify"]> | Promise<Result.Result<Verified, unknown>>
  /** The same verdict without waiting; `undefined`: ask `verify`. */
  readonly recall?: TokenVerifier["recall"]
}

/** The verdict on a token: its facts, `refused` for one that is wrong, `unavailable` where it could not be checked. */
export const verifyToken = async (
  verifier: AnyVerifier,
  token: string
): Promise<Verified | "refused" | "unavailable"> => {
  const result = verifier.recall?.(token, Date.now()) ?? (await settle(verifier.verify(token)))
  if (Result.isSuccess(result)) return result.success
  return isRejection(result.failure) ? "refused" : "unavailable"
}

const settle = (verified: ReturnType<AnyVerifier["verify"]>): Promise<Result.Result<Verified, unknown>> =>
  Effect.isEffect(verified) ? Effect.runPromise(Effect.result(verified)) : verified

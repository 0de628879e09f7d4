import * as Effect from "effect/Effect"
import { chainChecks } from "./chain-checks.ts"
import { clientChecks } from "./client-checks.ts"
import { interactionChecks } from "./interaction-checks.ts"
import { keepingChecks } from "./keeping-checks.ts"
import { rememberChecks } from "./remember-checks.ts"
import { sessionChecks } from "./session-checks.ts"
import { singleUseChecks } from "./single-use-checks.ts"
import { code, refreshToken } from "./single-use.ts"
import type { OpenedStore, StoreCheck } from "./store-check.ts"

/** Everything that a store must do, each on an empty store. */
export const storeChecks: ReadonlyArray<StoreCheck> = [
  ...clientChecks,
  ...sessionChecks,
  ...interactionChecks,
  ...singleUseChecks(code),
  ...singleUseChecks(refreshToken),
  ...chainChecks,
  ...rememberChecks,
  ...keepingChecks
]

/** Runs one check on a store of its own: what the store did wrong, one sentence each; none means that it holds. */
export const runCheck = async (check: StoreCheck, open: () => Promise<OpenedStore>): Promise<ReadonlyArray<string>> => {
  const opened = await open()
  try {
    return await Effect.runPromise(
      check.run(opened).pipe(Effect.catchTag("StoreFailed", (error) => Effect.succeed([error.message])))
    )
  } finally {
    await opened.close()
  }
}

import * as Effect from "effect/Effect"
import { allowanceChecks } from "./allowance-checks.ts"
import { clientChecks } from "./client-checks.ts"
import { codeChecks } from "./code-checks.ts"
import { consentChecks } from "./consent-checks.ts"
import { grantChecks } from "./grant-checks.ts"
import { interactionChecks } from "./interaction-checks.ts"
import { keepingChecks } from "./keeping-checks.ts"
import { keyRingChecks } from "./key-ring-checks.ts"
import { registrationChecks } from "./registration-checks.ts"
import { rememberChecks } from "./remember-checks.ts"
import { replayWindowChecks } from "./replay-window-checks.ts"
import { rotationChecks } from "./rotation-checks.ts"
import { sessionChecks } from "./session-checks.ts"
import type { OpenedStore, StoreCheck } from "./store-check.ts"

/** Everything that a store must do, each on an empty store. */
export const storeChecks: ReadonlyArray<StoreCheck> = [
  ...clientChecks,
  ...registrationChecks,
  ...sessionChecks,
  ...interactionChecks,
  ...consentChecks,
  ...allowanceChecks,
  ...codeChecks,
  ...grantChecks,
  ...rotationChecks,
  ...replayWindowChecks,
  ...rememberChecks,
  ...keyRingChecks,
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

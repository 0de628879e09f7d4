// The pages of the authorization server, as a browser takes them.
import type { Checks } from "../checks.ts"
import { goBack, pressTwice } from "./again.ts"
import { decisions } from "./decisions.ts"
import { errors } from "./errors.ts"
import { frames } from "./frames.ts"
import { hostileNames } from "./hostile-names.ts"
import { login } from "./login.ts"
import { policy } from "./policy.ts"
import { withStage } from "./stage.ts"

/** Looks at all of them. */
export const checkPages = (checks: Checks, screenshots: string | undefined): Promise<void> =>
  withStage(checks, screenshots, async (stage) => {
    for (const look of [hostileNames, policy, login, goBack, pressTwice, decisions, frames, errors]) await look(stage)
  })

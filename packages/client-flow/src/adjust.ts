import * as Effect from "effect/Effect"
import type { Seams } from "./adjustment.ts"
import type { CommonSettings } from "./common-settings.ts"

/**
 * A value at one seam, changed by the exceptions of this issuer, in the order in which they were named. Each that changed
 * it is told.
 */
export const adjust = <A>(
  settings: Pick<CommonSettings, "emit" | "relax">,
  issuer: string,
  value: A,
  change: (seams: Seams, value: A) => A | undefined
): Effect.Effect<A> =>
  Effect.gen(function* () {
    let current = value
    for (const { allow, reason } of settings.relax.adjustments(issuer)) {
      const next = change(allow.seams, current) ?? current
      if (next !== current) yield* settings.emit({ _tag: "ExceptionUsed", issuer, allow: allow.name, reason })
      current = next
    }
    return current
  })

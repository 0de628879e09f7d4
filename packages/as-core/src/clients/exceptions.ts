import * as Effect from "effect/Effect"
import type { Settings } from "../settings.ts"
import type { Tell } from "../tell.ts"

/** Whether an exception is configured for a client. */
export const isExcepted = (
  { relax }: Pick<Settings, "relax">,
  clientId: string,
  allow: Settings["relax"][number]["allow"]
): boolean => relax.some((exception) => exception.client === clientId && exception.allow === allow)

/** Tells each exception that is configured, so that none is forgotten. */
export const tellExceptions = (
  { privateUseSchemes, relax }: Pick<Settings, "privateUseSchemes" | "relax">,
  tell: Tell
): Effect.Effect<void> =>
  Effect.forEach(
    [
      ...relax.map(({ allow, client, reason }) => ({ clientId: client, detail: `${allow}: ${reason}` })),
      ...privateUseSchemes.map((scheme) => ({ detail: `private-use redirect scheme ${scheme}` }))
    ],
    (exception) => tell({ event: "exception-in-use", ...exception }),
    { discard: true }
  )

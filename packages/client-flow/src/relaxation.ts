import { Adjustment } from "./adjustment.ts"
import type { Exception, Relaxation } from "./options.ts"

/** An exception for one issuer that is a name, or one that takes part in its exchanges. */
interface Of<Kind> extends Relaxation {
  readonly allow: Kind & Relaxation["allow"]
}

/** An exception that is a name. */
export type NamedRelaxation = Of<Exception>

/** The named exceptions of one client, looked up by issuer, byte for byte. */
export interface Relaxations {
  readonly find: (issuer: string, allow: Exception) => NamedRelaxation | undefined
  /** Whether any issuer has this exception. */
  readonly any: (allow: Exception) => boolean
  /** Those that take part in the exchanges of this issuer, in the order in which they were named. */
  readonly adjustments: (issuer: string) => ReadonlyArray<Of<Adjustment>>
}

/** Makes the lookup. */
export const relaxations = (list: ReadonlyArray<Relaxation>): Relaxations => ({
  find: (issuer, allow) =>
    list.find((named): named is NamedRelaxation => named.allow === allow && named.issuer === issuer),
  any: (allow) => list.some((named) => named.allow === allow),
  adjustments: (issuer) =>
    list.filter((named): named is Of<Adjustment> => named.allow instanceof Adjustment && named.issuer === issuer)
})

import type { Exception, Relaxation } from "./options.ts"

/** The named exceptions of one client, looked up by issuer, byte for byte. */
export interface Relaxations {
  readonly find: (issuer: string, allow: Exception) => Relaxation | undefined
  /** Whether any issuer has this exception. */
  readonly any: (allow: Exception) => boolean
}

/** Makes the lookup. */
export const relaxations = (list: ReadonlyArray<Relaxation>): Relaxations => ({
  find: (issuer, allow) => list.find((named) => named.allow === allow && named.issuer === issuer),
  any: (allow) => list.some((named) => named.allow === allow)
})

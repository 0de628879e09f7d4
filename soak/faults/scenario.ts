import type { Fault } from "../stores/faulty.ts"
import type { Kind } from "../stores/ground.ts"

/** One way in which the world goes wrong. */
export interface Scenario {
  readonly name: string
  /** Throws `BrokenRule`; otherwise says what was seen. */
  readonly run: (kind: Kind, options: { readonly seed: number; readonly fault?: Fault }) => Promise<string>
}

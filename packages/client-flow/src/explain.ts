import { type Failure, isFailure, isRejection, type Rejection } from "@postern/rejection"
import { differenceOf } from "./differences.ts"
import { EXPLANATIONS, type Layer, type Row } from "./explanations.ts"
import type { FlowError } from "./flow-error.ts"

/** Whose fault an error is, what it breaks, and what fixes it. */
export interface Explanation {
  readonly layer: Layer
  /** The clause that was broken; a failure breaks none. */
  readonly clause: string | undefined
  /** What to do. */
  readonly remedy: string
  /** What should have been, where two values differ. */
  readonly expected?: string | undefined
  /** What was there instead; `undefined` beside `expected`: nothing. */
  readonly received?: string | undefined
}

/**
 * Says whose fault it is that a flow ended, by which clause, which two values differ, and what fixes it. Total: an error without a
 * row does not compile. For anything else that was thrown or caught there is no explanation.
 */
export function explain(error: FlowError): Explanation
export function explain(error: unknown): Explanation | undefined
export function explain(error: unknown): Explanation | undefined {
  if ((!isRejection(error) && !isFailure(error)) || !isTag(error._tag)) return undefined
  const { layer, remedy } = rowOf(error._tag, error)
  const clause = error.kind === "rejection" ? error.spec : undefined
  return { layer, clause, remedy, ...differenceOf(error) }
}

const isTag = (tag: string): tag is keyof typeof EXPLANATIONS => Object.hasOwn(EXPLANATIONS, tag)

const rowOf = (tag: keyof typeof EXPLANATIONS, error: Failure | Rejection): Row => {
  const row = EXPLANATIONS[tag]
  // The tag says which error it is; the compiler does not follow it from the table to the error.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return typeof row === "function" ? row(error as never) : row
}

import type * as Cause from "effect/Cause"
import * as Data from "effect/Data"

/** The world is wrong: network, disk or store. Retried by the caller or answered 5xx; `cause` says why. */
export interface Failure extends Cause.YieldableError {
  readonly _tag: string
  readonly kind: "failure"
  readonly cause?: unknown
}

/** The constructor that {@link Failure} returns, to be extended by one class per fact. */
export type FailureClass<Tag extends string> = new <Fields extends Record<string, unknown> = {}>(
  fields: { readonly [K in keyof Fields]: Fields[K] } & { readonly cause?: unknown }
) => Cause.YieldableError & {
  readonly _tag: Tag
  readonly kind: "failure"
  readonly cause?: unknown
} & Readonly<Fields>

/**
 * Makes the base class of a failure.
 *
 * ```ts
 * class StoreFailed extends Failure("StoreFailed")<{ readonly operation: string }> {}
 * ```
 */
export const Failure = <const Tag extends string>(tag: Tag): FailureClass<Tag> => {
  class Base extends Data.TaggedError(tag)<{}> {}
  Object.defineProperty(Base.prototype, "kind", { value: "failure", enumerable: true })
  // What was defined on the prototype is beyond what the compiler can see.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Base as unknown as FailureClass<Tag>
}

/** Whether a value is a {@link Failure}, from whichever copy of this package it came. */
export const isFailure = (value: unknown): value is Failure =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "failure"

import type * as Cause from "effect/Cause"
import * as Data from "effect/Data"

/**
 * The peer is wrong: what it sent breaks a rule. Every rejection names the clause that it enforces as data
 * (`spec`), and its fields never hold a token, a code, a verifier or a secret.
 */
export interface Rejection extends Cause.YieldableError {
  readonly _tag: string
  readonly kind: "rejection"
  /** The clause that was broken, for example `"RFC 9207 section 2.4"`. */
  readonly spec: string
}

/** The constructor that {@link Rejection} returns, to be extended by one class per fact. */
export type RejectionClass<Tag extends string> = new <Fields extends Record<string, unknown> = {}>(
  fields: keyof Fields extends never ? void : { readonly [K in keyof Fields]: Fields[K] }
) => Cause.YieldableError & { readonly _tag: Tag; readonly kind: "rejection"; readonly spec: string } & Readonly<Fields>

/**
 * Makes the base class of a rejection. `spec` is its clause; a field of the same name, given per instance, wins (for a
 * rule that stands in several documents).
 *
 * ```ts
 * class CodeExpired extends Rejection("CodeExpired", "RFC 6749 section 4.1.2")<{ readonly expiredAt: number }> {
 *   override get message() { return "the authorization code has expired" }
 * }
 * ```
 */
export const Rejection = <const Tag extends string>(tag: Tag, spec: string): RejectionClass<Tag> => {
  class Base extends Data.TaggedError(tag)<{}> {}
  // On the prototype, so that fields assigned by the constructor win over them.
  Object.defineProperty(Base.prototype, "kind", { value: "rejection", enumerable: true })
  Object.defineProperty(Base.prototype, "spec", { value: spec, enumerable: true, writable: true })
  // What was defined on the prototype is beyond what the compiler can see.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Base as unknown as RejectionClass<Tag>
}

/** Whether a value is a {@link Rejection}, from whichever copy of this package it came. */
export const isRejection = (value: unknown): value is Rejection =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "rejection"

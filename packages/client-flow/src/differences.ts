import type { Failure, Rejection } from "@postern/rejection"
import type { FlowError } from "./flow-error.ts"

/** Two values that should have been the same. */
export interface Difference {
  readonly expected?: string | undefined
  readonly received?: string | undefined
}

/** Errors whose two values have other names than `expected` and `received`. */
const NAMED_OTHERWISE: {
  readonly [Tag in FlowError["_tag"]]?: (
    error: Extract<FlowError, { readonly _tag: Tag }>
  ) => readonly [unknown, unknown]
} = {
  DpopUnsupported: ({ algorithm, supported }) => [algorithm, supported],
  EndpointForbidden: ({ issuer, origin }) => [URL.parse(issuer)?.origin, origin],
  PkceUnsupported: ({ methods }) => ["S256", methods],
  RequestOutsideResource: ({ origin, path, resource }) => [resource, `${origin}${path}`]
}

/** The two values of an error in which two differ; of any other, nothing. */
export const differenceOf = (error: Failure | Rejection): Difference => {
  const pair = pairOf(error)
  return pair === undefined || text(pair[0]) === undefined ? {} : { expected: text(pair[0]), received: text(pair[1]) }
}

const pairOf = (error: Failure | Rejection): readonly [unknown, unknown] | undefined => {
  if (hasPair(error)) return [error.expected, error.received]
  if (!isNamedOtherwise(error._tag)) return undefined
  // The tag says which error it is; the compiler does not follow it from the table to the error.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return NAMED_OTHERWISE[error._tag]?.(error as never)
}

const hasPair = (error: object): error is { readonly expected: unknown; readonly received: unknown } =>
  "expected" in error && "received" in error

const isNamedOtherwise = (tag: string): tag is keyof typeof NAMED_OTHERWISE => Object.hasOwn(NAMED_OTHERWISE, tag)

const text = (value: unknown): string | undefined =>
  typeof value === "string" ? value : Array.isArray(value) ? value.join(" ") : undefined

import { MAXIMUM_DESCRIPTION_LENGTH } from "./limits.ts"

interface Tagged {
  readonly _tag: string
}

/** One row per rejection: what the peer sees of it. A rejection without a row does not compile. */
export type WireTable<R extends Tagged, Row> = {
  readonly [Tag in R["_tag"]]: (rejection: Extract<R, { readonly _tag: Tag }>) => Row
}

/** The status for each reason of `BodyRefused` (RFC 9110 section 15.5). */
export const BODY_STATUS = { "media-type": 415, "too-large": 413, unreadable: 400, "too-slow": 408 } as const

/** The row of a rejection. */
export const rowOf = <R extends Tagged, Row>(table: WireTable<R, Row>, rejection: R): Row => {
  // The table has, under each tag, the function for the rejections of that tag: the compiler cannot follow the pair.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const row = table[rejection._tag as R["_tag"]] as (rejection: R) => Row
  return row(rejection)
}

/** A sentence as `error_description`: what the grammar does not allow is left out (RFC 6749 section 5.2). */
export const describe = ({ message }: { readonly message: string }): string =>
  message.slice(0, MAXIMUM_DESCRIPTION_LENGTH).replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "")

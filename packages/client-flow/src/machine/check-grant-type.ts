import * as Result from "effect/Result"
import type { GrantCheck } from "../accept-server-metadata.ts"
import type { GrantType } from "../grant-type.ts"
import { GrantUnsupported } from "../rejections/index.ts"

/**
 * What a grant without a browser wants of a server: that it does not leave the grant out of its list. No PKCE, since there is
 * no code. One that has no list is asked: the extensions do not want the list of it (MCP SEP-1046).
 */
export const checkGrantType =
  (grant: GrantType): GrantCheck =>
  ({ document: { grant_types_supported: received }, issuer }) =>
    received?.includes(grant) === false
      ? Result.fail(new GrantUnsupported({ issuer, grant, member: "grant_types_supported", expected: grant, received }))
      : Result.succeed([])

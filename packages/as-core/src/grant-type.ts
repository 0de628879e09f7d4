import * as Result from "effect/Result"
import { GrantTypeForbidden } from "./rejections.ts"
import type { Client } from "./store.ts"

/** The client is registered for the grant type (RFC 7591 section 2). */
export const checkGrantType = (
  client: Pick<Client, "grantTypes">,
  grantType: Client["grantTypes"][number]
): Result.Result<void, GrantTypeForbidden> =>
  client.grantTypes.includes(grantType) ? Result.void : Result.fail(new GrantTypeForbidden())

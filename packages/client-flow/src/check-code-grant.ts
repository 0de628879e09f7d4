import { checkPkce } from "@postern/metadata"
import * as Result from "effect/Result"
import type { GrantCheck } from "./accept-server-metadata.ts"
import { GrantUnsupported } from "./rejections.ts"

/** What the code grant wants of a server: that it offers it, and lists S256 (MCP Authorization, Authorization Code Protection). */
export const checkCodeGrant: GrantCheck = ({ document, issuer, relax }) =>
  Result.gen(function* () {
    const silent = document.code_challenge_methods_supported === undefined
    const trusted = silent ? relax.find(issuer, "pkce-metadata-absent") : undefined
    if (!trusted) yield* checkPkce(document)

    const unsupported = (member: GrantUnsupported["member"]) =>
      Result.fail(new GrantUnsupported({ issuer, grant: "authorization_code", member }))
    if (!document.response_types_supported.includes("code")) return yield* unsupported("response_types_supported")
    // Absent means that the grant is there (RFC 8414 section 2).
    if (document.grant_types_supported?.includes("authorization_code") === false) {
      return yield* unsupported("grant_types_supported")
    }
    if (document.authorization_endpoint === undefined) return yield* unsupported("authorization_endpoint")
    return trusted ? [trusted] : []
  })

import { checkPkce } from "@postern/metadata"
import * as Result from "effect/Result"
import type { GrantCheck } from "./accept-server-metadata.ts"
import { GrantUnsupported } from "./rejections/index.ts"

/** What the code grant wants of a server: that it offers it, and lists S256 (MCP Authorization, Authorization Code Protection). */
export const checkCodeGrant: GrantCheck = ({ document, issuer, relax }) =>
  Result.gen(function* () {
    const silent = document.code_challenge_methods_supported === undefined
    const trusted = silent ? relax.find(issuer, "pkce-metadata-absent") : undefined
    if (!trusted) yield* checkPkce(document)

    const grant = "authorization_code"
    const { grant_types_supported: grants, response_types_supported: responses } = document
    const unsupported = (difference: Pick<GrantUnsupported, "member" | "expected" | "received">) =>
      Result.fail(new GrantUnsupported({ issuer, grant, ...difference }))
    if (!responses.includes("code")) {
      return yield* unsupported({ member: "response_types_supported", expected: "code", received: responses })
    }
    // Absent means that the grant is there (RFC 8414 section 2).
    if (grants?.includes(grant) === false) {
      return yield* unsupported({ member: "grant_types_supported", expected: grant, received: grants })
    }
    if (document.authorization_endpoint === undefined) return yield* Result.fail(endpointMissing(issuer))
    return trusted ? [trusted] : []
  })

/** The server has no place to send a person to. */
export const endpointMissing = (issuer: string): GrantUnsupported =>
  new GrantUnsupported({
    issuer,
    grant: "authorization_code",
    member: "authorization_endpoint",
    expected: "an absolute URL",
    received: undefined
  })

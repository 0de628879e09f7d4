import type { TokenRequestParameters } from "@postern/messages"

/** How a token is asked for (OAuth 2.1 section 3.2.2). */
export type GrantType = TokenRequestParameters["grantType"]

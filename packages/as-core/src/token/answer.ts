import { formatTokenResponse, type IssuedTokens } from "@postern/messages"
import type { ScopeSet } from "@postern/scope"

/** What a client is given (OAuth 2.1 section 3.2.3). */
export interface Issued extends IssuedTokens {
  readonly expiresIn: number
  /** Always named, whatever was asked for. */
  readonly scope: ScopeSet
}

/** The body of a token response: made once, so that an answer that is given again is the same to the byte. */
export const formatAnswer = (issued: Issued): string => JSON.stringify(formatTokenResponse(issued))

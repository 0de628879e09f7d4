import type { CodeChallenge } from "@postern/pkce"
import type { AccessFacts, TestClient } from "./personality.ts"

/** What a user agreed to. */
export interface Grant extends AccessFacts {
  readonly refreshable: boolean
}

/** A code that was not used yet. */
export interface Code {
  readonly grant: Grant
  readonly redirectUri: string | undefined
  readonly challenge: CodeChallenge
}

/** Everything that an authorization server remembers. */
export interface State {
  readonly clients: Map<string, TestClient>
  readonly codes: Map<string, Code>
  readonly refreshTokens: Map<string, Grant>
  readonly accessTokens: Map<string, { readonly grant: Grant; readonly expiresAt: number }>
}

/** A text that nobody can guess. */
export const newSecret = (kind: string): string => `${kind}-${crypto.randomUUID()}`

import type { ProofKey } from "@postern/dpop"
import type { CodeVerifier } from "@postern/pkce"
import type { AcceptedServer } from "./accept-server-metadata.ts"
import type { ClientCredentials } from "./choose-client-authentication.ts"

/**
 * What is written down before the user is sent away, and alone used when they return: whatever a server publishes in the
 * meantime changes nothing (MCP Authorization, Authorization Response Validation).
 */
export interface FlowRecord extends Pick<
  AcceptedServer,
  "issuer" | "documentIssuer" | "promisesIssuer" | "tokenEndpoint"
> {
  /** What `iss` of the answer is compared with. */
  readonly callbackIssuer: string
  readonly resource: string
  /** The `resource` that is sent. */
  readonly audience: string
  /** Where the token endpoint was read. */
  readonly metadataUrl: string
  readonly client: ClientCredentials
  readonly redirectUri: string
  readonly scope: ReadonlyArray<string>
  readonly state: string
  readonly verifier: CodeVerifier
  /** What the code and the tokens are bound to. */
  readonly proofKey: ProofKey | undefined
}

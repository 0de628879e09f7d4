import type { ProofVerifier } from "@postern/dpop"
import type * as Effect from "effect/Effect"
import type { RemoteKeys } from "./assertion/remote-keys.ts"
import type { SpentAssertions } from "./assertion/spent-assertions.ts"
import type { Attempts } from "./attempts.ts"
import type { ClientFinder } from "./clients/find.ts"
import type { LogoFinder } from "./clients/logo.ts"
import type { Directory } from "./directory.ts"
import type { Pages } from "./pages.ts"
import type { Presses } from "./interaction/presses.ts"
import type { Rates } from "./rates.ts"
import type { Settings } from "./settings.ts"
import type { Signer } from "./signer.ts"
import type { Store, StoreFailed } from "./store.ts"
import type { Tell } from "./tell.ts"
import type { TokenReader } from "./token-reader.ts"

/** Everything that an operation may use: what was configured, and the ports that gather, mint and commit. */
export interface Engine {
  readonly settings: Settings
  readonly store: Store
  readonly people: Directory
  readonly pages: Pages
  readonly signer: Signer
  readonly readToken: TokenReader
  /** Whether an access token was revoked, by its `jti`. */
  readonly isRevoked: (tokenId: string) => Effect.Effect<boolean, StoreFailed>
  readonly clients: ClientFinder
  readonly logos: LogoFinder
  /** Checks proofs of a key; absent where DPoP is not served. */
  readonly proofs: ProofVerifier | undefined
  /** Key sets of clients; absent where nothing may be fetched. */
  readonly remoteKeys: RemoteKeys | undefined
  /** How many assertions of clients may be used up. */
  readonly spentAssertions: SpentAssertions
  /** Failed attempts to sign in, by the name's hash. */
  readonly signIns: Attempts
  /** Forms that were posted a moment ago. */
  readonly presses: Presses
  /** Failed attempts to redeem, by the code's hash. */
  readonly redemptions: Attempts
  /** Clients that registered themselves lately. */
  readonly registrations: Attempts
  /** Wrong secrets, by `client_id`: of clients that are known and of those that are not. */
  readonly guesses: { readonly known: Attempts; readonly unknown: Attempts }
  /** What clients and accounts may ask for in a minute. */
  readonly rates: Rates
  readonly tell: Tell
}

import type { ScopeSet } from "@postern/scope"
import type * as Effect from "effect/Effect"
import type { Discovery } from "./discover.ts"
import type { FlowError } from "./flow-error.ts"
import type { StoredCredentials } from "./store.ts"

/** What a token is wanted for. */
export interface GrantFacts {
  readonly discovery: Discovery
  /** The scope that the resource demands. */
  readonly challenged: ScopeSet | undefined
  /** Everything that was asked for or granted before, at this server for this resource; `undefined`: nothing was. */
  readonly earlier: ReadonlyArray<string> | undefined
}

/** How tokens are come by. */
export interface Grant {
  /** Gets credentials and keeps them. */
  readonly obtain: (facts: GrantFacts) => Effect.Effect<StoredCredentials, FlowError>
  /** Whether that asks nobody: a token that ends is then replaced in the same way, without a refresh token. */
  readonly silent: boolean
}

import type * as Effect from "effect/Effect"
import type { GrantCheck } from "./accept-server-metadata.ts"
import type { FlowEvent } from "./events.ts"
import type { Nonces } from "./nonces.ts"
import type { ClientKey, CommonOptions, PreRegistration, SharedResources } from "./options.ts"
import type { CredentialStore } from "./store.ts"
import type { Relaxations } from "./relaxation.ts"

/** What every client works with. */
export interface CommonSettings extends Pick<
  CommonOptions,
  "transport" | "store" | "dpop" | "chooseAuthorizationServer"
> {
  readonly account: string
  /** Runs an effect while nobody else works on the credentials of a login, as far as the store can see to that. */
  readonly exclusively: NonNullable<CredentialStore["exclusively"]>
  readonly sharedResources: ReadonlyArray<SharedResources>
  readonly resourceFetch: typeof globalThis.fetch
  readonly registrations: ReadonlyArray<PreRegistration>
  readonly documentUrl: string | undefined
  readonly documentKey: ClientKey | undefined
  readonly extraScope: ReadonlyArray<string>
  readonly relax: Relaxations
  readonly maximumAuthorizations: number
  /** What its grant wants of a server. */
  readonly checkGrant: GrantCheck
  readonly nonces: Nonces
  readonly emit: (event: FlowEvent) => Effect.Effect<void>
}

import { parseIssuer, parseSecureUrl } from "@postern/uri"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { checkClient, checkCommonOptions, checkNames, COMMON_OPTIONS, invalid, named } from "../check-options.ts"
import type { GrantType } from "../grant-type.ts"
import type { ConfigurationInvalid } from "../rejections/index.ts"
import type { CommonSettings } from "../common-settings.ts"
import { checkGrantType } from "./check-grant-type.ts"
import type {
  AssertionFacts,
  EnterpriseGrant,
  IdentityProvider,
  MachineClientOptions,
  MachineGrant,
  MachineScope,
  WorkloadGrant
} from "./options.ts"
import { AssertionUnavailable } from "./rejections.ts"

/** The options of a client without a browser, checked. */
export interface MachineSettings extends CommonSettings {
  readonly grant: MachineGrant
  readonly stepUp: boolean
}

/** The grant type at the authorization server. */
export const grantTypeOf = ({ type }: MachineGrant): GrantType =>
  type === "client_credentials" ? type : "urn:ietf:params:oauth:grant-type:jwt-bearer"

/** Checks the options; the first thing that is wrong is named by its key. */
export const checkMachineOptions = (
  options: MachineClientOptions
): Result.Result<MachineSettings, ConfigurationInvalid> =>
  Result.gen(function* () {
    yield* checkNames("", options, OPTIONS)
    yield* checkNames("scope.", options.scope ?? {}, SCOPE_OPTIONS)
    const { grant, registrations } = options
    yield* checkGrant(grant)
    if (registrations.length === 0) return yield* invalid("registrations", "must name a server at least")
    for (const [index, { clientKey, clientSecret }] of registrations.entries()) {
      // OAuth 2.1 section 4.2; draft-ietf-oauth-identity-assertion-authz-grant section 8.1. A workload's JWT says who it is.
      if (grant.type !== "workload" && clientKey === undefined && clientSecret === undefined) {
        return yield* invalid(
          `registrations[${index}]`,
          "must have a secret or a key: this grant is not for public clients"
        )
      }
    }
    return {
      ...(yield* checkCommonOptions(options)),
      checkGrant: checkGrantType(grantTypeOf(grant)),
      documentUrl: undefined,
      documentKey: undefined,
      // Nobody is asked, so that there is nothing to spare.
      sharedResources: [],
      stepUp: options.scope?.stepUp ?? true,
      grant
    }
  })

const OPTIONS: Readonly<Record<keyof MachineClientOptions, true>> = { ...COMMON_OPTIONS, grant: true, scope: true }

const SCOPE_OPTIONS: Readonly<Record<keyof MachineScope, true>> = { extra: true, stepUp: true }

const GRANT_OPTIONS: Readonly<Record<MachineGrant["type"], object>> = {
  client_credentials: { type: true },
  workload: { type: true, assertion: true } satisfies Record<keyof WorkloadGrant, true>,
  enterprise: { type: true, identityProvider: true, subjectToken: true } satisfies Record<keyof EnterpriseGrant, true>
}

const PROVIDER_OPTIONS: Readonly<Record<keyof IdentityProvider, true>> = {
  issuer: true,
  tokenEndpoint: true,
  clientId: true,
  clientSecret: true,
  clientKey: true,
  tokenEndpointAuthMethod: true
}

const checkGrant = (grant: MachineGrant): Result.Result<void, ConfigurationInvalid> =>
  Result.gen(function* () {
    if (!Object.hasOwn(GRANT_OPTIONS, grant.type)) return yield* invalid("grant.type", "is no grant of this client")
    yield* checkNames("grant.", grant, GRANT_OPTIONS[grant.type])
    if (grant.type !== "enterprise") return
    const { identityProvider: provider } = grant
    yield* checkNames("grant.identityProvider.", provider, PROVIDER_OPTIONS)
    yield* named("grant.identityProvider.issuer", parseIssuer(provider.issuer))
    yield* named("grant.identityProvider.tokenEndpoint", parseSecureUrl(provider.tokenEndpoint))
    yield* checkClient("grant.identityProvider", provider)
  })

/** What the host brings for a request. */
export const fromHost = <A>(
  bring: (facts: AssertionFacts) => Effect.Effect<A, { readonly _tag: string }>,
  facts: AssertionFacts
): Effect.Effect<A, AssertionUnavailable> =>
  Effect.mapError(bring(facts), (error) =>
    error instanceof AssertionUnavailable ? error : new AssertionUnavailable({ reason: error._tag, cause: error })
  )
